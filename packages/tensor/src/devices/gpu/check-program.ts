import { DeviceError } from "../../errors.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Launch } from "../device.ts";
import { gpuHalfOf } from "./half-of.ts";
import { withoutIntegerLocals } from "./integer-local.ts";
import { type GpuArgument, type GpuProgram, type GpuStep, numberOf, stepLength } from "./program.ts";

/** Integers are held as float32 on gpu devices, exact up to here: the largest tensor, and the largest int32 value. */
export const MAX_EXACT: number = 2 ** 24;

/** WebGPU promises eight storage buffers to a shader, and one of them is the output. */
const MAX_ARGUMENTS = 7;

/** What gpu.js mistranslates without a word, or only some of its backends can do. */
const forbidden: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\bwhile\b|\bdo\b/, "a while or do loop, which gpu.js cuts at 1000 iterations"],
  [/\]\s*\[/, "an index into nested arrays; values are flat"],
  [/\bisNaN\b|\bisFinite\b/, "isNaN or isFinite, which gpu.js's webasm mode lacks; write x === x ? 0.0 : 1.0"],
  [/\bMath\.random\b/, "Math.random; randomness comes from a Generator"],
  [/\bNaN\b/, "a NaN literal, which gpu.js does not know"],
  [/\bInfinity\b/, "an Infinity literal, which gpu.js's webgpu mode turns into 3.4e38; pass it as a uniform"],
  [
    /(\b[\w.]+(?:\[[^\][]*\])?)\s*!==?\s*\1(?![\w[.])/,
    "x !== x, which WebGPU may take for false; write x === x ? 0.0 : 1.0",
  ],
  [/=>/, "an arrow function"],
  [/%/, "a remainder by %, for which a GPU divides and may round down; use divide"],
  [
    /\bMath\.(?:log1p|expm1|sinh|cosh|asinh|acosh|atanh)\b/,
    "a function that gpu.js makes of others without its accuracy; see function-expressions.ts",
  ],
  [/\bthis\.(?!thread\.[xyz]\b)/, "a property of this other than this.thread.x, y and z"],
];

/** A local that WebGL declares as an integer; GLSL then assigns no float to it. Counters of loops are not among them. */
const wholeLocal = /(?<!\bfor\s*\(\s*)\blet\s+(\w+)\s*=\s*(?:this\.thread\.[xyz]|[-+*\d\s()])+;/;

const literalLoop =
  /^\(\s*let\s+(\w+)\s*=\s*\d+\s*;\s*\1\s*(?:<|<=|>|>=)\s*\d+\s*;\s*\1\s*(?:\+\+|--|[+-]=\s*\d+)\s*\)/;

/**
 * A kernel's program for these shapes, checked against what gpu.js would get wrong silently.
 *
 * @throws DeviceError naming the kernel and the rule that is broken, or if the kernel has none.
 */
export function programOf({ kernel, inputs, outputs, params }: Launch): Required<GpuProgram> {
  const { name } = kernel;
  const half = gpuHalfOf(kernel);
  if (half.gpu === undefined) throw new DeviceError(`${name}: there is no program that a gpu or float64 could run`);
  const { steps, outputs: made = [steps.length - 1] } = half.gpu(inputs, outputs, params, kernel);
  inputs.forEach(({ shape }, i) => checkSize(`${name}: input ${i}`, sizeOf(shape)));
  steps.forEach((step, i) => {
    const where = steps.length > 1 ? `${name}: step ${i}` : name;
    checkSource(where, step.source);
    checkArguments(where, step, { input: inputs.length, step: i, uniforms: half.uniforms === undefined ? 0 : 1 });
    checkSize(where, stepLength(step));
  });
  if (made.length !== outputs.length) {
    throw new DeviceError(
      `${name}: the program makes ${made.length} outputs, the kernel was launched for ${outputs.length}`,
    );
  }
  outputs.forEach(({ shape }, i) => {
    const step = steps[made[i]!];
    const size = step === undefined ? 0 : stepLength(step);
    if (size !== sizeOf(shape)) {
      throw new DeviceError(`${name}: output ${i} has ${sizeOf(shape)} elements but its step makes ${size}`);
    }
  });
  return { steps, outputs: made };
}

/** @throws DeviceError if a tensor is too large, or too small, for a gpu device. */
export function checkSize(what: string, size: number): void {
  if (size > MAX_EXACT) {
    throw new DeviceError(
      `${what}: ${size} elements are more than the ${MAX_EXACT} that a gpu device can index, for its integers are float32; use the wasm device`,
    );
  }
  if (size === 0) throw new DeviceError(`${what}: a kernel on a gpu device needs at least one element`);
}

function checkSource(where: string, source: string): void {
  for (const [pattern, why] of forbidden) {
    if (pattern.test(source)) throw new DeviceError(`${where}: its source has ${why}`);
  }
  for (const { index } of source.matchAll(/\bfor\b/g)) {
    const head = source.slice(index + "for".length).trimStart();
    if (!literalLoop.test(head)) {
      throw new DeviceError(
        `${where}: its source has the loop "for ${head.slice(0, head.indexOf("{") + 1 || 60)}", whose bounds or step are not ` +
          "literal integers; gpu.js cuts such loops at 1000 iterations",
      );
    }
  }
  const whole = wholeLocal.exec(withoutIntegerLocals(source));
  if (whole !== null) {
    throw new DeviceError(
      `${where}: its source has "${whole[0]}", a local that begins whole, so that WebGL gives it no fraction; write 0.0, or use integerLocal`,
    );
  }
}

/** `available` tells how many inputs and earlier steps there are, and whether there are uniforms. */
function checkArguments(
  where: string,
  { source, args }: GpuStep,
  available: Readonly<Record<Binding["from"], number>>,
): void {
  const parameters = /^\s*function\s*\w*\s*\(([^)]*)\)/.exec(source)?.[1];
  if (parameters === undefined) throw new DeviceError(`${where}: its source is not "function(a, b) { … }"`);
  const count = parameters.trim() === "" ? 0 : parameters.split(",").length;
  if (count !== args.length)
    throw new DeviceError(`${where}: its source takes ${count} parameters but ${args.length} are bound`);
  if (count > MAX_ARGUMENTS) {
    throw new DeviceError(
      `${where}: ${count} parameters are more than the ${MAX_ARGUMENTS} that every WebGPU adapter can bind`,
    );
  }
  for (const argument of args) {
    const { from, index } = bindingOf(argument);
    if (index >= available[from]) throw new DeviceError(`${where}: it reads ${argument}, which is not there`);
  }
}

/** Where a step's argument is found. */
export interface Binding {
  readonly from: "input" | "step" | "uniforms";
  readonly index: number;
}

/** `{ from: "input", index: 2 }` for `input2`. */
export function bindingOf(argument: GpuArgument): Binding {
  if (argument === "uniforms") return { from: "uniforms", index: 0 };
  return { from: argument.startsWith("input") ? "input" : "step", index: numberOf(argument) };
}
