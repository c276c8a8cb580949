import type { GpuArgument, GpuStep } from "../devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../devices/kernel.ts";
import * as opcodes from "../devices/wasm/generated/opcodes.ts";
import { reduceModule } from "../devices/wasm/generated/reduce.ts";
import type { DType } from "../tensor/dtype.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { divide } from "./lib/gpu-index.ts";

/** Which axes a reduction removes, and a number that its results are divided by. */
export interface ReduceParams {
  readonly dims: readonly number[];
  /** @default 1 */
  readonly divisor?: number;
}

/** One axis is reduced: `[outer, length, inner]` becomes `[outer, ⌈length / block⌉, inner]`. */
interface Pass {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly block: number;
}

/** How a reduction folds values together. */
interface Fold {
  /** Numbers of the function in the wasm family `reduce`. */
  readonly opcode: { readonly [dtype in DType]: opcodes.Reduction | null };
  /** gpu.js expression of a value `v` that is folded in. */
  readonly map: string;
  /** gpu.js statement that folds the mapped value `v` into `m`. */
  readonly fold: string;
}

/** The longest run of values that are added one after another; columns get rows of this many, rows sixteen times as many. */
const CHAIN = 256;
/** Must be what wasm-src/reduce.ts says. */
const COLUMNS = 256;

const sumFold: Fold = { opcode: { float32: opcodes.sum, int32: opcodes.sumInt }, map: "v", fold: "m = m + w;" };
const folds = {
  sum: sumFold,
  sumSquares: { opcode: { float32: opcodes.sumSquares, int32: null }, map: "v * v", fold: "m = m + w;" },
  amax: {
    opcode: { float32: opcodes.max, int32: opcodes.maxInt },
    map: "v",
    fold: "m = w > m ? w : (w === w ? m : w);",
  },
  amin: {
    opcode: { float32: opcodes.min, int32: opcodes.minInt },
    map: "v",
    fold: "m = w < m ? w : (w === w ? m : w);",
  },
} satisfies Record<string, Fold>;

/** Sums over axes. */
export const sumKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel("sum", folds.sum, folds.sum);
/** Sums of squares over axes. */
export const sumSquaresKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel(
  "sumSquares",
  folds.sumSquares,
  folds.sum,
);
/** Largest values over axes; NaN wins. */
export const amaxKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel("amax", folds.amax, folds.amax);
/** Smallest values over axes; NaN wins. */
export const aminKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel("amin", folds.amin, folds.amin);

/**
 * A reduction over any axes, as passes over one axis each: the first folds with `first`, the others with `rest`.
 *
 * Long axes are reduced in blocks, whose results are reduced in turn. That keeps float32 sums of millions of values
 * accurate, gives threads something to share, and fixes the order of summation by the shape alone.
 */
function reduceKernel(name: string, first: Fold, rest: Fold): Kernel<ReduceParams> {
  return defineKernel<ReduceParams>({
    name,
    dtypes: [first.opcode.int32 === null ? "float32" : "output"],
    wasm(context, [x], [out], { dims, divisor = 1 }) {
      const passes = planPasses(x!.shape, dims);
      let source = x!.ptr;
      passes.forEach(({ outer, length, inner, block }, i) => {
        const blocks = Math.ceil(length / block);
        const isLast = i === passes.length - 1;
        const target = isLast ? out!.ptr : context.scratch(outer * blocks * inner * 4);
        const opcode = (i === 0 ? first : rest).opcode[x!.dtype]!;
        const units = outer * blocks * Math.ceil(inner / COLUMNS);
        const grain = Math.max(1, Math.floor(8192 / (block * Math.min(inner, COLUMNS))));
        context.parallel(
          reduceModule,
          "reduce",
          units,
          grain,
          opcode,
          source,
          target,
          length,
          inner,
          block,
          isLast ? divisor : 1,
        );
        source = target;
      });
    },
    gpu([x], _outputs, { dims, divisor = 1 }) {
      const passes = planPasses(x!.shape, dims);
      return {
        steps: passes.map((pass, i) => gpuStep(pass, i, i === 0 ? first : rest, i === passes.length - 1 ? divisor : 1)),
      };
    },
  });
}

function gpuStep(
  { outer, length, inner, block }: Pass,
  position: number,
  { map, fold }: Fold,
  divisor: number,
): GpuStep {
  const blocks = Math.ceil(length / block);
  const size = outer * blocks * inner;
  const argument: GpuArgument = position === 0 ? "input0" : `step${position - 1}`;
  const whole = length === blocks * block;
  const body = `const v = x[start + k * ${inner}]; const w = ${map}; ${fold}`;
  const source = `function(x) {
${divide("this.thread.x", size, inner, "row", "i")}${divide("row", outer * blocks, blocks, "o", "b")}
const start = (o * ${length} + b * ${block}) * ${inner} + i;
const v0 = x[start];
let m = ${map.replaceAll("v", "v0")};
for (let k = 1; k < ${block}; k++) { ${whole ? body : `if (b * ${block} + k < ${length}) { ${body} }`} }
return ${divisor === 1 ? "m" : `m / ${divisor}.0`};
}`;
  return { source, args: [argument], size };
}

/** The passes that reduce `dims`, innermost first; at least one. */
function planPasses(shape: Shape, dims: readonly number[]): Pass[] {
  const passes: Pass[] = [];
  let extents = [...shape];
  let axis = shape.length - 1;
  while (axis >= 0) {
    if (!dims.includes(axis)) {
      axis--;
      continue;
    }
    let first = axis;
    while (first > 0 && dims.includes(first - 1)) first--;
    const outer = sizeOf(extents.slice(0, first));
    let length = sizeOf(extents.slice(first, axis + 1));
    const inner = sizeOf(extents.slice(axis + 1));
    const limit = inner === 1 ? CHAIN * 16 : CHAIN;
    while (length > 1) {
      const block = length <= 2 * limit ? length : limit;
      passes.push({ outer, length, inner, block });
      length = Math.ceil(length / block);
    }
    extents = [...extents.slice(0, first), 1, ...extents.slice(axis + 1)];
    axis = first - 1;
  }
  const size = sizeOf(shape);
  return passes.length > 0 ? passes : [{ outer: size, length: 1, inner: 1, block: 1 }];
}

/** Where the extreme value along an axis stands. */
export interface ArgExtremeParams {
  /** Extent of the axis, and number of elements behind one of its entries. */
  readonly length: number;
  readonly inner: number;
  /** 1 for the largest, -1 for the smallest. */
  readonly sign: 1 | -1;
}

/** Positions of the largest or smallest values along an axis: the first, or the first NaN. */
export const argExtremeKernel: Kernel<ArgExtremeParams> = /* @__PURE__ */ defineKernel<ArgExtremeParams>({
  name: "argExtreme",
  dtypes: ["any"],
  wasm(context, [x], [out], { length, inner, sign }) {
    const fn = x!.dtype === "int32" ? "argExtremeInt" : "argExtreme";
    const direction = x!.dtype === "int32" ? Number(sign > 0) : sign;
    context.parallel(
      reduceModule,
      fn,
      out!.size,
      Math.max(1, Math.ceil(8192 / length)),
      x!.ptr,
      out!.ptr,
      length,
      inner,
      direction,
    );
  },
  gpu(_inputs, [out], { length, inner, sign }) {
    const size = sizeOf(out!.shape);
    const better = sign > 0 ? "v <= best" : "v >= best";
    const source = `function(x) {
${divide("this.thread.x", size, inner, "o", "i")}
const start = o * ${length * inner} + i;
let best = x[start];
let position = 0.0;
for (let k = 1; k < ${length}; k++) {
  const v = x[start + k * ${inner}];
  if (best === best) { if (${better}) { best = best; } else { best = v; position = k; } }
}
return position;
}`;
    return { steps: [{ source, args: ["input0"], size }] };
  },
});
