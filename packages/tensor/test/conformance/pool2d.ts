import {
  adaptiveAvgPool2d,
  avgPool2d,
  type Generator,
  maxPool2d,
  maxPool2dWithIndices,
  randn,
  type Tensor,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { averagePoolReference, maxPoolReference, type Pooling } from "../reference/pool2d.ts";

function images(...shape: number[]): (generator: Generator) => Tensor[] {
  return (generator) => [randn(shape, { generator })];
}

const plain = { padding: [0, 0], dilation: [1, 1], ceilMode: false } as const;
const tiled: Pooling = { ...plain, planes: 6, input: [6, 8], kernel: [2, 2], stride: [2, 2] };
const dilated: Pooling = {
  planes: 6,
  input: [7, 6],
  kernel: [2, 3],
  stride: [2, 1],
  padding: [1, 1],
  dilation: [2, 1],
  ceilMode: true,
};
const overlapping: Pooling = {
  ...plain,
  planes: 6,
  input: [7, 6],
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1],
  ceilMode: true,
};

export const rows: readonly ConformanceRow[] = [
  {
    name: "maxPool2d",
    case: "2 × 2",
    inputs: images(2, 3, 6, 8),
    fn: (x) => maxPool2d(x!, 2),
    oracle: (x) => maxPoolReference(tiled, x!.data).values,
  },
  { name: "maxPool2d", case: "2 × 2 with a rest", inputs: images(2, 5, 7), fn: (x) => maxPool2d(x!, 2) },
  {
    name: "maxPool2d",
    case: "overlapping, dilated, ceil",
    inputs: images(2, 3, 7, 6),
    fn: (x) => maxPool2d(x!, [2, 3], { stride: [2, 1], padding: 1, dilation: [2, 1], ceilMode: true }),
    oracle: (x) => maxPoolReference(dilated, x!.data).values,
  },
  {
    name: "maxPool2dWithIndices",
    inputs: images(2, 3, 7, 6),
    fn: (x) => maxPool2dWithIndices(x!, 3, { stride: 2, padding: 1 }),
  },
  {
    name: "avgPool2d",
    case: "padding counts, ceil",
    inputs: images(2, 3, 7, 6),
    fn: (x) => avgPool2d(x!, 3, { stride: 2, padding: 1, ceilMode: true }),
    oracle: (x) => averagePoolReference(overlapping, x!.data, { countIncludePad: true, divisorOverride: null }),
  },
  {
    name: "avgPool2d",
    case: "padding does not count",
    inputs: images(2, 3, 7, 6),
    fn: (x) => avgPool2d(x!, 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
    oracle: (x) => averagePoolReference(overlapping, x!.data, { countIncludePad: false, divisorOverride: null }),
  },
  { name: "avgPool2d", case: "divisor", inputs: images(3, 4, 5), fn: (x) => avgPool2d(x!, 2, { divisorOverride: 3 }) },
  {
    name: "adaptiveAvgPool2d",
    case: "bins that overlap",
    inputs: images(2, 2, 7, 5),
    fn: (x) => adaptiveAvgPool2d(x!, [3, 4]),
  },
  {
    name: "adaptiveAvgPool2d",
    case: "more bins than places",
    inputs: images(1, 2, 3, 4),
    fn: (x) => adaptiveAvgPool2d(x!, [null, 6]),
  },
  {
    name: "adaptiveAvgPool2d",
    case: "global",
    inputs: images(2, 3, 5, 9),
    fn: (x) => adaptiveAvgPool2d(x!, 1),
    oracle: ({ data } = { shape: [], data: [] }) =>
      Array.from(
        { length: 6 },
        (_, plane) => Array.from({ length: 45 }, (_, i) => data[plane * 45 + i]!).reduce((a, b) => a + b, 0) / 45,
      ),
  },
];
