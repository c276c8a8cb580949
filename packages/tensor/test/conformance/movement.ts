import {
  broadcastTo,
  cat,
  currentDevice,
  flatten,
  flip,
  gather,
  type Generator,
  indexSelect,
  oneHot,
  pad,
  permute,
  place,
  randn,
  reshape,
  scatterAdd,
  slice,
  squeeze,
  stack,
  take,
  tensor,
  type Tensor,
  transpose,
  unsqueeze,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";

function normal(generator: Generator, ...shape: number[]): Tensor {
  return randn(shape, { generator });
}

const cube = (g: Generator): Tensor[] => [normal(g, 3, 4, 5)];
const list = (values: readonly number[], device = currentDevice()): Tensor =>
  tensor(Int32Array.from(values), { device });

export const rows: readonly ConformanceRow[] = [
  { name: "reshape", inputs: cube, fn: (x) => reshape(x!, [2, -1]), oracle: (x) => x.data },
  { name: "flatten", inputs: cube, fn: (x) => flatten(x!, 1), oracle: (x) => x.data },
  { name: "squeeze", inputs: (g) => [normal(g, 1, 3, 1, 2)], fn: (x) => squeeze(x!), oracle: (x) => x.data },
  {
    name: "squeeze",
    case: "one axis",
    inputs: (g) => [normal(g, 1, 3, 1, 2)],
    fn: (x) => squeeze(x!, 2),
    oracle: (x) => x.data,
  },
  { name: "unsqueeze", inputs: cube, fn: (x) => unsqueeze(x!, -2), oracle: (x) => x.data },
  { name: "permute", inputs: cube, fn: (x) => permute(x!, [2, 0, 1]) },
  { name: "permute", case: "inner axis stays", inputs: cube, fn: (x) => permute(x!, [1, 0, 2]) },
  { name: "permute", case: "reversed", inputs: cube, fn: (x) => permute(x!, [2, 1, 0]) },
  { name: "transpose", inputs: (g) => [normal(g, 37, 70)], fn: (x) => transpose(x!, 0, 1), gradients: false },
  { name: "transpose", case: "many matrices", inputs: cube, fn: (x) => transpose(x!, 1, 2) },
  { name: "broadcastTo", inputs: (g) => [normal(g, 4, 1)], fn: (x) => broadcastTo(x!, [3, 4, 5]) },
  { name: "broadcastTo", case: "leading axes", inputs: (g) => [normal(g, 5)], fn: (x) => broadcastTo(x!, [2, 3, 5]) },
  { name: "slice", inputs: cube, fn: (x) => slice(x!, 1, 1, 3) },
  { name: "slice", case: "steps", inputs: cube, fn: (x) => slice(x!, 2, 0, undefined, 2) },
  { name: "slice", case: "from the end", inputs: cube, fn: (x) => slice(x!, 0, -2) },
  { name: "take", inputs: cube, fn: (x) => take(x!, [2, 2, 2], { starts: [1, 0, 1], steps: [1, 2, 3] }) },
  {
    name: "place",
    inputs: (g) => [normal(g, 2, 3)],
    fn: (x) => place(x!, [4, 8], { starts: [1, 2], steps: [2, 1] }, 7),
  },
  {
    name: "place",
    case: "steps in the inner axis",
    inputs: (g) => [normal(g, 2, 3)],
    fn: (x) => place(x!, [3, 8], { starts: [0, 1], steps: [2, 3] }),
  },
  {
    name: "pad",
    inputs: (g) => [normal(g, 2, 3, 3)],
    fn: (x) =>
      pad(
        x!,
        [
          [0, 0],
          [1, 2],
          [2, 1],
        ],
        { value: -4 },
      ),
  },
  {
    name: "pad",
    case: "cropping",
    inputs: cube,
    fn: (x) =>
      pad(x!, [
        [-1, 0],
        [2, -1],
        [0, 1],
      ]),
  },
  { name: "flip", inputs: cube, fn: (x) => flip(x!, [0, 2]) },
  { name: "cat", inputs: (g) => [normal(g, 2, 3), normal(g, 2, 1), normal(g, 2, 4)], fn: (...xs) => cat(xs, 1) },
  { name: "cat", case: "the outer axis", inputs: (g) => [normal(g, 2, 3), normal(g, 1, 3)], fn: (...xs) => cat(xs) },
  {
    name: "cat",
    case: "fifteen tensors",
    inputs: cube,
    fn: (x) =>
      cat(
        Array.from({ length: 15 }, (_, i) => slice(x!, 2, i % 3, (i % 3) + 1 + (i % 2))),
        2,
      ),
  },
  { name: "stack", inputs: (g) => [normal(g, 2, 3), normal(g, 2, 3)], fn: (...xs) => stack(xs, 1) },
  {
    name: "stack",
    case: "a new last axis",
    inputs: (g) => [normal(g, 2, 3), normal(g, 2, 3)],
    fn: (...xs) => stack(xs, -1),
  },
  { name: "indexSelect", inputs: cube, fn: (x) => indexSelect(x!, 1, list([2, 0, 2, 3, 2], x!.device)) },
  { name: "indexSelect", case: "rows", inputs: cube, fn: (x) => indexSelect(x!, 0, list([1, 1], x!.device)) },
  {
    name: "indexSelect",
    case: "single values",
    inputs: cube,
    fn: (x) => indexSelect(x!, 2, list([4, 0, 0], x!.device)),
  },
  {
    name: "gather",
    inputs: (g) => [normal(g, 3, 4)],
    fn: (x) =>
      gather(
        x!,
        1,
        tensor(
          [
            [0, 3],
            [1, 1],
            [2, 0],
          ],
          { dtype: "int32", device: x!.device },
        ),
      ),
  },
  {
    name: "gather",
    case: "fewer rows",
    inputs: (g) => [normal(g, 4, 5)],
    fn: (x) =>
      gather(
        x!,
        0,
        tensor(
          [
            [0, 3],
            [1, 1],
          ],
          { dtype: "int32", device: x!.device },
        ),
      ),
  },
  {
    name: "scatterAdd",
    inputs: (g) => [normal(g, 2, 3), normal(g, 2, 4)],
    fn: (x, source) =>
      scatterAdd(
        x!,
        1,
        tensor(
          [
            [0, 2, 2, 0],
            [1, 1, 1, 2],
          ],
          { dtype: "int32", device: x!.device },
        ),
        source!,
      ),
  },
  {
    name: "scatterAdd",
    case: "a part",
    inputs: (g) => [normal(g, 4, 3), normal(g, 2, 2)],
    fn: (x, source) =>
      scatterAdd(
        x!,
        0,
        tensor(
          [
            [3, 0],
            [3, 1],
          ],
          { dtype: "int32", device: x!.device },
        ),
        source!,
      ),
  },
  {
    name: "oneHot",
    inputs: () => [list([2, 0, 1, 2])],
    fn: (x) => oneHot(x!, 3),
    oracle: () => [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1],
    gradients: false,
  },
];
