import { fromHost, Generator, GradientError, noGrad, type Tensor, withDevice } from "@tapegrad/tensor";
import { checkTensors, checkFunction, type OptionRules, readOptions, showShape } from "@tapegrad/tensor/internal";
import { clone } from "@tapegrad/tensor/ops";
import { normals, uniforms } from "@tapegrad/tensor/random";
import { partialGradients } from "../functional/partial-gradients.ts";
import { directionalDerivative, dot, type HostInput, listOutputs, type TensorFunction } from "./finite-differences.ts";

/** How gradients are compared. */
export interface CheckGradientsOptions {
  /** Tolerance relative to the largest derivative with respect to the same input. @default 1e-4 */
  readonly rtol?: number;
  /** Tolerance in absolute terms. @default 1e-5 */
  readonly atol?: number;
  /** Step of the finite differences. Inputs must stay further than this from kinks. @default 1e-5 */
  readonly step?: number;
  /**
   * An input with at most this many elements is checked element by element, a larger one along this many random
   * directions. @default 64
   */
  readonly directions?: number;
  /** Seed of the random weights that turn the outputs into a scalar, and of the directions. @default 0 */
  readonly seed?: number | string;
  /**
   * The finite differences that checks of the same `fn` have found, to which this one adds its own. Where the inputs are equal, as
   * those of one test on several devices are, none is computed again. @default null
   */
  readonly known?: Map<string, readonly number[]> | null;
}

const rules: OptionRules<CheckGradientsOptions> = {
  rtol: [1e-4],
  atol: [1e-5],
  step: [1e-5],
  directions: [64],
  seed: [0],
  known: [null],
};

/**
 * Checks the gradients of `fn` on the inputs' device against finite differences in double precision.
 *
 * The outputs are weighted by random numbers `w` and summed: the gradient of `Σ w · fn(inputs)` is compared with central
 * differences that a float64 device computes, so that the tolerance need only cover the float32 rounding of the
 * gradient. All float32 inputs are checked; int32 inputs are passed on.
 *
 * @param fn must be synchronous and give the same result each time (make a dropout's generator inside). It is also called
 *   with tensors of the float64 device, so other tensors that it uses must be made inside or be given as inputs.
 * @throws GradientError naming the input, the element and both numbers where they disagree, or if no output requires a
 *   gradient. @throws ValueError of an unknown option.
 */
export async function checkGradients(
  fn: TensorFunction,
  inputs: readonly Tensor[],
  options: CheckGradientsOptions = {},
): Promise<void> {
  const { rtol, atol, step, directions, seed, known } = readOptions("checkGradients", options, rules);
  checkFunction("checkGradients", "fn", fn);
  checkTensors("checkGradients", inputs, "inputs");
  const generator = new Generator(seed);
  const { device } = inputs[0] ?? fail("checkGradients: expected at least one input");
  const { gradients, weights } = withDevice(device, () => analyticGradients(fn, inputs, generator));
  const host: HostInput[] = [];
  for (const input of inputs) host.push({ values: await input.data(), shape: input.shape, dtype: input.dtype });
  const sizes = weights.map(({ length }) => length);
  const key = known === null ? "" : JSON.stringify([seed, step, directions, sizes, host.map(withPlainValues)]);
  const before = known?.get(key);
  const differences: number[] = [];
  for (const [which, gradient] of gradients.entries()) {
    const input = inputs[which]!;
    if (input.dtype !== "float32" || input.size === 0) continue;
    const analytic = gradient === null ? new Float32Array(input.size) : await gradient.data();
    const found: { readonly where: string; readonly analytic: number; readonly numeric: number }[] = [];
    for (const [where, direction] of directionsOf(input.size, directions, generator)) {
      const numeric = before?.[differences.length] ?? directionalDerivative(fn, host, which, direction, weights, step);
      differences.push(numeric);
      found.push({ where, analytic: dot(analytic, direction), numeric });
    }
    const scale = Math.max(...found.map(({ numeric }) => Math.abs(numeric)));
    for (const { where, analytic: mine, numeric } of found) {
      if (Math.abs(mine - numeric) <= atol + rtol * scale) continue;
      throw new GradientError(
        `checkGradients: input ${which}, ${showShape(input.shape)}, ${where}: the gradient on ${device.name} is ${mine}, ` +
          `the finite difference ${numeric}; they differ by more than ${atol} + ${rtol} · ${scale}`,
      );
    }
  }
  known?.set(key, differences);
}

/**
 * Checks the gradients of the gradients of `fn`: those of its vector–Jacobian product, with respect to the inputs and to
 * the vector. Everything else is as for `checkGradients`.
 */
export async function checkGradGradients(
  fn: TensorFunction,
  inputs: readonly Tensor[],
  options: CheckGradientsOptions = {},
): Promise<void> {
  const { seed } = readOptions("checkGradGradients", options, rules);
  checkFunction("checkGradGradients", "fn", fn);
  checkTensors("checkGradGradients", inputs, "inputs");
  const { device } = inputs[0] ?? fail("checkGradGradients: expected at least one input");
  const generator = new Generator(`${seed} vectors`);
  const vectors = withDevice(device, () =>
    noGrad(() => listOutputs(fn(...inputs)))
      .filter(isFloat)
      .map(({ shape, size }) => fromHost(normals(generator, size), shape)),
  );
  const product = (...all: Tensor[]): readonly Tensor[] => {
    const xs = all.slice(0, inputs.length);
    const outputs = listOutputs(fn(...xs)).filter(isFloat);
    const gradients = partialGradients(outputs, xs.filter(isFloat), all.slice(inputs.length), { createGraph: true });
    return gradients.filter((gradient) => gradient !== null);
  };
  await checkGradients(product, [...inputs, ...vectors], options);
}

/** The gradients of `Σ weights · fn(inputs)` by backpropagation, and the random weights, one list for each output. */
function analyticGradients(
  fn: TensorFunction,
  inputs: readonly Tensor[],
  generator: Generator,
): { readonly gradients: readonly (Tensor | null)[]; readonly weights: readonly ArrayLike<number>[] } {
  const leaves = inputs.map((input) => {
    if (input.dtype !== "float32") return input;
    const leaf = noGrad(() => clone(input));
    leaf.requiresGrad = true;
    return leaf;
  });
  const outputs = listOutputs(fn(...leaves));
  if (!outputs.some((output) => output.requiresGrad)) fail("checkGradients: no output requires a gradient");
  const weights = outputs.map(({ size }) => normals(generator, size));
  const gradOutputs = outputs.map(({ shape }, i) => fromHost(weights[i]!, shape));
  const found = partialGradients(outputs, leaves.filter(isFloat), gradOutputs, {});
  let next = 0;
  return { gradients: leaves.map((leaf) => (leaf.requiresGrad ? found[next++]! : null)), weights };
}

/** Unit vectors for a small input; random signs, `count` times, for a large one, in which every element takes part. */
function* directionsOf(size: number, count: number, generator: Generator): Iterable<readonly [string, Float32Array]> {
  if (size <= count) {
    for (let i = 0; i < size; i++)
      yield [`element ${i}`, Float32Array.from({ length: size }, (_, k) => (k === i ? 1 : 0))];
    return;
  }
  for (let i = 0; i < count; i++) {
    yield [`random direction ${i}`, uniforms(generator, size).map((u) => (u < 0.5 ? -1 : 1))];
  }
}

function isFloat({ dtype }: Tensor): boolean {
  return dtype === "float32";
}

function withPlainValues({ values, ...rest }: HostInput): object {
  return { ...rest, values: Array.from(values) };
}

function fail(message: string): never {
  throw new GradientError(message);
}
