import {
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LRScheduler,
  MultiplicativeLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  type Scheduled,
  SequentialLR,
  StepLR,
  SWALR,
} from "@tapegrad/optim";
import fc from "fast-check";
import type { ScheduleLike } from "../laws/schedule.ts";
import { describeArguments } from "./module-spec.ts";

/** A schedule of `@tapegrad/optim` and its options; reports show `StepLR(2, gamma 0.5)`. */
export class ScheduleSpec<S extends ScheduleLike = ScheduleLike> {
  readonly description: string;
  readonly #make: (optimizer: Scheduled) => S;

  constructor(description: string, make: (optimizer: Scheduled) => S) {
    this.description = description;
    this.#make = make;
  }

  /** Makes the schedule of this optimizer; plain `{ paramGroups: [{ lr: 0.1 }] }` will do. */
  make(optimizer: Scheduled): S {
    return this.#make(optimizer);
  }

  /** What fast-check shows of a counterexample. */
  toString(): string {
    return this.description;
  }
}

/** For how many steps the drawn schedules are good; `OneCycleLR` then is over. */
export const scheduleLength = 12;

/**
 * All schedules of `@tapegrad/optim`, for an optimizer with one group or several: alone, chained, or one after another.
 * They take a metric at each step, which only `ReduceLROnPlateau` looks at.
 */
export function schedules(): fc.Arbitrary<ScheduleSpec> {
  const two = fc.tuple(fc.oneof(simple, ends), fc.oneof(simple, ends));
  return fc.oneof(
    simple,
    ends,
    plateau,
    two.map(
      ([a, b]) =>
        new ScheduleSpec(`ChainedScheduler(${a.description}, ${b.description})`, (optimizer) => {
          return new ChainedScheduler([a.make(optimizer), b.make(optimizer)]);
        }),
    ),
    fc.tuple(two, fc.integer({ min: 1, max: 6 })).map(
      ([[a, b], milestone]) =>
        new ScheduleSpec(`SequentialLR(${a.description}, at ${milestone} ${b.description})`, (optimizer) => {
          return new SequentialLR([a.make(optimizer), b.make(optimizer)], [milestone]);
        }),
    ),
  );
}

function spec<S extends ScheduleLike, A extends readonly unknown[]>(
  type: new (optimizer: Scheduled, ...args: A) => S,
  args: A,
): ScheduleSpec<S> {
  const description = `${type.name}(${describeArguments(type.name, args)})`;
  return new ScheduleSpec(description, (optimizer) => new type(optimizer, ...args));
}

const few = fc.integer({ min: 1, max: 5 });
const factor = fc.constantFrom(0.5, 0.1, 0.9);
const least = fc.constantFrom(0, 0.01);
const curve = fc.constantFrom<"cos" | "linear">("cos", "linear");

/** What is a function of the epoch and the first rates, or of the rates before. */
const simple: fc.Arbitrary<ScheduleSpec<LRScheduler>> = fc.oneof(
  fc.tuple(few, factor).map(([size, gamma]) => spec(StepLR, [size, { gamma }])),
  fc
    .tuple(fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), factor)
    .map(([at, gamma]) => spec(MultiStepLR, [at, { gamma }])),
  fc.record({ factor, totalIters: few }).map((options) => spec(ConstantLR, [options])),
  fc.record({ startFactor: factor, endFactor: fc.constantFrom(1, 0.5), totalIters: few }).map((options) => {
    return spec(LinearLR, [options]);
  }),
  factor.map((gamma) => spec(ExponentialLR, [gamma])),
  fc.record({ totalIters: few, power: fc.constantFrom(1, 2, 0.5) }).map((options) => spec(PolynomialLR, [options])),
  fc.tuple(few, least).map(([tMax, etaMin]) => spec(CosineAnnealingLR, [tMax, { etaMin }])),
  fc.tuple(few, fc.integer({ min: 1, max: 2 }), least).map(([t0, tMult, etaMin]) => {
    return spec(CosineAnnealingWarmRestarts, [t0, { tMult, etaMin }]);
  }),
  few.map((k) => new ScheduleSpec(`LambdaLR(1/(1 + t/${k}))`, (o) => new LambdaLR(o, (t) => 1 / (1 + t / k)))),
  factor.map((f) => new ScheduleSpec(`MultiplicativeLR(${f})`, (o) => new MultiplicativeLR(o, () => f))),
);

/** What has rates of its own. */
const ends: fc.Arbitrary<ScheduleSpec<LRScheduler>> = fc.oneof(
  fc
    .record({
      maxLr: fc.constantFrom(0.5, 1),
      totalSteps: fc.integer({ min: scheduleLength, max: 20 }),
      pctStart: fc.constantFrom(0.3, 0.5),
      annealStrategy: curve,
      threePhase: fc.boolean(),
      cycleMomentum: fc.constant(false),
    })
    .map((options) => spec<LRScheduler, [typeof options]>(OneCycleLR, [options])),
  fc
    .record({
      baseLr: fc.constantFrom(0.01, 0.1),
      maxLr: fc.constantFrom(0.5, 1),
      stepSizeUp: few,
      stepSizeDown: few,
      mode: fc.constantFrom<"triangular" | "triangular2" | "exp_range">("triangular", "triangular2", "exp_range"),
      gamma: fc.constantFrom(1, 0.9),
      cycleMomentum: fc.constant(false),
    })
    .map((options) => spec<LRScheduler, [typeof options]>(CyclicLR, [options])),
  fc
    .record({ swaLr: fc.constantFrom(0.05, 0.01), annealEpochs: fc.nat({ max: 5 }), annealStrategy: curve })
    .map((options) => spec<LRScheduler, [typeof options]>(SWALR, [options])),
);

/** What looks at a metric. */
const plateau: fc.Arbitrary<ScheduleSpec> = fc
  .record({
    mode: fc.constantFrom<"min" | "max">("min", "max"),
    factor,
    patience: fc.nat({ max: 2 }),
    cooldown: fc.nat({ max: 2 }),
    minLr: least,
  })
  .map((options): ScheduleSpec => spec(ReduceLROnPlateau, [options]));
