import type { Address, WasmContext } from "../../devices/wasm/context.ts";
import { broadcastStrides, type Shape, sizeOf } from "../../tensor/shape.ts";

/** Nested loops over a dense output, and how far each step of each loop moves in every operand. */
export interface LoopNest {
  /** Extents, outermost first; at least one, and none is 1 unless it is the only one. */
  readonly extents: readonly number[];
  /** For each operand, its strides in elements. */
  readonly strides: readonly (readonly number[])[];
}

/** The fewest loops that go through `shape` in order, given each operand's strides: axes that continue one another merge. */
export function loopNest(shape: Shape, operands: readonly (readonly number[])[]): LoopNest {
  const extents: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis]!;
    if (extent === 1) continue;
    const outer = extents[0];
    if (outer !== undefined && operands.every((own, k) => (own[axis] ?? 0) === strides[k]![0]! * outer)) {
      extents[0] = outer * extent;
      continue;
    }
    extents.unshift(extent);
    operands.forEach((own, k) => strides[k]!.unshift(own[axis]!));
  }
  if (extents.length === 0) return { extents: [1], strides: operands.map(() => [1]) };
  return { extents, strides };
}

/** The loops that go through `shape`, reading dense operands that are broadcast to it. */
export function broadcastNest(shape: Shape, operands: readonly { readonly shape: Shape }[]): LoopNest {
  const size = sizeOf(shape);
  if (operands.every((operand) => sizeOf(operand.shape) === size))
    return { extents: [size], strides: operands.map(() => [1]) };
  const strides = operands.map((operand) => broadcastStrides(operand.shape, shape));
  return loopNest(shape, strides);
}

/** Puts such loops into scratch memory: extents, then each operand's strides. */
export function writeNest(
  context: WasmContext,
  shape: Shape,
  operands: readonly { readonly shape: Shape }[],
): readonly [rank: number, ptr: Address] {
  const { extents, strides } = broadcastNest(shape, operands);
  return [extents.length, context.ints([...extents, ...strides.flat()])];
}
