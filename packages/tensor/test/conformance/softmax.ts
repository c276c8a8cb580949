import {
  applyKeepMask,
  dropout,
  dropout2d,
  Generator,
  logSoftmax,
  randn,
  softmax,
  tensor,
  type Tensor,
} from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/test-support";

const matrix = (g: Generator): Tensor[] => [randn([4, 7], { generator: g })];
const images = (g: Generator): Tensor[] => [randn([2, 3, 4, 5], { generator: g })];

/** Softmax of the rows of a matrix, by the definition. */
function rowwise({ shape, data }: HostTensor): number[] {
  const columns = shape[1]!;
  return Array.from(data, (x, i) => {
    const row = Array.from(data).slice(i - (i % columns), i - (i % columns) + columns);
    return Math.exp(x) / row.reduce((sum, y) => sum + Math.exp(y), 0);
  });
}

export const rows: readonly ConformanceRow[] = [
  { name: "softmax", inputs: matrix, fn: (x) => softmax(x!, 1), oracle: rowwise },
  { name: "softmax", case: "columns", inputs: matrix, fn: (x) => softmax(x!, 0) },
  { name: "softmax", case: "channels", inputs: images, fn: (x) => softmax(x!, 1) },
  { name: "logSoftmax", inputs: matrix, fn: (x) => logSoftmax(x!, 1), oracle: (x) => rowwise(x).map(Math.log) },
  { name: "logSoftmax", case: "columns", inputs: matrix, fn: (x) => logSoftmax(x!, 0) },
  { name: "logSoftmax", case: "channels", inputs: images, fn: (x) => logSoftmax(x!, 1) },
  { name: "dropout", inputs: images, fn: (x) => dropout(x!, 0.3, { generator: new Generator(5) }) },
  {
    name: "dropout",
    case: "everything",
    inputs: matrix,
    fn: (x) => dropout(x!, 1),
    oracle: (x) => Array.from(x.data, () => 0),
  },
  { name: "dropout2d", inputs: images, fn: (x) => dropout2d(x!, 0.4, { generator: new Generator(6) }) },
  {
    name: "applyKeepMask",
    inputs: (g) => [randn([2, 3], { generator: g })],
    fn: (x) => applyKeepMask(x!, tensor([1, 0, 1], { device: x!.device }), 0.2),
    oracle: (x) => Array.from(x.data, (value, i) => (i % 3 === 1 ? 0 : value / 0.8)),
  },
];
