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
const listOf = (x: t.Tensor): number[] => Array.from(x.dataSync());
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

const quantiles = (fn: typeof t.quantile): Call =>
  named("x q dim keepdim interpolation", ({ x, q, dim, keepdim, interpolation }) =>
    fn(x, q, given(dim), {
      ...keep(keepdim),
      ...(interpolation !== undefined && { interpolation }),
    }),
  );

const integrals = (fn: typeof t.trapezoid): Call =>
  named("y x dx dim", ({ y, x, dx, dim }) =>
    fn(y, { ...(given(x) !== undefined && { x }), ...(dx !== undefined && { dx }), ...(dim !== undefined && { dim }) }),
  );

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
  asinh: unary(t.asinh),
  acosh: unary(t.acosh),
  atanh: unary(t.atanh),
  sinc: unary(t.sinc),
  deg2rad: unary(t.deg2rad),
  rad2deg: unary(t.rad2deg),
  signbit: unary(t.signbit),
  isposinf: unary(t.isposinf),
  isneginf: unary(t.isneginf),
  msort: unary(t.msort),
  fliplr: unary(t.fliplr),
  flipud: unary(t.flipud),
  trace: unary(t.trace),
  corrcoef: unary(t.corrcoef),
  hypot: binary(t.hypot),
  logaddexp: binary(t.logaddexp),
  logaddexp2: binary(t.logaddexp2),
  xlogy: binary(t.xlogy),
  heaviside: binary(t.heaviside),
  copysign: binary(t.copysign),
  fmax: binary(t.fmax),
  fmin: binary(t.fmin),
  floor_divide: binary(t.floorDivide),
  outer: binary(t.outer),
  ger: binary(t.outer),
  inner: binary(t.inner),
  kron: binary(t.kron),
  logit: named("x eps", ({ x, eps }) => t.logit(x, eps === undefined ? {} : { eps })),
  isclose: named("a b rtol atol equal_nan", ({ a, b, equal_nan: equalNan, ...rest }) =>
    t.isclose(a, b, { ...rest, ...(equalNan !== undefined && { equalNan }) }),
  ),
  dist: named("a b p", ({ a, b, p }) => t.dist(a, b, p)),
  cross: named("a b dim", ({ a, b, dim }) => {
    if (dim === undefined) throw new Unfit("the first axis of extent 3");
    return t.cross(a, b, dim);
  }),
  "linalg.cross": named("a b dim", ({ a, b, dim }) => t.cross(a, b, dim)),
  "linalg.vander": named("x N", ({ x, N: n }) => {
    if (x.rank !== 1) throw new Unfit("batches");
    return t.vander(x, { increasing: true, ...(given(n) !== undefined && { n }) });
  }),
  tensordot: named("a b dims", ({ a, b, dims }) => t.tensordot(a, b, dims === undefined ? {} : { dims })),
  nansum: named("x dim keepdim", ({ x, dim, keepdim }) => t.nansum(x, given(dim), keep(keepdim))),
  nanmean: named("x dim keepdim", ({ x, dim, keepdim }) => t.nanmean(x, given(dim), keep(keepdim))),
  count_nonzero: named("x dim", ({ x, dim }) => t.countNonzero(x, given(dim))),
  nanmedian: named("x dim keepdim", ({ x, dim, keepdim }) =>
    dim === undefined ? t.nanmedian(x) : Object.values(t.nanmedian(x, dim, keep(keepdim))),
  ),
  mode: named("x dim keepdim", ({ x, dim, keepdim }) => Object.values(t.mode(x, dim, keep(keepdim)))),
  quantile: quantiles(t.quantile),
  nanquantile: quantiles(t.nanquantile),
  cov: named("x correction fweights aweights", ({ x, correction, fweights, aweights }) => {
    if (given(fweights) !== undefined || given(aweights) !== undefined) throw new Unfit("weights");
    return t.cov(x, correction === undefined ? {} : { correction });
  }),
  cummax: named("x dim", ({ x, dim }) => Object.values(t.cummax(x, dim))),
  cummin: named("x dim", ({ x, dim }) => Object.values(t.cummin(x, dim))),
  logcumsumexp: named("x dim", ({ x, dim }) => t.logcumsumexp(x, dim)),
  diff: named("x n dim prepend append", ({ x, ...options }) => t.diff(x, options)),
  trapezoid: integrals(t.trapezoid),
  trapz: integrals(t.trapezoid),
  cumulative_trapezoid: integrals(t.cumulativeTrapezoid),
  searchsorted: named("sorted values right side out_int32", ({ sorted, values, right, side }) =>
    t.searchsorted(sorted, values, { right: side === undefined ? (right ?? false) : side === "right" }),
  ),
  bucketize: named("values boundaries right out_int32", ({ values, boundaries, right }) =>
    t.bucketize(values, boundaries, right === undefined ? {} : { right }),
  ),
  tensor_split: named("x sections dim", ({ x, sections, dim }) =>
    t.tensorSplit(
      x,
      sections instanceof t.Tensor ? (sections.rank === 0 ? sections.itemSync() : listOf(sections)) : sections,
      dim,
    ),
  ),
  hstack: named("tensors", ({ tensors }) => t.hstack(tensors)),
  vstack: named("tensors", ({ tensors }) => t.vstack(tensors)),
  dstack: named("tensors", ({ tensors }) => t.dstack(tensors)),
  block_diag: (args) => t.blockDiag(args),
  cartesian_prod: (args) => t.cartesianProd(args),
  broadcast_tensors: (args) => t.broadcastTensors(args),
  column_stack: named("tensors", ({ tensors }) => t.columnStack(tensors)),
  diagonal: named("x offset dim1 dim2", ({ x, ...options }) => t.diagonal(x, options)),
  diag_embed: named("x offset dim1 dim2", ({ x, ...options }) => t.diagEmbed(x, options)),
  rot90: named("x k dims", ({ x, k, dims }) => t.rot90(x, k, dims)),
  full_like: named("x value dtype", ({ x, value, dtype }) => {
    if (dtype !== undefined) throw new Unfit("dtype");
    return t.fullLike(x, value);
  }),
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
    const counts = repeats instanceof t.Tensor ? listOf(repeats) : repeats;
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
  scatter: named("x dim index source reduce", ({ x, dim, index, source, reduce }) =>
    t.scatter(x, dim, index, source, reduce === undefined ? {} : { reduce }),
  ),
  scatter_reduce: named("x dim index source reduce include_self", ({ x, dim, index, source, reduce, ...rest }) =>
    t.scatterReduce(
      x,
      dim,
      index,
      source,
      reduce,
      rest.include_self === undefined ? {} : { includeSelf: rest.include_self },
    ),
  ),
  index_copy: named("x dim index source", ({ x, dim, index, source }) => t.indexCopy(x, dim, index, source)),
  index_fill: named("x dim index value", ({ x, dim, index, value }) => t.indexFill(x, dim, index, value)),
  put: named("x index source accumulate", ({ x, index, source, accumulate }) =>
    t.put(x, index, source, accumulate === undefined ? {} : { accumulate }),
  ),
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
