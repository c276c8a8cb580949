import { withoutModeGuard } from "@tapegrad/nn";
import { defaultGenerator, full, Generator, noGrad, randn } from "@tapegrad/tensor";
import { integerFrom, orNull, readOptions } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { mul } from "@tapegrad/tensor/ops/mul";
import fc from "fast-check";
import { type ClassificationSpec, classifications } from "../arbitraries/classifications.ts";
import { differenceOf } from "../expect-close.ts";
import { largest } from "./near.ts";
import { expectSame, type Snapshot, snapshot } from "./same-bits.ts";
import { seeds } from "./seeded.ts";
import { checkEvalMode } from "./step-examples.ts";
import {
  note,
  type Noted,
  ROUNDING,
  type StepSubject,
  type StepTraining,
  type TrainingStep,
  Trial,
} from "./step-trial.ts";

/** How a step is tried. */
export interface TrainingStepLawOptions<T extends StepTraining> {
  /** What it learns with. @default classifications() */
  readonly subjects?: fc.Arbitrary<StepSubject<T>>;
  /** How many steps must reduce the loss of a repeated batch. @default 10 */
  readonly steps?: number;
  /** How often a step runs the model in train mode, as batch norms count; null: as it likes. @default 1 */
  readonly forwards?: number | null;
}

/**
 * The law that a training step moves exactly what it should, and learns. For any model, optimizer, batch and seed a step
 *
 * - moves the running statistics of layers in train mode, once, and of no others;
 * - moves the parameters of the optimizer, and no others; modes and the batch stay as they were;
 * - is deterministic: the same seed gives the same bits;
 * - forgets the gradients of the step before;
 * - keeps examples apart in eval mode: how much one of them adds to the loss does not depend on another one's input;
 * - moves every parameter that the loss depends on;
 * - reduces the loss of a repeated batch, which is measured with the same random numbers before and after.
 *
 * ```ts
 * await fc.assert(
 *   trainingStepLaw(({ model, optimizer, batch }) => {
 *     optimizer.zeroGrad();
 *     const loss = crossEntropy(model.forward(batch.inputs), batch.targets);
 *     backward(loss);
 *     optimizer.step();
 *     return loss;
 *   }),
 * );
 * ```
 *
 * A complaint says which of these fails, at which step, with names and numbers.
 */
export function trainingStepLaw<T extends StepTraining = ReturnType<ClassificationSpec["make"]>>(
  step: TrainingStep<T>,
  options: TrainingStepLawOptions<T> = {},
): fc.IAsyncProperty<[StepSubject<T>, number]> {
  const read = readOptions<TrainingStepLawOptions<T>>("trainingStepLaw", options, {
    subjects: [classifications() as fc.Arbitrary<never>],
    steps: [10, integerFrom(2)],
    forwards: [1, orNull(integerFrom(1))],
  });
  return fc.asyncProperty(read.subjects, seeds(), async (subject, seed) => {
    const before = defaultGenerator().getState();
    try {
      await withoutModeGuard(async () => {
        const trial = new Trial(() => subject.make(), step, seed);
        await checkWhatMoves(trial, read.forwards);
        const trained = await checkDeterminism(trial, read.steps);
        await checkGradientsForgotten(trial);
        await checkEvalMode(trial);
        await checkAllMove(trial, trained, read.steps);
        await checkLearns(trial, trained, read.steps);
      });
    } finally {
      defaultGenerator().setState(before);
    }
  });
}

const modeOf = (training: boolean): string => (training ? "train mode" : "eval mode");

async function checkWhatMoves<T extends StepTraining>(trial: Trial<T>, forwards: number | null): Promise<void> {
  const training = trial.start();
  const own = new Set(training.optimizer.paramGroups.flatMap(({ params }) => params));
  for (let number = 1; number <= 2; number++) {
    const before = note(training);
    await trial.take(training, number);
    const after = note(training);
    for (const [name, mode] of after.modes)
      if (mode !== before.modes.get(name))
        throw new Error(
          `step ${number} left ${name || "the model"} in ${modeOf(mode)}; it was in ${modeOf(!mode)} before`,
        );
    for (const [name, values] of after.batch)
      expectSame(values, before.batch.get(name)!, `step ${number} changed the batch's ${name}`);
    for (const [name, parameter] of training.model.namedParameters()) {
      if (own.has(parameter) && parameter.requiresGrad) continue;
      const why = own.has(parameter) ? "which wants no gradient" : "which the optimizer does not have";
      expectSame(parameter, before.parameters.get(name)!, `step ${number} changed the parameter ${name}, ${why}`);
    }
    checkStatistics(number, before, after, forwards);
  }
}

function checkStatistics(number: number, before: Noted, after: Noted, forwards: number | null): void {
  for (const [name, values] of after.buffers) {
    const old = before.buffers.get(name)!;
    if (!after.modes.get(ownerOf(name, after.modes))) {
      expectSame(values, old, `step ${number} moved ${name}, though its layer is in eval mode`);
    } else if (/(^|\.)num_batches_tracked$/.test(name)) {
      const counted = values[0]! - old[0]!;
      if (counted === 0) throw new Error(`step ${number} did not move ${name}, though its layer is in train mode`);
      if (forwards !== null && counted !== forwards)
        throw new Error(
          `step ${number} moved the statistics ${counted} times, as ${name} counts, expected ${forwards}: ` +
            "the model runs in train mode more often than it learns, or a layer is shared",
        );
    }
  }
}

/** The innermost module that a buffer lies in. */
function ownerOf(buffer: string, modules: ReadonlyMap<string, unknown>): string {
  let path = buffer;
  do path = path.slice(0, Math.max(0, path.lastIndexOf(".")));
  while (!modules.has(path));
  return path;
}

/** What became of a training. */
interface Trained<T> {
  readonly training: T;
  /** The parameters before. */
  readonly before: Snapshot;
  readonly losses: readonly number[];
}

async function checkDeterminism<T extends StepTraining>(trial: Trial<T>, steps: number): Promise<Trained<T>> {
  const [first, second] = [trial.start(), trial.start()];
  const before = snapshot(first.model.namedParameters());
  if (differenceOf(first.model, second.model, { rtol: 0, atol: 0 }) !== null)
    throw new Error(
      "trainingStepLaw: make gives two models for one seed; weights must come from the default generator",
    );
  const [losses, again] = [await trial.takeMany(first, steps), await trial.takeMany(second, steps)];
  const parted = losses.findIndex((loss, i) => !Object.is(loss, again[i]));
  if (parted >= 0)
    throw new Error(
      `two runs with the same seed part at step ${parted + 1}: the loss is ${losses[parted]} and ${again[parted]}`,
    );
  const { parameters, buffers } = note(first);
  for (const [name, tensor] of [...second.model.namedParameters(), ...second.model.namedBuffers()])
    expectSame(
      tensor,
      (parameters.get(name) ?? buffers.get(name))!,
      `two runs with the same seed part: after ${steps} steps ${name} differs`,
    );
  return { training: first, before, losses };
}

async function checkGradientsForgotten<T extends StepTraining>(trial: Trial<T>): Promise<void> {
  const [clean, left] = [trial.start(), trial.start()];
  for (const parameter of left.model.parameters())
    if (parameter.requiresGrad) parameter.grad = full(parameter.shape, 1, { device: parameter.device });
  await trial.take(clean, 1);
  await trial.take(left, 1);
  const expected = snapshot(clean.model.namedParameters());
  for (const [name, parameter] of left.model.namedParameters())
    expectSame(
      parameter,
      expected.get(name)!,
      `gradients that were left from the step before change ${name}: is zeroGrad() missing, or too late?`,
    );
}

async function checkAllMove<T extends StepTraining>(
  trial: Trial<T>,
  { training, before }: Trained<T>,
  steps: number,
): Promise<void> {
  const own = new Set(training.optimizer.paramGroups.flatMap(({ params }) => params));
  for (const [name, parameter] of training.model.namedParameters()) {
    if (!own.has(parameter) || !parameter.requiresGrad) continue;
    if (differenceOf(parameter, before.get(name)!, { rtol: 0, atol: 0 }) !== null) continue;
    const slope = await slopeAlong(trial, name);
    if (slope !== null)
      throw new Error(
        `${steps} steps did not move ${name}, which the optimizer has and the loss depends on: ` +
          `a little to either side it is ${slope.join(" and ")}`,
      );
  }
}

/**
 * The loss to either side of where a parameter is, along a random direction. Null unless it rises to one side and falls to the other, so
 * that there is a gradient: to one side of a kink alone there need be none.
 */
async function slopeAlong<T extends StepTraining>(trial: Trial<T>, name: string): Promise<readonly number[] | null> {
  const lossAt = async (distance: number): Promise<number> => {
    const training = trial.start();
    const [, parameter] = training.model.namedParameters().find(([each]) => each === name)!;
    const direction = randn(parameter.shape, { generator: new Generator(name), device: parameter.device });
    const size = distance * Math.max(0.1, largest(parameter));
    noGrad(() => parameter.assign(add(parameter, mul(direction, size))));
    return trial.take(training, 1);
  };
  const [below, here, above] = [await lossAt(-1e-2), await lossAt(0), await lossAt(1e-2)];
  const least = ROUNDING * Math.abs(here);
  const rises = above - here > least && here - below > least;
  const falls = here - above > least && below - here > least;
  return rises || falls ? [below, above] : null;
}

/** Masks of dropout over which a loss is averaged if one of them leaves a doubt, and how much longer is learned then. */
const MASKS = 8;
const LONGER = 5;

async function checkLearns<T extends StepTraining>(
  trial: Trial<T>,
  { training, losses }: Trained<T>,
  steps: number,
): Promise<void> {
  // Step 1 once more, so that its masks are the same.
  const [first, last] = [losses[0]!, await trial.take(training, 1)];
  if (last < first) return;
  await trial.takeMany(training, LONGER * steps);
  const after = await trial.takeMany(training, MASKS);
  const before: number[] = [];
  for (let number = 1; number <= MASKS; number++) before.push(await trial.take(trial.start(), number));
  if (!(sumOf(after) < sumOf(before)))
    throw new Error(`${steps} steps on one batch do not reduce its loss: it was ${first}, and is ${last}`);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
