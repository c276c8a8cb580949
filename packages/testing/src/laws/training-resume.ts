import { defaultGenerator, manualSeed, type Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import type { MadeTraining, TrainingSpec } from "../arbitraries/trainings.ts";
import { expectSameState, snapshot } from "./same-bits.ts";
import { seeds } from "./seeded.ts";

/** What the law needs of a training loop: `Trainer` of `@tapegrad/train` has it. */
export interface ResumableTraining<S = unknown> {
  /** The steps, one after the other. */
  steps(): AsyncGenerator<{ readonly loss: Tensor }, unknown, undefined>;
  /** All that is needed to go on, between two steps. */
  stateDict(): Promise<S>;
  /** Lets `steps` go on from there. */
  loadStateDict(state: S): void;
}

/**
 * The law that a training that was interrupted goes on as if nothing had happened. It is left after some steps; what `stateDict` gave
 * then goes to another training, of other weights and with other random numbers, which must take the steps that were left with the same
 * losses, and end with the same state, bit for bit.
 *
 * ```ts
 * await fc.assert(trainingResumeLaw(trainings(), ({ model, ...options }) => new Trainer(model, options)));
 * ```
 *
 * @param make makes the loop that is tested.
 * @param roundTrip writes the state and reads it again. @default it goes from hand to hand
 */
export function trainingResumeLaw<S>(
  subjects: fc.Arbitrary<TrainingSpec>,
  make: (training: MadeTraining) => ResumableTraining<S>,
  roundTrip: (state: S) => S | Promise<S> = (state) => state,
): fc.IAsyncProperty<[TrainingSpec, number, number]> {
  return fc.asyncProperty(subjects, seeds(), fc.integer({ min: 1, max: 8 }), async (subject, seed, stopAfter) => {
    const before = defaultGenerator().getState();
    try {
      const straight = await train(subject, seed, make);
      const broken = await train(subject, seed, make, null, stopAfter);
      const resumed = await train(subject, seed + 1, make, await roundTrip(broken.state));
      const [all, left] = [straight.losses, resumed.losses];
      const expected = all.slice(broken.losses.length);
      if (left.length !== expected.length || !left.every((loss, i) => Object.is(loss, expected[i])))
        throw new Error(
          `after ${broken.losses.length} of ${all.length} steps, training goes on with the losses ${left.join(", ")}; uninterrupted, they are ${expected.join(", ")}`,
        );
      expectSameState(resumed.model.stateDict(), snapshot(straight.model.stateDict()), "of the resumed model differs");
    } finally {
      defaultGenerator().setState(before);
    }
  });
}

/** Trains to the end, or for some steps. */
async function train<S>(
  subject: TrainingSpec,
  seed: number,
  make: (training: MadeTraining) => ResumableTraining<S>,
  state: S | null = null,
  stopAfter = Infinity,
): Promise<{ readonly model: MadeTraining["model"]; readonly losses: readonly number[]; readonly state: S }> {
  manualSeed(seed);
  const training = subject.make();
  const loop = make(training);
  if (state !== null) loop.loadStateDict(state);
  const steps = loop.steps();
  const losses: number[] = [];
  while (losses.length < stopAfter) {
    const { done, value } = await steps.next();
    if (done) break;
    losses.push(await (value as { readonly loss: Tensor }).loss.item());
  }
  return { model: training.model, losses, state: await loop.stateDict() };
}
