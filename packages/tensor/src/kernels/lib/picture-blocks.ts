import { type AnyKernel, defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { Address, WasmOperand } from "../../devices/wasm/context.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import { assignSlots } from "./assign-slots.ts";
import { BLOCK_BYTES } from "./block-bytes.ts";

/** One kernel of several that are run for a few pictures at a time. */
export interface PictureStep {
  readonly kernel: AnyKernel;
  readonly params: unknown;
  readonly operands: readonly PictureOperand[];
  /** Of the result for all pictures. */
  readonly shape: Shape;
}

/** The result of an earlier step; or an input, which serves all pictures unless it `splits` into one for each. */
export type PictureOperand = { readonly step: number } | { readonly input: number; readonly splits: boolean };

/** Kernels one after another; the last one's result is the output. */
export interface PictureSteps {
  readonly steps: readonly PictureStep[];
}

/** Runs all steps for some pictures, then for the next, so that results are read while they are in the cache. */
export const pictureBlocksKernel: Kernel<PictureSteps> = defineKernel<PictureSteps>({
  name: "pictureBlocks",
  wasm(context, inputs, [y], { steps }) {
    const pictures = y!.shape[0]!;
    const most = Math.max(...steps.map(({ shape }) => pictureBytes(shape)));
    const blocks = Math.ceil(pictures / Math.max(2, Math.floor(BLOCK_BYTES / most)));
    const block = Math.ceil(pictures / blocks);
    // Kernels may sum a single picture in another order, so none is left over.
    const buffers = assignSlots(steps, (step, free: { readonly ptr: Address; readonly bytes: number }[]) => {
      const bytes = (block + 1) * pictureBytes(steps[step]!.shape);
      const found = free.findIndex((buffer) => buffer.bytes >= bytes);
      return found < 0 ? { ptr: context.scratch(bytes), bytes } : free.splice(found, 1)[0]!;
    });
    let count: number;
    for (let first = 0; first < pictures; first += count) {
      const left = pictures - first;
      count = left <= block + 1 ? left : block;
      const made: WasmOperand[] = [];
      for (const [i, { kernel, params, operands, shape }] of steps.entries()) {
        const read = operands.map((operand) => {
          if ("step" in operand) return made[operand.step]!;
          const input = inputs[operand.input]!;
          return operand.splits ? picturesAt(input.ptr, input.shape, first, count) : input;
        });
        const result =
          i === steps.length - 1
            ? picturesAt(y!.ptr, shape, first, count)
            : picturesAt(buffers[i]!.ptr, shape, 0, count);
        context.givingScratchBack(() =>
          kernel.wasm(context, read, [result], kernel.pictures!.parameters(params, count)),
        );
        made.push(result);
      }
    }
  },
  flops: (_inputs, _outputs, { steps }) =>
    steps.reduce(
      (sum, { kernel, params, shape }) => sum + (kernel.flops?.([], [{ shape, dtype: "float32" }], params) ?? 0),
      0,
    ),
});

function pictureBytes([, ...picture]: Shape): number {
  return 4 * sizeOf(picture);
}

function picturesAt(ptr: Address, [, ...picture]: Shape, first: number, count: number): WasmOperand {
  const size = sizeOf(picture);
  return {
    ptr: (ptr + 4 * size * first) as Address,
    shape: [count, ...picture],
    dtype: "float32",
    size: count * size,
  };
}
