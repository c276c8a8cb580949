import {
  chunk,
  diag,
  type Generator,
  linspace,
  logspace,
  meshgrid,
  movedim,
  narrow,
  randn,
  repeat,
  repeatInterleave,
  roll,
  select,
  split,
  swapaxes,
  tensor,
  type Tensor,
  tile,
  tril,
  triu,
  unbind,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";

const matrix = (g?: Generator): Tensor[] => [randn([4, 5], g && { generator: g })];
const cube = (g?: Generator): Tensor[] => [randn([3, 4, 5], g && { generator: g })];
const list = (g?: Generator): Tensor[] => [randn([6], g && { generator: g })];
const integers = (): Tensor[] => [
  tensor(
    Int32Array.from({ length: 12 }, (_, i) => i - 5),
    { shape: [3, 4] },
  ),
];

/** A row whose right call is that of its first input and further arguments. */
function row(
  name: string,
  inputs: ConformanceRow["inputs"],
  fn: ConformanceRow["fn"],
  torch: string,
  more: Partial<ConformanceRow> = {},
): ConformanceRow {
  return { name, inputs, fn, torch, ...more };
}

export const rows: readonly ConformanceRow[] = [
  row("narrow", cube, (x) => narrow(x!, 1, 1, 2), "x[0].narrow(1, 1, 2)", { right: () => [...cube(), 1, 1, 2] }),
  row("narrow", cube, (x) => narrow(x!, -1, -3, 3), "x[0].narrow(-1, -3, 3)", { case: "from the end" }),
  row("narrow", integers, (x) => narrow(x!, 0, 3, 0), "x[0].narrow(0, 3, 0)", { case: "nothing", gradients: false }),
  row("select", cube, (x) => select(x!, 1, -1), "x[0].select(1, -1)", { right: () => [...cube(), 1, 0] }),
  row("select", list, (x) => select(x!, 0, 2), "x[0].select(0, 2)", { case: "one value" }),
  row("unbind", cube, (x) => unbind(x!, 1), "x[0].unbind(1)", { right: () => [...cube(), 1] }),
  row("split", cube, (x) => split(x!, 2, -1), "x[0].split(2, -1)", { right: () => [...cube(), anyOf(2, [1, 2]), 0] }),
  row("split", cube, (x) => split(x!, [1, 0, 3], 1), "x[0].split([1, 0, 3], 1)", { case: "sizes" }),
  row("chunk", cube, (x) => chunk(x!, 3, 1), "x[0].chunk(3, 1)", { right: () => [...cube(), 2, 0] }),
  row("chunk", cube, (x) => chunk(x!, 4, 2), "x[0].chunk(4, 2)", { case: "fewer than asked for" }),
  row("repeat", matrix, (x) => repeat(x!, [2, 1, 3]), "x[0].repeat(2, 1, 3)", { right: () => [...matrix(), [2, 3]] }),
  row("repeat", integers, (x) => repeat(x!, [2, 0]), "x[0].repeat(2, 0)", { case: "no times", gradients: false }),
  row("tile", cube, (x) => tile(x!, [2, 1]), "torch.tile(x[0], (2, 1))", { right: () => [...matrix(), [2, 3]] }),
  row("repeatInterleave", cube, (x) => repeatInterleave(x!, 2, 1), "torch.repeat_interleave(x[0], 2, 1)", {
    right: () => [...matrix(), anyOf(2, [1, 2, 0, 3]), 0],
  }),
  row(
    "repeatInterleave",
    matrix,
    (x) => repeatInterleave(x!, [1, 0, 3, 2], 0),
    "torch.repeat_interleave(x[0], torch.tensor([1, 0, 3, 2]), 0)",
    { case: "counts" },
  ),
  row("repeatInterleave", matrix, (x) => repeatInterleave(x!, 3), "torch.repeat_interleave(x[0], 3)", { case: "flat" }),
  row("roll", cube, (x) => roll(x!, [1, -2], [0, 2]), "torch.roll(x[0], (1, -2), (0, 2))", {
    right: () => [...matrix(), anyOf(1, [1]), anyOf(0, [0])],
  }),
  row("roll", matrix, (x) => roll(x!, 7), "torch.roll(x[0], 7)", { case: "flat" }),
  row("roll", matrix, (x) => roll(x!, [1, 2], [1, 1]), "torch.roll(x[0], (1, 2), (1, 1))", { case: "twice" }),
  row("movedim", cube, (x) => movedim(x!, [0, -1], [1, 0]), "torch.movedim(x[0], (0, -1), (1, 0))", {
    right: () => [...matrix(), anyOf(0, [0]), anyOf(1, [1])],
  }),
  row("movedim", cube, (x) => movedim(x!, 0, -1), "torch.movedim(x[0], 0, -1)", { case: "one axis" }),
  row("swapaxes", cube, (x) => swapaxes(x!, 0, -1), "torch.swapaxes(x[0], 0, -1)", {
    right: () => [...matrix(), 0, 1],
  }),
  row("tril", cube, (x) => tril(x!), "torch.tril(x[0])", { right: () => [...matrix(), 1] }),
  row("tril", integers, (x) => tril(x!, -1), "torch.tril(x[0], -1)", { case: "int32", gradients: false }),
  row("triu", cube, (x) => triu(x!), "torch.triu(x[0])", { right: () => [...matrix(), 1] }),
  row("triu", cube, (x) => triu(x!, 2), "torch.triu(x[0], 2)", { case: "another diagonal" }),
  row("diag", list, (x) => diag(x!), "torch.diag(x[0])", { right: () => [...list(), 1] }),
  row("diag", list, (x) => diag(x!, -2), "torch.diag(x[0], -2)", { case: "under the main one" }),
  row("diag", matrix, (x) => diag(x!, 1), "torch.diag(x[0], 1)", { case: "of a matrix" }),
  row("diag", matrix, (x) => diag(x!, -4), "torch.diag(x[0], -4)", { case: "of a matrix, the last one" }),
  row("linspace", list, (x) => linspace(-1, 2.5, 6, { device: x!.device }), "torch.linspace(-1, 2.5, 6)", {
    right: () => [0, 1, 5, { dtype: "float32", requiresGrad: false }],
    gradients: false,
  }),
  row(
    "linspace",
    list,
    (x) => linspace(7, -10, 5, { dtype: "int32", device: x!.device }),
    "torch.linspace(7, -10, 5, dtype=torch.int32)",
    { case: "int32", gradients: false },
  ),
  row("linspace", list, (x) => linspace(3, 5, 1, { device: x!.device }), "torch.linspace(3, 5, 1)", {
    case: "one step",
    gradients: false,
  }),
  row("logspace", list, (x) => logspace(-1, 2, 4, { device: x!.device }), "torch.logspace(-1, 2, 4)", {
    right: () => [0, 1, 5, { base: 2, dtype: "float32", requiresGrad: false }],
    gradients: false,
  }),
  row("logspace", list, (x) => logspace(0, 3, 5, { base: 2, device: x!.device }), "torch.logspace(0, 3, 5, base=2)", {
    case: "base",
    gradients: false,
  }),
  row(
    "meshgrid",
    (g) => [...list(g), ...list(g)],
    (x, y) => meshgrid([x!, y!]),
    'torch.meshgrid(x, indexing="ij")',
    {
      right: () => [[...list(), ...list()], { indexing: "ij" }],
    },
  ),
  row(
    "meshgrid",
    (g) => [randn([2], { generator: g }), ...list(g), randn([], { generator: g })],
    (...x) => meshgrid(x, { indexing: "xy" }),
    'torch.meshgrid(x, indexing="xy")',
    { case: "xy" },
  ),
];
