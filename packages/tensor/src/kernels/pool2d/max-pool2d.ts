import { pictureChains } from "../../devices/fusing/picture-chains.ts";
import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import { maxPool2dModule, type Windows } from "../../devices/wasm/generated/max-pool2d.ts";
import type { Pair } from "../conv2d/geometry.ts";
import { addressesOf } from "../lib/addresses.ts";
import { planesPerPiece } from "../lib/pieces.ts";
import { poolsPairs } from "../lib/pools-pairs.ts";

/** Windows over the planes of a tensor. Pairs are rows, then columns. */
export interface PoolWindows {
  /** Planes, in all images and channels. */
  readonly planes: number;
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

/** Input x. Outputs: the largest value of each window, and where in the plane it lies; −∞ and −1 for a window outside. */
export const maxPool2dKernel: Kernel<PoolWindows> = maxKernel("maxPool2d");
/** Input x. Output: the largest value of each window, for those who need no gradient. */
export const maxPool2dValuesKernel: Kernel<PoolWindows> = maxKernel("maxPool2dValues", {
  chains: pictureChains,
  splits: () => true,
  parameters: (windows) => windows,
});

function maxKernel(
  name: "maxPool2d" | "maxPool2dValues",
  pictures?: Kernel<PoolWindows>["pictures"],
): Kernel<PoolWindows> {
  return defineWasmHalf({
    name,
    role: name,
    ...(pictures === undefined ? {} : { pictures }),
    wasm(context, [x], [values, indices], windows) {
      const { input, output, kernel, stride, padding, dilation } = windows;
      const extents = [...input, ...output, ...kernel, ...stride, ...padding, ...dilation] as const;
      const written = context.struct<Windows>(...extents, Number(poolsPairs(windows)));
      const operands = [written, ...addressesOf(x, values, indices)] as const;
      const [, plane] = planesOf(windows);
      // Those of some pictures, perhaps.
      const planes = x!.size / plane;
      context.parallel(maxPool2dModule, "maxPool", planes, planesPerPiece(plane), ...operands);
    },
  });
}

/** Inputs: a gradient for each window, and where the maxima lie. Output: the gradient of x. */
export const maxPool2dGradKernel: Kernel<PoolWindows> = /* @__PURE__ */ defineWasmHalf({
  name: "maxPool2dGrad",
  role: "maxPool2dGrad",
  dtypes: ["float32", "int32"],
  deferrable: true,
  wasm(context, [grad, indices], [dx], windows) {
    const [results, plane] = planesOf(windows);
    const operands = [...addressesOf(grad, indices, dx), results, plane] as const;
    const width = tiles(windows) ? windows.input[1] : 0;
    context.parallel(maxPool2dModule, "maxPoolGrad", windows.planes, planesPerPiece(plane), ...operands, width);
  },
});

/** Inputs: values shaped like x, and where the maxima lie. Output: the values that lie there. */
export const takeMaximaKernel: Kernel<PoolWindows> = /* @__PURE__ */ defineWasmHalf({
  name: "maxPool2dTake",
  dtypes: ["float32", "int32"],
  wasm(context, [x, indices], [out], windows) {
    const [results, plane] = planesOf(windows);
    const operands = [...addressesOf(x, indices, out), results, plane] as const;
    context.parallel(maxPool2dModule, "takeAtPlaces", windows.planes, planesPerPiece(plane), ...operands);
  },
});

/** Values of a plane of results, and of x. */
function planesOf({ input, output }: PoolWindows): readonly [windows: number, values: number] {
  return [output[0] * output[1], input[0] * input[1]];
}

/** Whether windows of 2 × 2 cover the whole plane side by side. */
function tiles(windows: PoolWindows): boolean {
  return poolsPairs(windows) && windows.input.every((extent) => extent % 2 === 0);
}
