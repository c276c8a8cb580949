import { type GpuArgument, type GpuStep, singleStep } from "../devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { movementModule } from "../devices/wasm/generated/movement.ts";
import { type Shape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { floatBits } from "./elementwise/float-bits.ts";
import { readPositions, unravel } from "./lib/gpu-index.ts";
import { loopNest } from "./lib/loop-nest.ts";

const GRAIN = 8192;
/** Must be what wasm-src/movement.ts says. */
const TILE = 32;

/** Reads the input at `offset + Σ index·stride`, in elements. */
export interface ReadParams {
  readonly offset: number;
  /** One for each axis of the output; 0 repeats, negative goes backwards. */
  readonly strides: readonly number[];
}

/** A dense copy of a strided view: permutations, broadcasts, slices and flips. */
export const readKernel: Kernel<ReadParams> = /* @__PURE__ */ defineKernel<ReadParams>({
  name: "read",
  dtypes: ["output"],
  wasm(context, [x], [out], { offset, strides }) {
    const nest = loopNest(out!.shape, [strides]);
    const [own] = nest.strides;
    const source = x!.ptr + offset * 4;
    const matrices = transposition(nest.extents, own!);
    if (matrices !== null) {
      const { count, rows, columns } = matrices;
      const tiles = count * Math.ceil(rows / TILE) * Math.ceil(columns / TILE);
      context.parallel(movementModule, "transpose", tiles, 8, source, out!.ptr, rows, columns);
      return;
    }
    const layout = context.ints([...nest.extents, ...own!]);
    context.parallel(movementModule, "read", out!.size, GRAIN, source, out!.ptr, nest.extents.length, layout);
  },
  gpu(_inputs, [out], { offset, strides }) {
    const { statements, positions } = readPositions(loopNest(out!.shape, [strides]));
    return singleStep(
      `function(x) {\n${statements}return x[${offset === 0 ? "" : `${offset} + `}${positions[0]!}];\n}`,
      1,
      sizeOf(out!.shape),
    );
  },
});

/** Dense matrices, one after another, that are to be transposed; null if the loops mean something else. */
function transposition(
  extents: readonly number[],
  strides: readonly number[],
): { count: number; rows: number; columns: number } | null {
  if (extents.length !== 2 && extents.length !== 3) return null;
  const [columns, rows] = extents.slice(-2) as [number, number];
  const [across, down] = strides.slice(-2) as [number, number];
  if (across !== 1 || down !== columns) return null;
  if (extents.length === 3 && strides[0] !== rows * columns) return null;
  return { count: extents.length === 3 ? extents[0]! : 1, rows, columns };
}

/** Where `placeKernel` puts its input's element along each axis: at `start + index·step`. */
export interface PlaceParams {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  /** What the other elements are. */
  readonly value: number;
}

/** The input set into a larger tensor of one value: padding, and the adjoint of slicing. */
export const placeKernel: Kernel<PlaceParams> = /* @__PURE__ */ defineKernel<PlaceParams>({
  name: "place",
  dtypes: ["output"],
  key: ({ starts, steps }) => `${starts.join()};${steps.join()}`,
  uniforms: ({ value }) => [value],
  wasm(context, [x], [out], { starts, steps, value }) {
    context.parallel(
      movementModule,
      "fill",
      out!.size,
      GRAIN * 4,
      out!.ptr,
      out!.dtype === "int32" ? value : floatBits(value),
    );
    const own = stridesOf(out!.shape);
    const offset = own.reduce((sum, stride, axis) => sum + stride * starts[axis]!, 0);
    const nest = loopNest(x!.shape, [own.map((stride, axis) => stride * steps[axis]!)]);
    const layout = context.ints([...nest.extents, ...nest.strides[0]!]);
    context.parallel(
      movementModule,
      "write",
      x!.size,
      GRAIN,
      x!.ptr,
      out!.ptr + offset * 4,
      nest.extents.length,
      layout,
    );
  },
  gpu([x], [out], { starts, steps }) {
    const { statements, indices } = unravel(out!.shape);
    const own = stridesOf(x!.shape);
    let declarations = "";
    const terms: string[] = [];
    const conditions: string[] = [];
    indices.forEach((index, axis) => {
      const [extent, start, step] = [x!.shape[axis]!, starts[axis]!, steps[axis]!];
      if (extent === out!.shape[axis]! && start === 0 && step === 1) {
        terms.push(`${index} * ${own[axis]!}`);
        return;
      }
      declarations +=
        step === 1
          ? `const p${axis} = ${index} - ${start};\n`
          : `const p${axis} = Math.floor((${index} - ${start} + 0.5) / ${step}.0);\n`;
      conditions.push(`p${axis} >= 0 && p${axis} < ${extent}`);
      if (step !== 1) conditions.push(`p${axis} * ${step} === ${index} - ${start}`);
      terms.push(`p${axis} * ${own[axis]!}`);
    });
    const value = `x[${terms.join(" + ") || "0"}]`;
    const choice =
      conditions.length === 0
        ? `return ${value};`
        : `let y = uniforms[0];\nif (${conditions.join(" && ")}) { y = ${value}; }\nreturn y;`;
    return singleStep(`function(x, uniforms) {\n${statements}${declarations}${choice}\n}`, 1, sizeOf(out!.shape), true);
  },
});

/** No inputs. Output: the same float32 value everywhere. */
export const fillKernel: Kernel<number> = /* @__PURE__ */ defineKernel<number>({
  name: "fill",
  wasm: (context, _inputs, [out], value) =>
    context.parallel(movementModule, "fill", out!.size, GRAIN * 4, out!.ptr, floatBits(value)),
  host: ([out], value) => [new Float32Array(sizeOf(out!.shape)).fill(value)],
});

/** Which axis `catKernel` joins its inputs along. */
export interface CatParams {
  readonly dim: number;
}

/** So many tensors at most can be joined by one gpu step. */
const GPU_FAN_IN = 6;

/** Tensors joined along an axis. */
export const catKernel: Kernel<CatParams> = /* @__PURE__ */ defineKernel<CatParams>({
  name: "cat",
  dtypes: ["output"],
  wasm(context, inputs, [out], { dim }) {
    const own = stridesOf(out!.shape);
    let offset = 0;
    for (const x of inputs) {
      const nest = loopNest(x.shape, [own]);
      const layout = context.ints([...nest.extents, ...nest.strides[0]!]);
      context.parallel(
        movementModule,
        "write",
        x.size,
        GRAIN,
        x.ptr,
        out!.ptr + offset * 4,
        nest.extents.length,
        layout,
      );
      offset += x.shape[dim]! * own[dim]!;
    }
  },
  gpu(inputs, [out], { dim }) {
    const outer = sizeOf(out!.shape.slice(0, dim));
    const steps: GpuStep[] = [];
    let parts = inputs.map(({ shape }, i) => ({
      argument: `input${i}` as GpuArgument,
      length: sizeOf(shape.slice(dim)),
    }));
    do {
      const joined: typeof parts = [];
      for (let i = 0; i < parts.length; i += GPU_FAN_IN) {
        const group = parts.slice(i, i + GPU_FAN_IN);
        if (group.length === 1 && parts.length > 1) {
          joined.push(group[0]!);
          continue;
        }
        joined.push({ argument: `step${steps.length}`, length: group.reduce((sum, part) => sum + part.length, 0) });
        steps.push(joinRows(group, outer));
      }
      parts = joined;
    } while (parts.length > 1);
    return { steps };
  },
});

/** Joins `outer` rows of several arrays. */
function joinRows(
  parts: readonly { readonly argument: GpuArgument; readonly length: number }[],
  outer: number,
): GpuStep {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const { statements } = unravel([outer, total]);
  let start = 0;
  let choice = "let y = 0.0;\n";
  parts.forEach(({ length }, i) => {
    choice += `${i === 0 ? "" : "else "}${i === parts.length - 1 ? "" : `if (i1 < ${start + length}) `}{ y = x${i}[i0 * ${length} + i1 - ${start}]; }\n`;
    start += length;
  });
  const source = `function(${parts.map((_, i) => `x${i}`).join(", ")}) {\n${statements}${choice}return y;\n}`;
  return { source, args: parts.map(({ argument }) => argument), size: outer * total };
}

/** Strides with which a dense tensor of `shape` is read when its axes come in the order `dims`. */
export function permutedStrides(shape: Shape, dims: readonly number[]): number[] {
  const own = stridesOf(shape);
  return dims.map((dim) => own[dim]!);
}
