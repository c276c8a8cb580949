import { FormatError } from "@tapegrad/tensor";
import { PickleGlobal, type PickleHost, wrongCall } from "./pickle-global.ts";
import { Namespace, OrderedDict, PythonName, type TorchKey, type TorchValue, Tuple } from "./torch-value.ts";

// Python's own classes, which training scripts keep beside tensors: sets, counters, options from the command line, bytes.

/** Classes that are named as what a `defaultdict` makes, and never called. */
const factories = ["bool", "dict", "float", "int", "list", "str", "tuple"];

/** Python 3 calls the module of its built-in classes `builtins`; in protocol 2 it goes by its name in Python 2. */
export const pythonGlobals: readonly PickleGlobal[] = [
  new PickleGlobal("collections.OrderedDict", orderedDict),
  new PickleGlobal("collections.defaultdict", defaultDict),
  new PickleGlobal("collections.Counter", counter),
  new PickleGlobal("argparse.Namespace", null, namespace),
  new PickleGlobal("types.SimpleNamespace", namespace),
  new PickleGlobal("_codecs.encode", encode),
  ...["__builtin__", "builtins"].flatMap((module) => [
    new PickleGlobal(`${module}.set`, setOf),
    new PickleGlobal(`${module}.frozenset`, setOf),
    new PickleGlobal(`${module}.bytes`, bytesOf),
    new PickleGlobal(`${module}.bytearray`, bytesOf),
    ...factories.map((name) => new PickleGlobal(`${module}.${name}`, null)),
  ]),
];

/** `OrderedDict()`, or of a list of pairs, as Python 2 wrote it. */
function orderedDict([pairs, ...rest]: readonly unknown[], host: PickleHost): OrderedDict {
  const dict = new OrderedDict();
  if (pairs === undefined) return dict;
  if (!Array.isArray(pairs) || rest.length > 0) throw wrongCall(host, "OrderedDict");
  for (const pair of pairs as unknown[]) {
    const items = pair instanceof Tuple ? pair.items : pair;
    if (!Array.isArray(items) || items.length !== 2) throw wrongCall(host, "OrderedDict");
    host.setItem(dict, items[0], items[1]);
  }
  return dict;
}

/** `(what makes missing values)`, which is forgotten; entries follow. */
function defaultDict([factory = null, ...rest]: readonly unknown[], host: PickleHost): Map<TorchKey, TorchValue> {
  if ((factory !== null && !(factory instanceof PickleGlobal || factory instanceof PythonName)) || rest.length > 0)
    throw wrongCall(host, "defaultdict");
  return new Map();
}

function counter([counts, ...rest]: readonly unknown[], host: PickleHost): Map<TorchKey, TorchValue> {
  const dict = new Map<TorchKey, TorchValue>();
  if (counts === undefined) return dict;
  if (!(counts instanceof Map) || rest.length > 0) throw wrongCall(host, "Counter");
  for (const [key, count] of counts) host.setItem(dict, key, count);
  return dict;
}

/** Without arguments; attributes follow as state. */
function namespace(args: readonly unknown[], host: PickleHost): Namespace {
  if (args.length > 0) throw wrongCall(host, "a namespace");
  return new Namespace();
}

function setOf([items, ...rest]: readonly unknown[], host: PickleHost): Set<TorchValue> {
  if (!Array.isArray(items) || rest.length > 0) throw wrongCall(host, "set");
  const set = new Set<TorchValue>();
  for (const item of items as unknown[]) host.addItem(set, item);
  return set;
}

/** `(text, "latin1")`: how protocol 2 writes bytes. */
function encode([text, encoding, ...rest]: readonly unknown[], host: PickleHost): Uint8Array {
  if (typeof text !== "string" || encoding !== "latin1" || rest.length > 0) throw wrongCall(host, "_codecs.encode");
  host.source.budget.spend(text.length, "bytes that its pickle writes as text");
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new FormatError(host.file, "its pickle has bytes written as text that is not latin1");
    bytes[i] = code;
  }
  return bytes;
}

/** `bytes()`, which is how protocol 2 writes none, and `bytearray(bytes)`. */
function bytesOf([bytes = new Uint8Array(), ...rest]: readonly unknown[], host: PickleHost): Uint8Array {
  if (!(bytes instanceof Uint8Array) || rest.length > 0) throw wrongCall(host, "bytes");
  return bytes;
}
