import { type Generator, linear, matmul, randn, type Tensor } from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";

function normals(...shapes: number[][]): (generator: Generator) => Tensor[] {
  return (generator) => shapes.map((shape) => randn(shape, { generator }));
}

export const rows: readonly ConformanceRow[] = [
  { name: "matmul", case: "vectors", inputs: normals([7], [7]), fn: (a, b) => matmul(a!, b!) },
  { name: "matmul", case: "matrices", inputs: normals([5, 9], [9, 11]), fn: (a, b) => matmul(a!, b!) },
  { name: "matmul", case: "rows in fours", inputs: normals([8, 6], [6, 5]), fn: (a, b) => matmul(a!, b!) },
  { name: "matmul", case: "matrix and vector", inputs: normals([5, 3], [3]), fn: (a, b) => matmul(a!, b!) },
  { name: "matmul", case: "vector and batch", inputs: normals([3], [2, 3, 4]), fn: (a, b) => matmul(a!, b!) },
  { name: "matmul", case: "batch and matrix", inputs: normals([2, 3, 4], [4, 5]), fn: (a, b) => matmul(a!, b!) },
  { name: "matmul", case: "broadcast batches", inputs: normals([2, 1, 3, 4], [3, 4, 2]), fn: (a, b) => matmul(a!, b!) },
  { name: "linear", case: "with bias", inputs: normals([6, 5], [4, 5], [4]), fn: (x, w, b) => linear(x!, w!, b!) },
  { name: "linear", case: "without bias, one row", inputs: normals([5], [3, 5]), fn: (x, w) => linear(x!, w!) },
  { name: "linear", case: "three axes", inputs: normals([2, 3, 5], [4, 5], [4]), fn: (x, w, b) => linear(x!, w!, b!) },
];
