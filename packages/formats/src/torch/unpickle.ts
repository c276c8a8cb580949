import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import { FileTensor } from "../io/file-tensor.ts";
import { costOfKey } from "../io/read-limits.ts";
import { findGlobal } from "./find-global.ts";
import { NumpyDType, UnfilledArray, arrayOfState, setDTypeState } from "./numpy-globals.ts";
import { opcode, opcodeName } from "./opcode.ts";
import { PickleGlobal, type PickleHost, refusal } from "./pickle-global.ts";
import { cost, PickleMaker } from "./pickle-maker.ts";
import { PickleReader } from "./pickle-reader.ts";
import { PickleStack } from "./pickle-stack.ts";
import { makeOptimObject, OptimObject } from "./schedule-globals.ts";
import { Namespace, OrderedDict, PythonName, type TorchKey, type TorchValue, Tuple } from "./torch-value.ts";

/** Opcodes are paid for in blocks. */
const block = 1024;

/** What a pickle is read with. */
export interface UnpickleOptions {
  /** The file. */
  readonly source: ByteSource;
  /** Answers a persistent id: how PyTorch names storages. */
  readonly persistentLoad: (id: unknown) => unknown;
}

/**
 * Runs the pickle that begins at `start` and returns the object it makes and where it ends.
 *
 * Nothing is ever imported. Only the globals that tensors and what is saved beside them need can be called, and each of
 * these is a function of ours. Dicts are Maps, so no key reaches a prototype. Every other global may be referred to,
 * which leaves its name. Whatever else is done with it is refused by name, and so is every other opcode. The machine
 * has no recursion. It pays for all that it makes out of the file's budget. What it returns may be cyclic or hold
 * storages; `checkTree` refuses that.
 *
 * @throws EndOfPickle if the bytes end before the pickle does. @throws FormatError if it is damaged or refused.
 * @see CPython's Lib/pickletools.py, which defines the opcodes
 */
export function unpickle(bytes: Uint8Array, start: number, options: UnpickleOptions): { value: unknown; end: number } {
  const machine = new PickleMachine(new PickleReader(options.source.name, bytes, start), options);
  const value = machine.run();
  return { value, end: machine.position };
}

class PickleMachine implements PickleHost {
  readonly file: string;
  readonly source: ByteSource;
  readonly #reader: PickleReader;
  readonly #persistentLoad: UnpickleOptions["persistentLoad"];
  readonly #stack: PickleStack;
  readonly #make: PickleMaker;

  constructor(reader: PickleReader, { source, persistentLoad }: UnpickleOptions) {
    this.file = source.name;
    this.source = source;
    this.#stack = new PickleStack(source.budget, (problem) => this.#error(problem));
    this.#reader = reader;
    this.#make = new PickleMaker(reader, this.#stack, source.budget);
    this.#persistentLoad = persistentLoad;
  }

  get position(): number {
    return this.#reader.position;
  }

  run(): unknown {
    for (let steps = 0; ; steps++) {
      if (steps % block === 0) this.#make.pay(block * cost.opcode);
      const code = this.#reader.uint8();
      if (code === opcode.STOP) break;
      this.#step(code);
    }
    return this.#stack.popResult();
  }

  setItem(dict: Map<TorchKey, TorchValue>, key: unknown, value: unknown): void {
    if (!isKey(key)) throw this.#error("has a dict whose key is none that dicts hold");
    this.#make.pay(costOfKey(key));
    dict.set(key, value as TorchValue);
  }

  addItem(set: Set<TorchValue>, item: unknown): void {
    if (!isKey(item)) throw this.#error("has a set of something that sets do not hold");
    this.#make.pay(costOfKey(item));
    set.add(item);
  }

  #step(code: number): void {
    const [reader, stack, make] = [this.#reader, this.#stack, this.#make];
    switch (code) {
      case opcode.PROTO:
        return this.#checkProtocol(reader.uint8());
      case opcode.FRAME:
        reader.uint64();
        return;

      case opcode.NONE:
        return stack.push(null);
      case opcode.NEWTRUE:
        return stack.push(true);
      case opcode.NEWFALSE:
        return stack.push(false);
      case opcode.BININT:
        return stack.push(reader.int32());
      case opcode.BININT1:
        return stack.push(reader.uint8());
      case opcode.BININT2:
        return stack.push(reader.uint16());
      case opcode.LONG1:
        return make.integer(reader.uint8());
      case opcode.LONG4:
        return make.integer(this.#length(reader.int32()));
      case opcode.BINFLOAT:
        this.#make.pay(cost.number);
        return stack.push(reader.float64());

      // Python 2 wrote text as strings of bytes; PyTorch reads them as UTF-8.
      case opcode.SHORT_BINSTRING:
      case opcode.SHORT_BINUNICODE:
        return make.text(reader.uint8());
      case opcode.BINSTRING:
        return make.text(this.#length(reader.int32()));
      case opcode.BINUNICODE:
        return make.text(reader.uint32());
      case opcode.BINUNICODE8:
        return make.text(reader.uint64());
      case opcode.SHORT_BINBYTES:
        return make.bytes(reader.uint8());
      case opcode.BINBYTES:
        return make.bytes(reader.uint32());
      case opcode.BINBYTES8:
        return make.bytes(reader.uint64());

      case opcode.EMPTY_LIST:
        return make.value(cost.list, []);
      case opcode.EMPTY_TUPLE:
        return make.tuple([]);
      case opcode.EMPTY_DICT:
        return make.value(cost.hashed, new Map());
      case opcode.EMPTY_SET:
        return make.value(cost.hashed, new Set());
      case opcode.BYTEARRAY8:
        return make.bytes(reader.uint64());
      case opcode.LIST: {
        const items = stack.popToMark();
        return make.value(cost.list + cost.item * items.length, items);
      }
      case opcode.DICT: {
        const items = stack.popToMark();
        const dict = new Map<TorchKey, TorchValue>();
        make.value(cost.hashed, dict);
        return this.#setItems(dict, items);
      }
      case opcode.TUPLE:
        return make.tuple(stack.popToMark());
      case opcode.TUPLE1:
        return make.tuple(stack.popLast(1));
      case opcode.TUPLE2:
        return make.tuple(stack.popLast(2));
      case opcode.TUPLE3:
        return make.tuple(stack.popLast(3));
      case opcode.ADDITEMS: {
        const items = stack.popToMark();
        const set = stack.top();
        if (!(set instanceof Set)) throw this.#error("adds items to something other than a set");
        return this.#addItems(set as Set<TorchValue>, items);
      }
      case opcode.FROZENSET: {
        const set = new Set<TorchValue>();
        this.#addItems(set, stack.popToMark());
        return make.value(cost.hashed, set);
      }
      case opcode.APPEND:
        return this.#append([stack.pop()]);
      case opcode.APPENDS:
        return this.#append(stack.popToMark());
      case opcode.SETITEM: {
        const value = stack.pop();
        return this.#setItems(this.#dict(1), [stack.pop(), value]);
      }
      case opcode.SETITEMS: {
        const items = stack.popToMark();
        return this.#setItems(this.#dict(0), items);
      }

      case opcode.MARK:
        return stack.mark();
      case opcode.POP:
        return stack.drop();
      case opcode.POP_MARK:
        stack.popToMark();
        return;
      case opcode.DUP:
        return stack.push(stack.top());

      case opcode.BINPUT:
        return stack.remember(reader.uint8());
      case opcode.LONG_BINPUT:
        return stack.remember(reader.uint32());
      case opcode.MEMOIZE:
        return stack.rememberNext();
      case opcode.BINGET:
        return stack.recall(reader.uint8());
      case opcode.LONG_BINGET:
        return stack.recall(reader.uint32());

      case opcode.GLOBAL: {
        const module = reader.line();
        return make.value(cost.global, findGlobal(this.file, module, reader.line()));
      }
      case opcode.STACK_GLOBAL: {
        const name = stack.pop();
        const module = stack.pop();
        if (typeof module !== "string" || typeof name !== "string")
          throw this.#error("names a global by something other than text");
        return make.value(cost.global, findGlobal(this.file, module, name));
      }
      case opcode.REDUCE: {
        const args = stack.pop();
        const callee = stack.pop();
        if (callee instanceof PythonName) throw refusal(this.file, callee.name);
        if (!(callee instanceof PickleGlobal) || !(args instanceof Tuple))
          throw this.#error("calls something that is no known global");
        if (callee.call === null) throw this.#error(`calls ${callee.name}, which may only be named: refused`);
        return make.value(cost.call, callee.call(args.items, this));
      }
      case opcode.NEWOBJ: {
        const args = stack.pop();
        const type = stack.pop();
        if (type instanceof PythonName) return make.value(cost.call, makeOptimObject(this.file, type, args));
        if (!(type instanceof PickleGlobal) || type.construct === null || !(args instanceof Tuple))
          throw this.#error("uses the opcode NEWOBJ for something other than a namespace: refused");
        return make.value(cost.call, type.construct(args.items, this));
      }
      case opcode.BUILD:
        return this.#build(stack.pop());
      case opcode.BINPERSID:
        return make.value(cost.call, this.#persistentLoad(stack.pop()));
    }
    throw this.#error(`uses the opcode ${opcodeName(code)}, which no tensor needs: refused`);
  }

  #checkProtocol(protocol: number): void {
    if (protocol < 2 || protocol > 5) throw this.#error(`has protocol ${protocol}; 2 to 5 are read`);
  }

  /** Gives what is on top its state: an OrderedDict or namespace its attributes, a numpy dtype or array what it is of. */
  #build(state: unknown): void {
    const target = this.#stack.top();
    if (target instanceof PythonName) throw refusal(this.file, target.name);
    if (target instanceof OptimObject && state instanceof Map) return;
    if (target instanceof NumpyDType) return setDTypeState(target, state, this);
    if (target instanceof UnfilledArray) return this.#stack.fill(target, arrayOfState(state, this));
    const attributes = target instanceof OrderedDict ? target.attributes : target instanceof Namespace ? target : null;
    if (attributes === null || !(state instanceof Map))
      throw this.#error("sets the state of something other than an OrderedDict, a namespace or an array: refused");
    for (const [name, value] of state as Map<unknown, TorchValue>) {
      if (typeof name !== "string") throw this.#error("sets an attribute whose name is no text");
      this.setItem(attributes as Map<TorchKey, TorchValue>, name, value);
    }
  }

  #addItems(set: Set<TorchValue>, items: readonly unknown[]): void {
    for (const item of items) this.addItem(set, item);
  }

  #append(items: readonly unknown[]): void {
    const list = this.#stack.top();
    if (!Array.isArray(list)) throw this.#error("appends to something other than a list");
    this.#make.pay(cost.item * items.length);
    for (const item of items) list.push(item);
  }

  /** The dict under `above` values. */
  #dict(above: number): Map<TorchKey, TorchValue> {
    const dict = this.#stack.under(above);
    if (!(dict instanceof Map)) throw this.#error("sets items of something other than a dict");
    return dict as Map<TorchKey, TorchValue>;
  }

  #setItems(dict: Map<TorchKey, TorchValue>, items: readonly unknown[]): void {
    if (items.length % 2 !== 0) throw this.#error("has a dict with a key but no value");
    for (let i = 0; i < items.length; i += 2) this.setItem(dict, items[i], items[i + 1]);
  }

  #length(length: number): number {
    if (length < 0) throw this.#error(`has a negative length, ${length}`);
    return length;
  }

  #error(problem: string): FormatError {
    return new FormatError(this.file, `its pickle ${problem} (before byte ${this.position})`);
  }
}

/** Whether dicts and sets hold it; tensors are each their own. */
function isKey(value: unknown): value is TorchKey {
  if (value === null || ["boolean", "number", "bigint", "string"].includes(typeof value)) return true;
  return [Tuple, Uint8Array, Set, FileTensor, PythonName].some((type) => value instanceof type);
}
