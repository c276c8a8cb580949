import * as t from "@tapegrad/tensor";
import { calls, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { keywords, python } from "../python.ts";
import { given } from "./elementwise.ts";

type Dims = number | readonly number[] | undefined;
type Reduction = (x: t.Tensor, dim?: Dims, options?: { readonly keepDim?: boolean }) => t.Tensor;

/** Reductions over any axes. */
const overAxes: readonly (readonly [name: string, op: Reduction, torch: (dims: string) => string])[] = [
  ["sum", t.sum, (dims) => `torch.sum(x[0], ${dims})`],
  ["mean", t.mean, (dims) => `torch.mean(x[0], ${dims})`],
  ["amax", t.amax, (dims) => `torch.amax(x[0], ${dims})`],
  ["amin", t.amin, (dims) => `torch.amin(x[0], ${dims})`],
  ["sumSquares", t.sumSquares, (dims) => `torch.sum(x[0] * x[0], ${dims})`],
  ["logSumExp", (x, dim, options) => t.logSumExp(x, dim!, options), (dims) => `torch.logsumexp(x[0], ${dims})`],
];

/** Reductions over all axes or one. */
export const reductions: readonly Target[] = [
  ...overAxes.map(([name, op, torch]) =>
    calls(name, name === "logSumExp" ? t.logSumExp : op, (draw) => {
      const shape = draw.shape();
      const dim = axes(draw, shape.length, name !== "logSumExp");
      const keepDim = draw.chance(0.3);
      return {
        inputs: [name === "sumSquares" ? draw.floats(shape) : draw.numbers(shape)],
        torch: torch(dimsOf(dim, keepDim)),
        run: ([x]) => op(x!, dim, { keepDim }),
      };
    }),
  ),
  calls("prod", t.prod, (draw) => {
    const shape = draw.shape();
    const dim = draw.chance(0.3) ? undefined : draw.dim(shape.length);
    const keepDim = dim !== undefined && draw.chance(0.3);
    return {
      inputs: [draw.numbers(shape, { range: [-2, 2] })],
      torch: dim === undefined ? "torch.prod(x[0])" : `torch.prod(x[0], ${dim}, keepdim=${python(keepDim)})`,
      run: ([x]) => t.prod(x!, dim, { keepDim }),
    };
  }),
  ...(
    [
      ["variance", t.variance, "var"],
      ["std", t.std, "std"],
      ["varMean", t.varMean, "var_mean"],
    ] as const
  ).map(([name, op, torch]) =>
    calls(name, op, (draw) => {
      const shape = draw.shape();
      const dim = axes(draw, shape.length, true);
      const keepDim = draw.chance(0.3);
      const correction = draw.mostly(1, [0, 2, 5]);
      return {
        inputs: [draw.numbers(shape)],
        torch: `torch.${torch}(x[0], dim=${python(dim)}, keepdim=${python(keepDim)}, correction=${correction})`,
        run: ([x]) => op(x!, dim, { keepDim, correction }),
      };
    }),
  ),
  calls("norm", t.norm, (draw) => {
    const shape = draw.shape();
    const dim = axes(draw, shape.length, true);
    const keepDim = draw.chance(0.3);
    const p = draw.mostly(2, [1, Infinity, 3, 1.5, 0.5]);
    const dims = dim ?? shape.map((_, i) => i);
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.linalg.vector_norm(x[0], ${python(p)}, dim=${python(dims)}, keepdim=${python(keepDim)})`,
      run: ([x]) => t.norm(x!, { p, keepDim, ...given("dim", dim) }),
    };
  }),
  ...(
    [
      ["max", t.max],
      ["min", t.min],
      ["median", t.median],
    ] as const
  ).flatMap(([name, op]) => [
    calls(`${name}.all`, op, (draw) => ({
      inputs: [draw.numbers(draw.shape())],
      torch: `torch.${name}(x[0])`,
      run: ([x]) => op(x!),
    })),
    calls(`${name}.dim`, op, (draw) => {
      const shape = draw.shape();
      const [dim, keepDim] = [draw.dim(shape.length), draw.chance(0.3)];
      return {
        inputs: [draw.numbers(shape)],
        torch: `tuple(torch.${name}(x[0], ${dim}, keepdim=${python(keepDim)}))`,
        run: ([x]) => pair(op(x!, dim, { keepDim })),
      };
    }),
  ]),
  ...(
    [
      ["argmax", t.argmax],
      ["argmin", t.argmin],
    ] as const
  ).map(([name, op]) =>
    calls(name, op, (draw) => {
      const shape = draw.shape();
      const dim = draw.chance(0.3) ? undefined : draw.dim(shape.length);
      const keepDim = dim !== undefined && draw.chance(0.3);
      return {
        inputs: [draw.numbers(shape)],
        torch: `torch.${name}(x[0], dim=${python(dim)}, keepdim=${python(keepDim)})`,
        run: ([x]) => op(x!, dim, { keepDim }),
      };
    }),
  ),
  ...(
    [
      ["cumsum", t.cumsum],
      ["cumprod", t.cumprod],
    ] as const
  ).map(([name, op]) =>
    calls(name, op, (draw) => {
      const shape = draw.shape();
      const dim = draw.dim(shape.length);
      return { inputs: [draw.numbers(shape)], torch: `torch.${name}(x[0], ${dim})`, run: ([x]) => op(x!, dim) };
    }),
  ),
  calls("sort", t.sort, (draw) => {
    const shape = draw.shape();
    const options = { dim: draw.dim(shape.length), descending: draw.chance(0.5) };
    return {
      inputs: [draw.numbers(shape)],
      torch: `tuple(torch.sort(x[0], stable=True${keywords(options)}))`,
      run: ([x]) => pair(t.sort(x!, options)),
    };
  }),
  calls("argsort", t.argsort, (draw) => {
    const shape = draw.shape();
    const options = { dim: draw.dim(shape.length), descending: draw.chance(0.5) };
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.sort(x[0], stable=True${keywords(options)})[1]`,
      run: ([x]) => t.argsort(x!, options),
    };
  }),
  calls("topk", t.topk, (draw) => {
    const shape = draw.shape();
    const options = { dim: draw.dim(shape.length), largest: draw.chance(0.5) };
    const k = place(draw, shape, options.dim, 0);
    return {
      inputs: [draw.numbers(shape)],
      torch: `tuple(torch.topk(x[0], ${k}${keywords(options)}))`,
      run: ([x]) => pair(t.topk(x!, k, options)),
    };
  }),
  calls("kthvalue", t.kthvalue, (draw) => {
    const shape = draw.shape();
    const [dim, keepDim] = [draw.dim(shape.length), draw.chance(0.3)];
    const k = place(draw, shape, dim, 1);
    return {
      inputs: [draw.numbers(shape)],
      torch: `tuple(torch.kthvalue(x[0], ${k}, ${dim}, keepdim=${python(keepDim)}))`,
      run: ([x]) => pair(t.kthvalue(x!, k, dim, { keepDim })),
    };
  }),
  calls("sumTo", t.sumTo, (draw) => {
    const shape = draw.shape();
    const smaller = shape.map((extent) => (draw.chance(0.4) ? 1 : extent));
    const target = draw.chance(0.05)
      ? draw.shape()
      : smaller.slice(draw.chance(0.3) ? draw.integer(0, shape.length) : 0);
    return {
      inputs: [draw.numbers(shape)],
      torch: `x[0].sum_to_size(${python(target)})`,
      run: ([x]) => t.sumTo(x!, target),
    };
  }),
];

function axes(draw: Draw, rank: number, allAllowed: boolean): Dims {
  const kind = draw.integer(0, 2);
  if (kind === 0 && allAllowed) return undefined;
  return kind === 1 && rank > 0 ? draw.dims(rank) : draw.dim(rank);
}

/** `dim=…, keepdim=…`; all axes by name, since PyTorch cannot keep them otherwise. */
function dimsOf(dim: Dims, keepDim: boolean): string {
  return `dim=${dim === undefined ? "tuple(range(x[0].dim()))" : python(dim)}, keepdim=${python(keepDim)}`;
}

/** A number of places along an axis, rarely one too many. */
function place(draw: Draw, shape: readonly number[], dim: number, least: number): number {
  const extent = shape.at(dim) ?? 1;
  return draw.chance(0.03) ? extent + 1 : draw.integer(least, Math.max(least, extent));
}

function pair({ values, indices }: t.ValuesAndIndices): readonly t.Tensor[] {
  return [values, indices];
}
