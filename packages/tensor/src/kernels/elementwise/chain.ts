import { defineWasmHalf, type Elementwise, type Kernel } from "../../devices/kernel.ts";
import { elementwiseModule, type Step, TILE } from "../../devices/wasm/generated/elementwise.ts";
import type { Shape } from "../../tensor/shape.ts";
import { assignSlots } from "../lib/assign-slots.ts";
import { floatBits } from "../lib/float-bits.ts";
import { writeNest } from "../lib/loop-nest.ts";

/** An operand of a step: an input of the chain, the result of an earlier step, or a number. */
export type ChainOperand = { readonly input: number } | { readonly step: number } | number;

/** One elementwise function of a chain. */
export interface ChainStep extends Pick<Elementwise, "module" | "opcode" | "expression" | "scalars"> {
  readonly operands: readonly ChainOperand[];
}

/** Elementwise functions one after another; the last one's result is the output. Every result has the output's shape. */
export interface Chain {
  readonly steps: readonly ChainStep[];
}

/** Elements in the smallest piece that is worth a thread's while; a multiple of a tile. */
const GRAIN = 8 * TILE;

/** Runs a chain of elementwise functions in one pass over memory: what devices make of kernels that they held back. */
export const elementwiseChainKernel: Kernel<Chain> = /* @__PURE__ */ defineWasmHalf({
  name: "elementwiseChain",
  wasm(context, inputs, [out], { steps }) {
    const shape = out!.shape;
    let tiles = 0;
    const slots = assignSlots(steps, (_, free: number[]) => free.pop() ?? tiles++);
    const program = steps.flatMap(({ opcode, operands, scalars }, index): Step => {
      let tiled = 0;
      const read: { readonly shape: Shape }[] = [];
      const addresses = operands.map((operand, position) => {
        if (typeof operand === "number") {
          read.push({ shape: [] });
          return context.ints([floatBits(operand)]);
        }
        if ("input" in operand) {
          read.push(inputs[operand.input]!);
          return inputs[operand.input]!.ptr;
        }
        tiled |= 1 << position;
        read.push({ shape });
        return slots[operand.step]! * TILE * 4;
      });
      const last = index === steps.length - 1;
      if (!last) tiled |= 8;
      const target = last ? out!.ptr : slots[index]! * TILE * 4;
      const [rank, ptr] = operands.length > 1 ? writeNest(context, shape, read) : [0, 0];
      const [a = 0, b = 0, c = 0] = addresses;
      const [s = 0, t = 0] = scalars;
      return [opcode, operands.length, a, b, c, target, rank, ptr, floatBits(s), floatBits(t), tiled];
    });
    const tileBytes = tiles * TILE * 4;
    context.parallel(
      // The family that can do what the others can; see `ElementwiseModule`.
      steps.reduce((most, { module }) => (module.name > most.name ? module : most), elementwiseModule),
      "chain",
      out!.size,
      GRAIN,
      context.ints(program),
      steps.length,
      context.scratchPerThread(tileBytes),
      tileBytes,
    );
  },
});
