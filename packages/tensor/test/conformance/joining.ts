import {
  blockDiag,
  broadcastTensors,
  cartesianProd,
  columnStack,
  cross,
  diagEmbed,
  diagonal,
  dist,
  dstack,
  fliplr,
  flipud,
  fullLike,
  Generator,
  hstack,
  inner,
  kron,
  outer,
  randLike,
  randn,
  randnLike,
  rot90,
  tensor,
  type Tensor,
  tensordot,
  tensorSplit,
  trace,
  trilIndices,
  triuIndices,
  vander,
  vstack,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";

function normal(g: Generator | undefined, ...shape: number[]): Tensor {
  return randn(shape, g && { generator: g });
}

const cube = (g?: Generator): Tensor[] => [normal(g, 2, 3, 4)];
const matrix = (g?: Generator): Tensor[] => [normal(g, 3, 4)];
const linear = { secondGradients: false } as const;
const joins = [
  ["hstack", hstack],
  ["vstack", vstack],
  ["dstack", dstack],
  ["columnStack", columnStack],
] as const;

export const rows: readonly ConformanceRow[] = [
  ...joins.map(([name, fn]): ConformanceRow => ({
    name,
    inputs: (g) => [...matrix(g), normal(g, 3, 4), normal(g, 3), normal(g, 3)],
    fn: (a, b, c, d) => [fn([a!, b!]), fn([c!, d!])],
    torch: `(torch.${name === "columnStack" ? "column_stack" : name}(x[:2]), torch.${name === "columnStack" ? "column_stack" : name}(x[2:]))`,
    ...linear,
    right: () => [[...matrix(), ...matrix()]],
  })),
  {
    name: "tensorSplit",
    inputs: (g) => [normal(g, 7, 2)],
    fn: (x) => [...tensorSplit(x!, 3), ...tensorSplit(x!, [1, 4, -1]), ...tensorSplit(x!, 2, 1)],
    torch: "(*torch.tensor_split(x[0], 3), *torch.tensor_split(x[0], [1, 4, -1]), *torch.tensor_split(x[0], 2, 1))",
    ...linear,
    right: () => [...matrix(), anyOf(2, [1]), 0],
  },
  {
    name: "diagonal",
    inputs: cube,
    fn: (x) => [
      diagonal(x!),
      diagonal(x!, { offset: 1, dim1: 2, dim2: 1 }),
      diagonal(x!, { offset: -1, dim1: -1, dim2: 0 }),
    ],
    torch: "(torch.diagonal(x[0]), torch.diagonal(x[0], 1, 2, 1), torch.diagonal(x[0], -1, -1, 0))",
    ...linear,
    right: () => [...cube(), { offset: 0, dim1: 0, dim2: 1 }],
  },
  {
    name: "diagEmbed",
    inputs: matrix,
    fn: (x) => [
      diagEmbed(x!),
      diagEmbed(x!, { offset: -2, dim1: 0, dim2: 2 }),
      diagEmbed(x!, { offset: 1, dim1: 2, dim2: 1 }),
    ],
    torch: "(torch.diag_embed(x[0]), torch.diag_embed(x[0], -2, 0, 2), torch.diag_embed(x[0], 1, 2, 1))",
    ...linear,
    right: () => [...matrix(), { offset: 0, dim1: 0, dim2: 1 }],
  },
  {
    name: "blockDiag",
    inputs: (g) => [...matrix(g), normal(g, 2), normal(g)],
    fn: (a, b, c) => blockDiag([a!, b!, c!]),
    torch: "torch.block_diag(*x)",
    ...linear,
    right: () => [[...matrix(), ...matrix()]],
  },
  {
    name: "cartesianProd",
    inputs: (g) => [normal(g, 3), normal(g, 2)],
    fn: (a, b) => cartesianProd([a!, b!, a!]),
    torch: "torch.cartesian_prod(x[0], x[1], x[0])",
    ...linear,
    right: () => [[normal(undefined, 2), normal(undefined, 3)]],
  },
  {
    name: "broadcastTensors",
    inputs: (g) => [...matrix(g), normal(g, 2, 1, 4)],
    fn: (a, b) => broadcastTensors([a!, b!]),
    torch: "torch.broadcast_tensors(*x)",
    ...linear,
    right: () => [[...matrix(), ...matrix()]],
  },
  ...(
    [
      ["trilIndices", trilIndices, "tril_indices"],
      ["triuIndices", triuIndices, "triu_indices"],
    ] as const
  ).map(([name, fn, torch]): ConformanceRow => ({
    name,
    inputs: matrix,
    fn: (x) => [fn(3, 4, { device: x!.device }), fn(3, 2, { offset: -1, device: x!.device })],
    torch: `(torch.${torch}(3, 4).int(), torch.${torch}(3, 2, -1).int())`,
    gradients: false,
    right: () => [3, 4, { offset: 1 }],
  })),
  { name: "flipud", inputs: cube, fn: (x) => flipud(x!), torch: "torch.flipud(x[0])", ...linear },
  { name: "fliplr", inputs: cube, fn: (x) => fliplr(x!), torch: "torch.fliplr(x[0])", ...linear },
  {
    name: "rot90",
    inputs: cube,
    fn: (x) => [rot90(x!), rot90(x!, 2, [0, 2]), rot90(x!, -1, [2, 1]), rot90(x!, 4)],
    torch: "(torch.rot90(x[0]), torch.rot90(x[0], 2, [0, 2]), torch.rot90(x[0], -1, [2, 1]), torch.rot90(x[0], 4))",
    ...linear,
    right: () => [...matrix(), 1, [0, 1]],
  },
  {
    name: "outer",
    inputs: (g) => [normal(g, 3), normal(g, 4)],
    fn: (a, b) => outer(a!, b!),
    torch: "torch.outer(x[0], x[1])",
  },
  {
    name: "inner",
    inputs: (g) => [...cube(g), normal(g, 3, 4), normal(g)],
    fn: (a, b, c) => [inner(a!, b!), inner(b!, b!), inner(a!, c!)],
    torch: "(torch.inner(x[0], x[1]), torch.inner(x[1], x[1]), torch.inner(x[0], x[2]))",
    right: () => [...matrix(), ...matrix()],
  },
  {
    name: "tensordot",
    inputs: (g) => [normal(g, 2, 3, 4), normal(g, 3, 4, 2)],
    fn: (a, b) => [
      tensordot(a!, b!),
      tensordot(a!, b!, { dims: [[0], [-1]] }),
      tensordot(a!, b!, {
        dims: [
          [1, 0],
          [0, 2],
        ],
      }),
    ],
    torch:
      "(torch.tensordot(x[0], x[1]), torch.tensordot(x[0], x[1], ([0], [-1])), torch.tensordot(x[0], x[1], ([1, 0], [0, 2])))",
    right: () => [normal(undefined, 2, 2), normal(undefined, 2, 2), { dims: anyOf([[0], [1]], 1) }],
  },
  {
    name: "kron",
    inputs: (g) => [normal(g, 2, 3), normal(g, 2), normal(g, 2, 1, 2)],
    fn: (a, b, c) => [kron(a!, b!), kron(a!, c!)],
    torch: "(torch.kron(x[0], x[1]), torch.kron(x[0], x[2]))",
    right: () => [...matrix(), ...matrix()],
  },
  { name: "trace", inputs: matrix, fn: (x) => trace(x!), torch: "torch.trace(x[0])", ...linear },
  {
    name: "cross",
    inputs: (g) => [normal(g, 3, 2, 3), normal(g, 1, 2, 3)],
    fn: (a, b) => [cross(a!, b!), cross(a!, a!, 0)],
    torch: "(torch.linalg.cross(x[0], x[1]), torch.cross(x[0], x[0], 0))",
    right: () => [normal(undefined, 2, 3), normal(undefined, 2, 3), -1],
  },
  {
    name: "dist",
    inputs: (g) => [...matrix(g), normal(g, 4)],
    fn: (a, b) => [dist(a!, b!), dist(a!, b!, 3), dist(a!, b!, 1)],
    torch: "(torch.dist(x[0], x[1]), torch.dist(x[0], x[1], 3), torch.dist(x[0], x[1], 1))",
    right: () => [...matrix(), ...matrix(), 2],
  },
  {
    name: "vander",
    inputs: (g) => [normal(g, 4)],
    fn: (x) => [vander(x!), vander(x!, { n: 3, increasing: true })],
    torch: "(torch.vander(x[0]), torch.vander(x[0], 3, True))",
    right: () => [normal(undefined, 3), { n: anyOf(2, null), increasing: true }],
  },
  {
    name: "fullLike",
    inputs: () => [tensor([[1, 2, 3]]), tensor(new Int32Array([1, 2]))],
    fn: (x, i) => [fullLike(x!, 0.5), fullLike(i!, 7)],
    torch: "(torch.full_like(x[0], 0.5), torch.full_like(x[1], 7))",
    gradients: false,
    right: () => [...matrix(), 1],
  },
  ...(
    [
      ["randLike", randLike],
      ["randnLike", randnLike],
    ] as const
  ).map(([name, fn]): ConformanceRow => ({
    name,
    inputs: matrix,
    fn: (x) => fn(x!, { generator: new Generator(5) }),
    gradients: false,
    right: () => [...matrix(), { generator: new Generator(0) }],
  })),
];
