import { inputNames, numbered, ProgramSteps, singleStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { sizeOf, stridesOf } from "../tensor/shape.ts";
import { readPositions, unravel } from "./lib/gpu-index.ts";
import { loopNest } from "./lib/loop-nest.ts";
import type { CatParams, PlaceParams, ReadParams } from "./movement.ts";

export const read: GpuHalf<ReadParams> = {
  gpu(_inputs, [out], { offset, strides }) {
    const { statements, positions } = readPositions(loopNest(out!.shape, [strides]));
    const body = `${statements}return x[${offset === 0 ? "" : `${offset} + `}${positions[0]!}];`;
    return singleStep(sizeOf(out!.shape), { x: "input0" }, body);
  },
};

export const place: GpuHalf<PlaceParams> = {
  key: ({ starts, steps }) => `${starts.join()};${steps.join()}`,
  uniforms: ({ value }) => [value],
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
    const body = `${statements}${declarations}${choice}`;
    return singleStep(sizeOf(out!.shape), { x: "input0", uniforms: "uniforms" }, body);
  },
};

export const fill: GpuHalf<number> = {
  host: ([out], value) => [new Float32Array(sizeOf(out!.shape)).fill(value)],
};

/** So many tensors at most can be joined by one gpu step. */
const GPU_FAN_IN = 6;

export const cat: GpuHalf<CatParams> = {
  gpu(inputs, [out], { dim }) {
    const outer = sizeOf(out!.shape.slice(0, dim));
    const steps = new ProgramSteps();
    const lengths = inputs.map(({ shape }) => sizeOf(shape.slice(dim)));
    let parts = inputNames(inputs).map((argument, i) => ({ argument, length: lengths[i]! }));
    do {
      const joined: typeof parts = [];
      for (let i = 0; i < parts.length; i += GPU_FAN_IN) {
        const group = parts.slice(i, i + GPU_FAN_IN);
        if (group.length === 1 && parts.length > 1) {
          joined.push(group[0]!);
          continue;
        }
        const length = group.reduce((sum, part) => sum + part.length, 0);
        const bound = numbered(
          "x",
          group.map(({ argument }) => argument),
        );
        joined.push({ argument: steps.add(outer * length, bound, joinRows(outer, group, length)), length });
      }
      parts = joined;
    } while (parts.length > 1);
    return steps.program(parts[0]!.argument);
  },
};

/** Statements that join `outer` rows of several arrays, of these lengths and so much in all. */
function joinRows(outer: number, parts: readonly { readonly length: number }[], total: number): string {
  let start = 0;
  let choice = "let y = 0.0;\n";
  parts.forEach(({ length }, i) => {
    choice += `${i === 0 ? "" : "else "}${i === parts.length - 1 ? "" : `if (i1 < ${start + length}) `}{ y = x${i}[i0 * ${length} + i1 - ${start}]; }\n`;
    start += length;
  });
  return `${unravel([outer, total]).statements}${choice}return y;`;
}
