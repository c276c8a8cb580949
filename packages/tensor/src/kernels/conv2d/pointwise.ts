// Convolutions whose kernel is a single tap are products of matrices: y[image] = weight · x[image], without laying images out.
import type { Address, WasmContext } from "../../devices/wasm/context.ts";
import { conv2dModule } from "../../devices/wasm/generated/conv2d.ts";
import { TILE_COLUMNS } from "../../devices/wasm/generated/matmul.ts";
import { planesPerPiece } from "../lib/pieces.ts";
import { multiply } from "../matmul/multiply.ts";
import type { Conv2dMethod } from "./conv2d-method.ts";
import { type Conv2dGeometry, isPairOf, toInput, toOutput } from "./geometry.ts";

/** Below so many channels or pixels, packing costs more than it saves. */
const SMALLEST = 16;

/** Whether a convolution is a product of matrices for each image, and is faster so. */
export function isPointwise(geometry: Conv2dGeometry): boolean {
  const { inChannels, outChannels, groups, input, kernel, stride, padding } = geometry;
  return (
    groups === 1 &&
    isPairOf(1, kernel) &&
    isPairOf(1, stride) &&
    isPairOf(0, padding) &&
    Math.min(inChannels, outChannels, input[0] * input[1]) >= SMALLEST
  );
}

/** The gradient of the weights is not among them. */
export const pointwise: Omit<Conv2dMethod, "weightGrad"> = {
  pools: false,

  // To dx, the weights are transposed: dx[image] = weightᵀ · dy[image].
  correlate(context, geometry, back, x, weight, bias, y, finish) {
    const { images, output } = geometry;
    const { source, result, laneStep, channelStep } = back ? toInput(geometry) : toOutput(geometry);
    const [m, n, k] = [result.channels, output[0] * output[1], source.channels];
    multiply(context, {
      m,
      n,
      k,
      a: { ptr: weight, row: 4 * laneStep, column: 4 * channelStep },
      b: { ptr: x, row: 4 * n, column: 4 },
      start: bias === 0 ? null : { ptr: repeated(context, bias, m), row: 4 * TILE_COLUMNS, column: 0 },
      c: y,
      products: Array.from({ length: images }, (_, image) => ({ a: 0, b: 4 * image * k * n })),
    });
    if (finish === 0) return;
    context.parallel(conv2dModule, "finishPlanes", images * m, planesPerPiece(n), finish, y, m, n);
  },
};

/** Address of each bias written out as often as a tile has columns: as weights of so many taps that lie in one place. */
function repeated(context: WasmContext, bias: number, channels: number): Address {
  const made = context.scratch(4 * channels * TILE_COLUMNS);
  const taps = [context.ints(new Int32Array(TILE_COLUMNS)), TILE_COLUMNS] as const;
  context.call(conv2dModule, "packWeights", 0, channels, bias, 0, 4, channels, 1, channels, ...taps, made);
  return made;
}
