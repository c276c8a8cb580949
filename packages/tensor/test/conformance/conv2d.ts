import {
  conv2d,
  conv2dInputGrad,
  type Conv2dOptions,
  conv2dWeightGrad,
  type Generator,
  randn,
  type Tensor,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { conv2dReference } from "../reference/conv2d.ts";

type Extents = readonly [number, number, number, number];

/** Rows for a convolution and for its two gradients, which are ops of their own. */
function convolution(
  name: string,
  x: Extents,
  weight: Extents,
  y: Extents,
  options: Conv2dOptions,
  bias = false,
): ConformanceRow[] {
  const normal = (generator: Generator, shape: readonly number[]): Tensor => randn(shape, { generator });
  const pair = (value: Conv2dOptions["stride"], usual: number): readonly [number, number] =>
    value === undefined ? [usual, usual] : typeof value === "number" ? [value, value] : value;
  const { stride, padding, dilation, groups = 1 } = options;
  const configuration = {
    inputShape: x,
    weightShape: weight,
    outputShape: y,
    stride: pair(stride, 1),
    padding: padding === "same" ? ([0, 0] as const) : pair(padding === "valid" ? 0 : padding, 0),
    dilation: pair(dilation, 1),
    groups,
  };
  const zeros = new Float64Array(y.reduce((size, extent) => size * extent, 1));
  const noWeight = new Float64Array(weight.reduce((size, extent) => size * extent, 1));
  const noInput = new Float64Array(x.reduce((size, extent) => size * extent, 1));
  // The reference knows no "same".
  const checked = padding !== "same";
  return [
    {
      name: "conv2d",
      case: name,
      inputs: (g) => [normal(g, x), normal(g, weight), ...(bias ? [normal(g, [weight[0]])] : [])],
      fn: (a, b, c) => conv2d(a!, b!, c ?? null, options),
      ...(checked && {
        oracle: (a, b, c) => conv2dReference(configuration, a!.data, b!.data, c?.data ?? null, zeros).y,
      }),
    },
    {
      name: "conv2dInputGrad",
      case: name,
      inputs: (g) => [normal(g, y), normal(g, weight)],
      fn: (dy, b) => conv2dInputGrad(dy!, b!, x, options),
      ...(checked && { oracle: (dy, b) => conv2dReference(configuration, noInput, b!.data, null, dy!.data).dx }),
    },
    {
      name: "conv2dWeightGrad",
      case: name,
      inputs: (g) => [normal(g, y), normal(g, x)],
      fn: (dy, a) => conv2dWeightGrad(dy!, a!, weight, options),
      ...(checked && { oracle: (dy, a) => conv2dReference(configuration, a!.data, noWeight, null, dy!.data).dweight }),
    },
  ];
}

export const rows: readonly ConformanceRow[] = [
  ...convolution("padded 3 × 3 with bias", [2, 3, 5, 6], [4, 3, 3, 3], [2, 4, 5, 6], { padding: 1 }, true),
  ...convolution("stride over kernel", [2, 2, 8, 8], [3, 2, 2, 2], [2, 3, 3, 2], { stride: [3, 4] }),
  ...convolution("dilation and uneven sides", [1, 2, 7, 6], [5, 2, 3, 2], [1, 5, 3, 6], {
    dilation: [2, 2],
    padding: [0, 1],
  }),
  ...convolution("depthwise", [2, 3, 6, 5], [3, 1, 3, 3], [2, 3, 3, 3], { groups: 3, padding: 1, stride: 2 }, true),
  ...convolution("groups", [2, 4, 4, 4], [8, 2, 2, 2], [2, 8, 3, 3], { groups: 2 }),
  ...convolution("same with an even kernel", [1, 1, 5, 4], [2, 1, 2, 4], [1, 2, 5, 4], { padding: "same" }),
  ...convolution("1 × 1 with stride 2", [2, 5, 4, 4], [4, 5, 1, 1], [2, 4, 2, 2], { stride: 2 }, true),
];
