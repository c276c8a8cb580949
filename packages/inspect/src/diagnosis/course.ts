import { backward } from "@tapegrad/autograd";
import { copyOf, noteGenerators } from "@tapegrad/nn/internal";
import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import { Adam } from "@tapegrad/optim/adam";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { amax } from "@tapegrad/tensor/ops/amax";
import { amin } from "@tapegrad/tensor/ops/amin";
import { sub } from "@tapegrad/tensor/ops/sub";
import { normOf } from "./measures.ts";
import type { InspectedOptimizer } from "./options.ts";
import type { Trial } from "./trial.ts";

/** What the first step of a course did to a parameter. */
export interface Update {
  readonly name: string;
  /** ‖w‖ before the step. */
  readonly weight: number;
  /** ‖Δw‖. */
  readonly update: number;
  /** ‖∂loss/∂w‖ of that step; null where no gradient came. */
  readonly gradient: number | null;
  readonly rank: number;
}

/** How learning the batch went. */
export interface Course {
  /** The loss at each step; the last is not finite if learning ended in NaN. */
  readonly losses: readonly number[];
  /** The loss before, and after the last step, with the same masks of dropout. */
  readonly before: number;
  readonly after: number;
  /** What the first step did. */
  readonly updates: readonly Update[];
  /** Parameters whose gradient was 0, or none, at each step that was looked at: the first three and the last. */
  readonly withoutGradient: readonly string[];
  /** Weights whose rows were all the same before and after. */
  readonly symmetric: readonly string[];
  /** The outputs in eval mode after the last step; null if the model threw, or there was no step. */
  readonly outputs: Tensor | null;
  /** The same for other inputs. */
  readonly outputsOf: ReadonlyMap<Tensor, Tensor>;
}

/** How a course is made. */
interface CourseOptions {
  /** @default those of the trial */
  readonly steps?: number;
  /** Inputs whose outputs are wanted after the last step. @default none */
  readonly others?: readonly Tensor[];
  /** Whether it begins where everything was given, and not where it is. @default true */
  readonly restored?: boolean;
}

/**
 * Learns the batch for a while, from where the model is.
 *
 * @param optimizer Adam at its usual rate if null.
 */
export async function runCourse(
  trial: Trial,
  optimizer: InspectedOptimizer | null,
  options: CourseOptions = {},
): Promise<Course> {
  const { steps = trial.options.steps, others = [], restored = true } = options;
  if (restored) trial.restore();
  const model = trial.learning();
  const trained = model.namedParameters().filter(([, { requiresGrad }]) => requiresGrad);
  if (trained.length === 0) return nothing;
  const used = optimizer ?? new Adam(trained.map(([, parameter]) => parameter));
  const rewind = noteGenerators(model);
  const lossNow = (): Tensor =>
    withoutModeGuard(() => trial.options.lossOf(model.forward(trial.inputs.detach()), trial.targets));
  const copies = trained.map(([, parameter]) => copyOf(parameter));
  const alike = await symmetricAmong(trained);
  const losses: number[] = [];
  let silent = new Set(trained.map(([name]) => name));
  let updates: readonly Update[] = [];
  for (let step = 1; step <= steps; step++) {
    for (const [, parameter] of model.namedParameters()) parameter.dropGrad();
    used.zeroGrad();
    const loss = lossNow();
    losses.push(await loss.item());
    if (!Number.isFinite(losses.at(-1)!) || !loss.requiresGrad) break;
    backward(loss);
    const looks = step <= 3 || step === steps;
    const gradients = looks ? await gradientNorms(trained) : new Map<string, number | null>();
    if (looks) silent = new Set([...silent].filter((name) => (gradients.get(name) ?? 0) === 0));
    if (!used.paramGroups.some(({ params }) => params.some(({ ownGrad }) => ownGrad !== null))) break;
    used.step();
    if (step === 1) updates = await updatesOf(trained, copies, gradients);
  }
  for (const copy of copies) copy.dispose();
  const symmetric = await symmetricAmong(trained.filter(([name]) => alike.includes(name)));
  rewind();
  const after = await noGrad(lossNow).item();
  model.eval();
  const evaluated = (inputs: Tensor): Tensor => {
    rewind();
    return withoutModeGuard(() => noGrad(() => model.forward(inputs)));
  };
  return {
    losses,
    before: losses[0]!,
    after,
    updates,
    withoutGradient: [...silent],
    symmetric,
    outputs: evaluated(trial.inputs),
    outputsOf: new Map(others.map((each) => [each, evaluated(each)])),
  };
}

const nothing: Course = {
  losses: [],
  before: NaN,
  after: NaN,
  updates: [],
  withoutGradient: [],
  symmetric: [],
  outputs: null,
  outputsOf: new Map(),
};

type Named = readonly (readonly [name: string, parameter: Tensor])[];

async function gradientNorms(trained: Named): Promise<Map<string, number | null>> {
  const norms = new Map<string, number | null>();
  for (const [name, { ownGrad }] of trained) norms.set(name, ownGrad && (await normOf(ownGrad)));
  return norms;
}

async function updatesOf(
  trained: Named,
  before: readonly Tensor[],
  gradients: ReadonlyMap<string, number | null>,
): Promise<Update[]> {
  const updates: Update[] = [];
  for (const [i, [name, parameter]] of trained.entries()) {
    const [weight, update] = [await normOf(before[i]!), await normOf(noGrad(() => sub(parameter, before[i]!)))];
    updates.push({ name, weight, update, gradient: gradients.get(name) ?? null, rank: parameter.rank });
  }
  return updates;
}

/** Those weights whose rows are all the same. */
async function symmetricAmong(parameters: Named): Promise<string[]> {
  const found: string[] = [];
  for (const [name, weight] of parameters) {
    if (weight.rank < 2 || weight.shape[0]! < 2 || weight.size === 0) continue;
    if ((await normOf(noGrad(() => sub(amax(weight, 0), amin(weight, 0))))) === 0) found.push(name);
  }
  return found;
}
