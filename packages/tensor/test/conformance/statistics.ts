import {
  bucketize,
  corrcoef,
  countNonzero,
  cov,
  cummax,
  cummin,
  cumulativeTrapezoid,
  diff,
  type Generator,
  logcumsumexp,
  mode,
  msort,
  nanmean,
  nanmedian,
  nanquantile,
  nansum,
  quantile,
  randn,
  searchsorted,
  tensor,
  type Tensor,
  trapezoid,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";

const cube = (g?: Generator): Tensor[] => [randn([2, 3, 5], g && { generator: g })];
const matrix = (g?: Generator): Tensor[] => [randn([3, 5], g && { generator: g })];
const gaps = (): Tensor[] => [
  tensor([
    [NaN, 3, -2, 0.5, NaN],
    [4, 1, NaN, -1, 2],
    [NaN, NaN, NaN, NaN, NaN],
  ]),
];
const repeated = (): Tensor[] => [
  tensor([
    [2, 1, 2, 1, 3],
    [4, 4, 4, 5, 5],
    [0, 9, 8, 7, 6],
  ]),
];

/** Rows of a reduction without NaNs and, for its values, with. */
function skipping(name: string, fn: (x: Tensor, dim?: number) => Tensor, torch: string): ConformanceRow[] {
  const code = `(torch.${torch}(x[0]), torch.${torch}(x[0], 1))`;
  const common = { name, fn: (x: Tensor) => [fn(x), fn(x, 1)], torch: code } as const;
  return [
    { ...common, inputs: matrix, right: () => [...matrix(), anyOf(0, [0, 1]), { keepDim: true }] },
    { ...common, case: "gaps", needs: "IEEE 754", inputs: gaps, gradients: false },
  ];
}

export const rows: readonly ConformanceRow[] = [
  ...skipping("nansum", nansum, "nansum"),
  ...skipping("nanmean", nanmean, "nanmean"),
  {
    name: "nanmedian",
    inputs: matrix,
    fn: (x) => [nanmedian(x!), ...Object.values(nanmedian(x!, 1))],
    torch: "(torch.nanmedian(x[0]), *torch.nanmedian(x[0], 1))",
    right: () => [...matrix(), 0, { keepDim: true }],
  },
  {
    name: "nanmedian",
    case: "gaps",
    needs: "IEEE 754",
    inputs: gaps,
    fn: (x) => [nanmedian(x!), nanmedian(x!, 1).values],
    torch: "(torch.nanmedian(x[0]), torch.nanmedian(x[0], 1)[0])",
    gradients: false,
  },
  {
    name: "countNonzero",
    inputs: () => [
      tensor([
        [0, 1, -0],
        [2, 0, 3],
      ]),
    ],
    fn: (x) => [countNonzero(x!), countNonzero(x!, 0), countNonzero(x!, [0, 1])],
    torch:
      "(torch.count_nonzero(x[0]).int(), torch.count_nonzero(x[0], 0).int(), torch.count_nonzero(x[0], (0, 1)).int())",
    gradients: false,
    right: () => [...matrix(), anyOf(0, [0, 1])],
  },
  {
    name: "mode",
    inputs: repeated,
    fn: (x) => mode(x!).values,
    torch: "torch.mode(x[0]).values",
    gradients: false,
    right: () => [...matrix(), 0, { keepDim: true }],
  },
  {
    name: "mode",
    case: "its gradient",
    inputs: matrix,
    fn: (x) => mode(x!, 0).values,
    torch: "torch.mode(x[0], 0).values",
  },
  {
    name: "quantile",
    inputs: matrix,
    fn: (x) => [
      quantile(x!, 0.3),
      quantile(x!, [0, 0.45, 1], 0, { keepDim: true }),
      ...(["lower", "higher", "midpoint", "nearest"] as const).map((interpolation) =>
        quantile(x!, 0.6, -1, { interpolation }),
      ),
    ],
    torch:
      "(torch.quantile(x[0], 0.3), torch.quantile(x[0], torch.tensor([0, 0.45, 1]), 0, keepdim=True), " +
      '*[torch.quantile(x[0], 0.6, -1, interpolation=i) for i in ("lower", "higher", "midpoint", "nearest")])',
    secondGradients: false,
    right: () => [...matrix(), anyOf(0.5, [0.5], tensor(0.5)), 0, { keepDim: true, interpolation: "nearest" }],
  },
  {
    name: "quantile",
    case: "gaps",
    needs: "IEEE 754",
    inputs: gaps,
    fn: (x) => quantile(x!, [0.25, 0.5], 0),
    torch: "torch.quantile(x[0], torch.tensor([0.25, 0.5]), 0)",
    gradients: false,
  },
  {
    name: "nanquantile",
    needs: "IEEE 754",
    inputs: gaps,
    fn: (x) => [nanquantile(x!, 0.7), nanquantile(x!, [0.25, 0.5], 1)],
    torch: "(torch.nanquantile(x[0], 0.7), torch.nanquantile(x[0], torch.tensor([0.25, 0.5]), 1))",
    gradients: false,
    right: () => [...matrix(), anyOf(0.5, [0.5], tensor(0.5)), 0, { keepDim: true, interpolation: "nearest" }],
  },
  {
    name: "cov",
    inputs: matrix,
    fn: (x) => [cov(x!), cov(x!, { correction: 0 })],
    torch: "(torch.cov(x[0]), torch.cov(x[0], correction=0))",
    right: () => [...matrix(), { correction: 0 }],
  },
  { name: "corrcoef", inputs: matrix, fn: (x) => corrcoef(x!), torch: "torch.corrcoef(x[0])" },
  {
    name: "cummax",
    inputs: cube,
    fn: (x) => [...Object.values(cummax(x!, 1)), cummax(x!, -1).values],
    torch: "(torch.cummax(x[0], 1)[0], torch.cummax(x[0], 1)[1].int(), torch.cummax(x[0], -1)[0])",
    right: () => [...matrix(), 0],
  },
  {
    name: "cummin",
    inputs: cube,
    fn: (x) => Object.values(cummin(x!, 2)),
    torch: "(torch.cummin(x[0], 2)[0], torch.cummin(x[0], 2)[1].int())",
    right: () => [...matrix(), 0],
  },
  {
    name: "cummax",
    case: "ties and NaN",
    needs: "IEEE 754",
    inputs: () => [tensor([1, 1, 0, 2, 2, NaN, 3, NaN])],
    fn: (x) => [...Object.values(cummax(x!, 0)), ...Object.values(cummin(x!, 0))],
    torch: "tuple(y if y.is_floating_point() else y.int() for f in (torch.cummax, torch.cummin) for y in f(x[0], 0))",
    gradients: false,
  },
  {
    name: "logcumsumexp",
    inputs: cube,
    fn: (x) => [logcumsumexp(x!, 1), logcumsumexp(x!, -1)],
    torch: "(torch.logcumsumexp(x[0], 1), torch.logcumsumexp(x[0], -1))",
    right: () => [...matrix(), 0],
  },
  {
    name: "logcumsumexp",
    case: "ends",
    needs: "IEEE 754",
    inputs: () => [tensor([-Infinity, -Infinity, 100, -100, 100, 2, Infinity, 1])],
    fn: (x) => logcumsumexp(x!, 0),
    torch: "torch.logcumsumexp(x[0], 0)",
    gradients: false,
  },
  {
    name: "diff",
    inputs: (g) => [...cube(g), randn([2, 3, 1], { generator: g })],
    fn: (x, more) => [diff(x!), diff(x!, { n: 2, dim: 1 }), diff(x!, { prepend: more!, append: more! })],
    torch: "(torch.diff(x[0]), torch.diff(x[0], n=2, dim=1), torch.diff(x[0], prepend=x[1], append=x[1]))",
    right: () => [
      randn([2, 2]),
      { n: 1, dim: 0, prepend: anyOf(randn([2, 2]), null), append: anyOf(randn([2, 2]), null) },
    ],
  },
  {
    name: "trapezoid",
    inputs: (g) => [...cube(g), randn([3], { generator: g })],
    fn: (y, x) => [trapezoid(y!), trapezoid(y!, { dx: 0.5, dim: 0 }), trapezoid(y!, { x: x!, dim: 1 })],
    torch: "(torch.trapezoid(x[0]), torch.trapezoid(x[0], dx=0.5, dim=0), torch.trapezoid(x[0], x[1], dim=1))",
    right: () => [randn([2, 2]), { x: anyOf(randn([2]), null), dim: 0 }],
  },
  {
    name: "cumulativeTrapezoid",
    inputs: (g) => [...cube(g), randn([3, 5], { generator: g })],
    fn: (y, x) => [cumulativeTrapezoid(y!, { dx: 2 }), cumulativeTrapezoid(y!, { x: x!, dim: 1 })],
    torch: "(torch.cumulative_trapezoid(x[0], dx=2), torch.cumulative_trapezoid(x[0], x[1], dim=1))",
    right: () => [randn([2, 2]), { dx: 1, dim: 0 }],
  },
  { name: "msort", inputs: matrix, fn: (x) => msort(x!), torch: "torch.msort(x[0])" },
  {
    name: "searchsorted",
    needs: "IEEE 754",
    inputs: () => [
      tensor([
        [1, 3, 5, 7, 9],
        [2, 4, 4, 8, 10],
      ]),
      tensor([
        [3, 6, 9],
        [4, -1, NaN],
      ]),
    ],
    fn: (sorted, values) => [searchsorted(sorted!, values!), searchsorted(sorted!, values!, { right: true })],
    torch: "(torch.searchsorted(x[0], x[1]).int(), torch.searchsorted(x[0], x[1], right=True).int())",
    gradients: false,
    right: () => [randn([4]), anyOf(randn([2, 2]), 1), { right: true }],
  },
  {
    name: "bucketize",
    inputs: (g) => [randn([2, 7], { generator: g }), tensor([-1, -0.5, 0, 0.25, 0.5, 2])],
    fn: (values, boundaries) => [bucketize(values!, boundaries!), bucketize(0.25, boundaries!, { right: true })],
    torch: "(torch.bucketize(x[0], x[1]).int(), torch.bucketize(torch.tensor(0.25), x[1], right=True).int())",
    gradients: false,
    right: () => [anyOf(randn([2, 2]), 1), randn([4]), { right: true }],
  },
];
