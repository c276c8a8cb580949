import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import { FileTensor } from "../io/file-tensor.ts";
import { refusal } from "./pickle-global.ts";
import { OptimObject } from "./schedule-globals.ts";
import { OrderedDict, PythonName, type TorchValue, Tuple } from "./torch-value.ts";

/** Containers within containers. */
const deepest = 200;

/** What it costs to look at parts, whoever goes through the value. Shared parts cost anew for each use. */
const cost = { part: 16, tensor: 1024 };

/** Depth and cost of a part, known once it has been walked. */
interface Extent {
  readonly depth: number;
  readonly cost: number;
}

/**
 * Checks that what a pickle made is a value: no cycles, not too deep, not exponentially large when its shared parts are
 * followed, and without left-over globals or storages. Without recursion.
 *
 * @throws FormatError saying what is wrong.
 */
export function checkTree({ name: file, budget }: ByteSource, root: unknown): TorchValue {
  const extents = new Map<object, Extent>();
  const open = new Set<object>();
  const path: { node: object; parts: readonly unknown[]; next: number; depth: number; cost: number }[] = [];

  if (root instanceof PythonName) throw refusal(file, root.name);
  const enter = (value: unknown): Extent | null => {
    const parts = partsOf(file, value);
    if (parts === null) return { depth: 0, cost: value instanceof FileTensor ? cost.tensor : cost.part };
    const node = value as object;
    const known = extents.get(node);
    if (known !== undefined) return known;
    if (open.has(node)) throw new FormatError(file, "its pickle is cyclic: a container holds itself");
    open.add(node);
    path.push({ node, parts, next: 0, depth: 0, cost: cost.part });
    if (path.length > deepest) throw tooDeep(file);
    return null;
  };

  let done = enter(root);
  while (path.length > 0) {
    const frame = path.at(-1)!;
    if (done !== null) {
      frame.depth = Math.max(frame.depth, done.depth + 1);
      frame.cost += done.cost;
      if (frame.depth > deepest) throw tooDeep(file);
    }
    if (frame.next < frame.parts.length) {
      done = enter(frame.parts[frame.next++]);
    } else {
      path.pop();
      open.delete(frame.node);
      done = { depth: frame.depth, cost: frame.cost };
      extents.set(frame.node, done);
    }
  }
  budget.spend(done!.cost, "the values of its pickle, each counted as often as it is used");
  return root as TorchValue;
}

/** What a container holds; null for leaves. */
function partsOf(file: string, value: unknown): readonly unknown[] | null {
  if (value === null || [FileTensor, Uint8Array, PythonName].some((type) => value instanceof type)) return null;
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof OrderedDict) return [...value.keys(), ...value.values(), ...value.attributes.values()];
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  if (value instanceof OptimObject) throw refusal(file, value.type);
  if (typeof value !== "object" && typeof value !== "undefined") return null;
  throw new FormatError(
    file,
    "its pickle holds a bare global, storage or numpy dtype where a value should be: refused",
  );
}

function tooDeep(file: string): FormatError {
  return new FormatError(file, `its pickle is nested more than ${deepest} deep`);
}
