import { FormatError } from "@tapegrad/tensor";
import { FileTensor } from "../file-tensor.ts";
import { OrderedDict, Tuple } from "./torch-value.ts";
import type { TorchValue } from "./torch-value.ts";

const limits = {
  /** Containers within containers. */
  depth: 200,
  /** Nodes of the value written out as a tree: shared parts count once for each use. */
  nodes: 2 ** 24,
};

/** Depth and size of a part, known once it has been walked. */
interface Extent {
  readonly depth: number;
  readonly nodes: number;
}

/**
 * Checks that what a pickle made is a value: no cycles, not too deep, not exponentially large when its shared parts are
 * followed, and without left-over globals or storages. Without recursion.
 *
 * @throws FormatError saying what is wrong.
 */
export function checkTree(file: string, root: unknown): TorchValue {
  const extents = new Map<object, Extent>();
  const open = new Set<object>();
  const path: { node: object; parts: readonly unknown[]; next: number; depth: number; nodes: number }[] = [];

  const enter = (value: unknown): Extent | null => {
    const parts = partsOf(file, value);
    if (parts === null) return { depth: 0, nodes: 1 };
    const node = value as object;
    const known = extents.get(node);
    if (known !== undefined) return known;
    if (open.has(node)) throw new FormatError(file, "its pickle is cyclic: a container holds itself");
    open.add(node);
    path.push({ node, parts, next: 0, depth: 0, nodes: 1 });
    if (path.length > limits.depth) throw tooDeep(file);
    return null;
  };

  let done = enter(root);
  while (path.length > 0) {
    const frame = path.at(-1)!;
    if (done !== null) {
      frame.depth = Math.max(frame.depth, done.depth + 1);
      frame.nodes += done.nodes;
      if (frame.nodes > limits.nodes)
        throw new FormatError(file, `its pickle holds more than ${limits.nodes} values: refused as a bomb`);
      if (frame.depth > limits.depth) throw tooDeep(file);
    }
    if (frame.next < frame.parts.length) {
      done = enter(frame.parts[frame.next++]);
    } else {
      path.pop();
      open.delete(frame.node);
      done = { depth: frame.depth, nodes: frame.nodes };
      extents.set(frame.node, done);
    }
  }
  return root as TorchValue;
}

/** What a container holds; null for leaves. */
function partsOf(file: string, value: unknown): readonly unknown[] | null {
  if (value === null || value instanceof FileTensor || value instanceof Uint8Array) return null;
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof OrderedDict) return [...value.values(), ...value.attributes.values()];
  if (value instanceof Map || value instanceof Set) return [...value.values()];
  if (typeof value !== "object" && typeof value !== "undefined") return null;
  throw new FormatError(
    file,
    "its pickle holds a bare global, storage or numpy dtype where a value should be: refused",
  );
}

function tooDeep(file: string): FormatError {
  return new FormatError(file, `its pickle is nested more than ${limits.depth} deep`);
}
