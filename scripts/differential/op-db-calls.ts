import * as t from "@tapegrad/tensor";

/** What PyTorch is called with, its tensors made. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Argument = any;
export type Arguments = readonly Argument[];

/** Thrown for a call that tapegrad has no words for: options, or arguments of a kind, that are not here. */
export class Unfit extends Error {}

type Call = (args: Arguments, options: Readonly<Record<string, Argument>>) => t.Tensor | readonly t.Tensor[];

/** Positional arguments under the names of PyTorch's signature, with those that were named. */
function bind(names: string, args: Arguments, options: Readonly<Record<string, Argument>>): Record<string, Argument> {
  const list = names.split(" ");
  const bound: Record<string, Argument> = { ...options };
  if (args.length > list.length) throw new Unfit("more arguments than expected");
  args.forEach((value, i) => (bound[list[i]!] = value));
  const unknown = Object.keys(bound).find((name) => !list.includes(name));
  if (unknown !== undefined) throw new Unfit(unknown);
  return bound;
}

/** A call whose arguments have these names in PyTorch. */
function named(names: string, call: (a: Record<string, Argument>) => t.Tensor | readonly t.Tensor[]): Call {
  return (args, options) => call(bind(names, args, options));
}

const unary = (fn: (x: t.Tensor) => t.Tensor): Call => named("x", ({ x }) => fn(x));
const binary = (fn: (a: Argument, b: Argument) => t.Tensor): Call => named("a other", ({ a, other }) => fn(a, other));
const keep = (keepdim: Argument): t.ReduceOptions => (keepdim === undefined ? {} : { keepDim: keepdim });
/** An argument that may be left out: None and absence are the same. */
const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;
/** Shapes come as one list or as several numbers. */
const shapeOf = (args: Arguments): Argument => (Array.isArray(args[0]) ? args[0] : args);

/** `None` in place of dims, which PyTorch takes for all, and variances with a flag or a correction. */
const moments =
  (fn: (x: t.Tensor, dim: Argument, options: t.VarianceOptions) => Argument): Call =>
  (args, { dim, unbiased, correction, keepdim, ...rest }) => {
    if (Object.keys(rest).length > 0 || args.length > 2) throw new Unfit("moments");
    const [x, second] = args;
    const axes = typeof second === "boolean" ? undefined : (second ?? dim);
    const biased = second === false || unbiased === false;
    if (Array.isArray(axes) && axes.length === 0) throw new Unfit("dim=[] reduces over all");
    return fn(x, given(axes), {
      ...(biased ? { correction: 0 } : given(correction) !== undefined && { correction }),
      ...keep(keepdim),
    });
  };

/** How PyTorch's calls are written here, by the names of its table of ops. */
export const opDbCalls: Readonly<Record<string, Call>> = {
  floor: unary(t.floor),
  ceil: unary(t.ceil),
  trunc: unary(t.trunc),
  frac: unary(t.frac),
  exp2: unary(t.exp2),
  expm1: unary(t.expm1),
  log2: unary(t.log2),
  log10: unary(t.log10),
  sinh: unary(t.sinh),
  cosh: unary(t.cosh),
  tan: unary(t.tan),
  asin: unary(t.asin),
  acos: unary(t.acos),
  atan: unary(t.atan),
  isnan: unary(t.isnan),
  isinf: unary(t.isinf),
  isfinite: unary(t.isfinite),
  logical_not: unary(t.logicalNot),
  logical_and: binary(t.logicalAnd),
  logical_or: binary(t.logicalOr),
  logical_xor: binary(t.logicalXor),
  atan2: binary(t.atan2),
  fmod: binary(t.fmod),
  remainder: binary(t.remainder),
  pow: binary(t.pow),
  matmul: binary(t.matmul),
  round: named("x decimals", ({ x, decimals }) => t.round(x, decimals === undefined ? {} : { decimals })),
  nan_to_num: named("x nan posinf neginf", ({ x, ...rest }) =>
    t.nanToNum(x, Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))),
  ),
  any: named("x dim keepdim", ({ x, dim, keepdim }) => t.any(x, given(dim), keep(keepdim))),
  all: named("x dim keepdim", ({ x, dim, keepdim }) => t.all(x, given(dim), keep(keepdim))),
  aminmax: named("x dim keepdim", ({ x, dim, keepdim }) => Object.values(t.aminmax(x, given(dim), keep(keepdim)))),
  std_mean: moments(t.stdMean),
  var_mean: moments(t.varMean),
  lerp: named("a b weight", ({ a, b, weight }) => t.lerp(a, b, weight)),
  addcmul: named("x a b value", ({ x, a, b, value }) => t.addcmul(x, a, b, value === undefined ? {} : { value })),
  addcdiv: named("x a b value", ({ x, a, b, value }) => t.addcdiv(x, a, b, value === undefined ? {} : { value })),
  clamp: named("x min max", ({ x, min, max }) =>
    t.clamp(x, { ...(given(min) !== undefined && { min }), ...(given(max) !== undefined && { max }) }),
  ),
  chunk: named("x chunks dim", ({ x, chunks, dim }) => t.chunk(x, chunks, dim)),
  split: named("x split_size dim", ({ x, split_size: size, dim }) => t.split(x, size, dim)),
  split_with_sizes: named("x split_sizes dim", ({ x, split_sizes: sizes, dim }) => t.split(x, sizes, dim)),
  unbind: named("x dim", ({ x, dim }) => t.unbind(x, dim)),
  select: named("x dim index", ({ x, dim, index }) => t.select(x, dim, index)),
  narrow: named("x dim start length", ({ x, dim, start, length }) => {
    if (start instanceof t.Tensor) throw new Unfit("a tensor as start");
    return t.narrow(x, dim, start, length);
  }),
  repeat: ([x, ...rest]) => t.repeat(x, shapeOf(rest)),
  tile: ([x, ...rest]) => t.tile(x, shapeOf(rest)),
  repeat_interleave: named("x repeats dim", ({ x, repeats, dim }) => {
    const counts = repeats instanceof t.Tensor ? Array.from(repeats.dataSync()) : repeats;
    return t.repeatInterleave(x, counts, given(dim));
  }),
  roll: named("x shifts dims", ({ x, shifts, dims }) => t.roll(x, shifts, given(dims))),
  movedim: named("x source destination", ({ x, source, destination }) => t.movedim(x, source, destination)),
  transpose: named("x dim0 dim1", ({ x, dim0, dim1 }) => t.swapaxes(x, dim0, dim1)),
  tril: named("x diagonal", ({ x, diagonal }) => t.tril(x, diagonal)),
  triu: named("x diagonal", ({ x, diagonal }) => t.triu(x, diagonal)),
  diag: named("x diagonal", ({ x, diagonal }) => t.diag(x, diagonal)),
  meshgrid: ([lists], { indexing, ...rest }) => {
    if (Object.keys(rest).length > 0) throw new Unfit("meshgrid");
    return t.meshgrid(lists, indexing === undefined ? {} : { indexing });
  },
  linspace: named("start end steps dtype", ({ start, end, steps, dtype }) =>
    t.linspace(start, end, steps, dtype === undefined ? {} : { dtype }),
  ),
  logspace: named("start end steps base dtype", ({ start, end, steps, base, dtype }) =>
    t.logspace(start, end, steps, { ...(base !== undefined && { base }), ...(dtype !== undefined && { dtype }) }),
  ),
  masked_fill: named("x mask value", ({ x, mask, value }) => t.maskedFill(x, mask, value)),
  take_along_dim: named("x index dim", ({ x, index, dim }) => t.takeAlongDim(x, index, given(dim))),
  scatter: named("x dim index source", ({ x, dim, index, source }) => t.scatter(x, dim, index, source)),
  index_add: named("x dim index source alpha", ({ x, dim, index, source, alpha }) =>
    t.indexAdd(x, dim, index, source, alpha === undefined ? {} : { alpha }),
  ),
  __getitem__: named("x index", ({ x, index }) => t.at(x, ...index)),
  index_put: named("x indices values accumulate", ({ x, indices, values, accumulate }) =>
    t.indexPut(x, indices, values, accumulate === undefined ? {} : { accumulate }),
  ),
  cdist: named("a b p compute_mode", ({ a, b, p }) => t.cdist(a, b, p === undefined ? {} : { p })),
  histc: named("x bins min max", ({ x, ...options }) => t.histc(x, options)),
  "linalg.vector_norm": named("x ord dim keepdim", ({ x, ord, dim, keepdim }) => {
    if (Array.isArray(dim) && dim.length === 0) throw new Unfit("dim=[] reduces over all");
    return t.norm(x, {
      ...(ord !== undefined && { p: ord }),
      ...(given(dim) !== undefined && { dim }),
      ...keep(keepdim),
    });
  }),
};
