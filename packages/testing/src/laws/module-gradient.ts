import { grad } from "@tapegrad/autograd";
import { fromHost, Generator, noGrad, type Shape, Storage, Tensor, withDevice } from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { add } from "@tapegrad/tensor/ops/add";
import { mul } from "@tapegrad/tensor/ops/mul";
import { sum } from "@tapegrad/tensor/ops/sum";
import { normals } from "@tapegrad/tensor/random";
import fc from "fast-check";
import { checkMembers } from "./check-members.ts";
import { seeded, seeds } from "./seeded.ts";
import type { TrainableModule, TrainableSubject } from "./training.ts";

/** How the gradients of a module are compared. */
export interface ModuleGradientOptions {
  /** The mode in which the module is checked; masks are the same in every pass. @default "train" */
  readonly mode?: "train" | "eval";
  /** Tolerance relative to the sum of magnitudes of which the derivative is the sum. @default 1e-3 */
  readonly rtol?: number;
  /** Step of the finite differences; inputs and activations must stay further than this from kinks. @default 1e-5 */
  readonly step?: number;
}

/**
 * The law that a module's gradients, of its parameters and of its input, equal finite differences in double precision along a
 * random direction, for random weights, inputs and weights of the outputs.
 *
 * Draw modules without kinks: `layers({ smooth: true })`, `architectures({ smooth: true })`.
 */
export function moduleGradientLaw(
  subjects: fc.Arbitrary<TrainableSubject>,
  options: ModuleGradientOptions = {},
): fc.IProperty<[TrainableSubject, number]> {
  return fc.property(subjects, seeds(), (subject, seed) => check(subject, seed, firstOrder, options));
}

/**
 * The law that gradients of gradients equal finite differences of gradients: the gradient of `Σ u·∂L`, for a random `u`, along
 * a random direction. Otherwise as `moduleGradientLaw`.
 */
export function moduleSecondGradientLaw(
  subjects: fc.Arbitrary<TrainableSubject>,
  options: ModuleGradientOptions = {},
): fc.IProperty<[TrainableSubject, number]> {
  return fc.property(subjects, seeds(), (subject, seed) => check(subject, seed, secondOrder, options));
}

/** Values on the host, and their shape. */
interface Point {
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
}

/** What is differentiated: a module's outputs, weighted and summed, or a sum of its gradients. */
type Objective = (output: Tensor, leaves: readonly Tensor[], generator: Generator) => Tensor | null;

const float64 = new Float64Device();

function check(
  subject: TrainableSubject,
  seed: number,
  objective: Objective,
  { mode = "train", rtol = 1e-3, step = 1e-5 }: ModuleGradientOptions,
): void {
  const { points, gradients } = analytic(subject, seed, mode, objective);
  const generator = new Generator(`${seed} direction`);
  const directions = points.map(({ values }) => normals(generator, values.length));
  const found = compare(directions);
  if (found.agrees) return;
  // Which of them it is shows along the part of the direction that belongs to each alone.
  const wrong = points.filter(
    (_, i) => !compare(directions.map((each, k) => (k === i ? each : each.map(() => 0)))).agrees,
  );
  const names = (wrong.length > 0 ? wrong : points).map(({ name }) => name).join(", ");
  throw new Error(
    `the gradient of ${names} is wrong: along a random direction in ${points.map(({ name }) => name).join(", ")} it is ` +
      `${found.total}, the finite difference ${found.numeric}; they differ by more than ${rtol} · ${found.scale}`,
  );

  /** Analytic and numeric derivative along one direction. */
  function compare(along: readonly Float32Array[]): {
    readonly agrees: boolean;
    readonly total: number;
    readonly numeric: number;
    readonly scale: number;
  } {
    const at = (distance: number): number =>
      withDevice(float64, () => valueAt(subject, seed, mode, objective, points, along, distance));
    const numeric = (at(step) - at(-step)) / (2 * step);
    let [total, magnitude] = [0, 0];
    for (const [i, gradient] of gradients.entries()) {
      for (const [k, value] of gradient.entries()) {
        total += value * along[i]![k]!;
        magnitude += Math.abs(value * along[i]![k]!);
      }
    }
    const scale = Math.max(magnitude, Math.abs(numeric));
    return { agrees: Math.abs(total - numeric) <= rtol * scale + 1e-6, total, numeric, scale };
  }
}

/** Gradients of the objective on the current device, and where. */
function analytic(
  subject: TrainableSubject,
  seed: number,
  mode: "train" | "eval",
  objective: Objective,
): { readonly points: readonly Point[]; readonly gradients: readonly (readonly number[])[] } {
  const { module, input } = seeded(seed, () => ({ module: subject.make(), input: subject.input() }));
  checkMembers("moduleGradientLaw", module, ["namedParameters", "train", "eval", "forward"]);
  const named: readonly (readonly [string, Tensor])[] = [...module.namedParameters(), ["the input", input]];
  const float = named.filter(([, { dtype }]) => dtype === "float32");
  input.requiresGrad = input.dtype === "float32";
  const leaves = float.map(([, leaf]) => leaf);
  const points = float.map(([name, leaf]) => ({ name, values: leaf.dataSync(), shape: leaf.shape }));
  const value = objective(run(module, input, seed, mode), leaves, new Generator(`${seed} weights`));
  const found = value?.requiresGrad === true ? grad(value, leaves, { allowUnused: true }) : leaves.map(() => null);
  return {
    points,
    gradients: found.map((gradient, i) => [...(gradient?.dataSync() ?? new Float32Array(leaves[i]!.size))]),
  };
}

/** The objective with parameters and input moved along the directions, on the float64 device. */
function valueAt(
  subject: TrainableSubject,
  seed: number,
  mode: "train" | "eval",
  objective: Objective,
  points: readonly Point[],
  directions: readonly ArrayLike<number>[],
  distance: number,
): number {
  const { module, input } = seeded(seed, () => ({ module: subject.make(), input: subject.input() }));
  const moved = points.map(({ values, shape }, i) => {
    const doubles = Float64Array.from(values, (value, k) => value + distance * directions[i]![k]!);
    return new Tensor(new Storage(float64, float64.from(doubles, "float32")), shape, "float32", true);
  });
  const parameters = [...module.namedParameters()].map(([, parameter]) => parameter);
  noGrad(() => parameters.forEach((parameter, i) => parameter.assign(moved[i]!)));
  const x = input.dtype === "float32" ? moved.at(-1)! : input;
  const leaves = input.dtype === "float32" ? [...parameters, x] : parameters;
  const value = objective(run(module, x, seed, mode), leaves, new Generator(`${seed} weights`));
  return value === null ? 0 : value.itemSync();
}

/** The module's output; a mask depends on the seed alone. */
function run(module: TrainableModule, x: Tensor, seed: number, mode: "train" | "eval"): Tensor {
  if (mode === "train") module.train();
  else module.eval();
  return seeded(seed, () => module.forward(x));
}

function firstOrder(output: Tensor, _leaves: readonly Tensor[], generator: Generator): Tensor {
  return weighted(output, generator);
}

function secondOrder(output: Tensor, leaves: readonly Tensor[], generator: Generator): Tensor | null {
  const loss = weighted(output, generator);
  if (!loss.requiresGrad) return null;
  const gradients = grad(loss, leaves, { createGraph: true, allowUnused: true });
  const vectors = leaves.map((leaf) => normals(generator, leaf.size));
  let total: Tensor | null = null;
  for (const [i, gradient] of gradients.entries()) {
    if (gradient === null) continue;
    const part = dot(gradient, vectors[i]!);
    total = total === null ? part : add(total, part);
  }
  return total;
}

function weighted(output: Tensor, generator: Generator): Tensor {
  return dot(output, normals(generator, output.size));
}

function dot(x: Tensor, values: Float32Array): Tensor {
  return sum(mul(x, fromHost(values, x.shape)));
}
