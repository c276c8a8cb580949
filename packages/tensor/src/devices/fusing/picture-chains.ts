import { gainsByBlocks } from "../../kernels/lib/block-bytes.ts";
import { type PictureOperand, pictureBlocksKernel, type PictureStep } from "../../kernels/lib/picture-blocks.ts";
import { sameShape } from "../../tensor/shape.ts";
import type { Call, Joined, LazyHandle, LazyOperand, Pending } from "./lazy-handle.ts";

/** Kernels that a device runs for a few pictures at a time. */
export interface PictureChain extends Joined {
  /** Whose kernels became steps, the root's aside. */
  readonly joined: readonly LazyHandle[];
}

/** Most kernels in a row: networks for small pictures have fewer layers. */
const MOST_STEPS = 256;

/**
 * Whether a kernel that works on each picture by itself had better find an operand held back: if this, or what it is made from,
 * leaves the cache otherwise. What became part of another kernel before joins only where all is computed `again`. `gains` says
 * of which this is known: many ways lead to what residual networks begin with.
 */
function joinsPictures(call: Call, at: number, again = false, gains: Map<Pending, boolean> = new Map()): boolean {
  const { handle, shape } = call.inputs[at]!;
  const { pending } = handle;
  return (
    pending !== null &&
    pending.depth < MOST_STEPS &&
    (again || !handle.absorbed) &&
    pending.kernel.pictures !== undefined &&
    call.kernel.pictures?.splits(call.params, at, call.inputs.length) === true &&
    sameShape(pending.outputs[0]!.shape, shape) &&
    shape[0] === call.outputs[0]!.shape[0] &&
    gainsByPictures(pending, again, gains)
  );
}

/** Whether what is held back, or what it is made from, leaves the cache otherwise. */
function gainsByPictures(pending: Pending, again: boolean, gains: Map<Pending, boolean>): boolean {
  let found = gains.get(pending);
  if (found === undefined) {
    found =
      gainsByBlocks(pending.outputs[0]!.shape) ||
      pending.inputs.some((_, at) => joinsPictures(pending, at, again, gains));
    gains.set(pending, found);
  }
  return found;
}

/** The kernels that end in `root` and work on each picture by itself; null if `root` stands alone. */
function pictureChainOf(root: Call, again: boolean): PictureChain | null {
  const { pictures } = root.kernel;
  const gains = new Map<Pending, boolean>();
  if (pictures === undefined || !root.inputs.some((_, at) => joinsPictures(root, at, again, gains))) return null;
  const inputs: LazyOperand[] = [];
  const steps: PictureStep[] = [];
  const joined = new Map<LazyHandle, PictureOperand>();
  const add = (call: Call): number => {
    const { kernel, params, inputs: operands, outputs } = call;
    const read = operands.map((operand, at): PictureOperand => {
      if (!joinsPictures(call, at, again, gains))
        return { input: inputs.push(operand) - 1, splits: kernel.pictures!.splits(params, at, operands.length) };
      let known = joined.get(operand.handle);
      if (known === undefined) {
        known = { step: add(operand.handle.pending!) };
        joined.set(operand.handle, known);
      }
      return known;
    });
    return steps.push({ kernel, params, operands: read, shape: outputs[0]!.shape }) - 1;
  };
  add(root);
  return { kernel: pictureBlocksKernel, inputs, params: { steps }, joined: [...joined.keys()] };
}

/** How a device finds what to run for a few pictures at a time. Kernels bring it, so that bundles without one need not carry it. */
export interface PictureChains {
  readonly joins: typeof joinsPictures;
  readonly chainOf: typeof pictureChainOf;
}

export const pictureChains: PictureChains = { joins: joinsPictures, chainOf: pictureChainOf };
