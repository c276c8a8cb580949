import { einsum, type Generator, randn, tensor, type Tensor } from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";

function row(what: string, equation: string, ...shapes: readonly (readonly number[])[]): ConformanceRow {
  return {
    name: "einsum",
    case: what,
    inputs: (g: Generator): Tensor[] => shapes.map((shape) => randn([...shape], { generator: g })),
    fn: (...operands) => einsum(equation, ...operands),
  };
}

export const rows: readonly ConformanceRow[] = [
  row("a product of matrices", "ij,jk", [2, 3], [3, 4]),
  row("batches", "bij,bjk->bki", [2, 3, 4], [2, 4, 5]),
  row("any batches", "...ij,...jk->...ik", [2, 1, 3, 4], [3, 4, 2]),
  row("an outer product", "i,j->ij", [3], [4]),
  row("a transpose", "ba", [2, 3]),
  row("a trace", "ii", [4, 4]),
  row("a diagonal of batches", "bii->ib", [2, 3, 3]),
  row("a bilinear form", "bn,anm,bm->ba", [2, 3], [4, 3, 2], [2, 2]),
  row("an axis in one operand alone", "ik,jl->ij", [2, 3], [4, 5]),
  row("extents of 1", "ij,ij->i", [3, 1], [3, 4]),
  {
    name: "einsum",
    case: "int32",
    inputs: (g) => [
      tensor(
        Int32Array.from({ length: 6 }, () => g.integer(9) - 4),
        { shape: [2, 3] },
      ),
      tensor(
        Int32Array.from({ length: 12 }, () => g.integer(9) - 4),
        { shape: [3, 4] },
      ),
    ],
    fn: (a, b) => einsum("ij,jk->ki", a!, b!),
    gradients: false,
  },
];
