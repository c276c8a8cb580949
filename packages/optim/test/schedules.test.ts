import { readFileSync } from "node:fs";
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
  SGD,
  StepLR,
  SWALR,
} from "@tapegrad/optim";
import { ValueError, ones } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

const schedules: [string, (optimizer: Scheduled) => LRScheduler][] = [
  ["StepLR", (optimizer) => new StepLR(optimizer, 2, { gamma: 0.5 })],
  ["MultiStepLR", (optimizer) => new MultiStepLR(optimizer, [1, 3, 3])],
  ["CosineAnnealingLR", (optimizer) => new CosineAnnealingLR(optimizer, 4, { etaMin: 0.01 })],
];

function rates(schedule: LRScheduler, epochs: number): number[] {
  return Array.from({ length: epochs }, () => {
    const rate = schedule.lastLrs[0]!;
    schedule.step();
    return rate;
  });
}

describe("schedules", () => {
  test("MultiStepLR falls at each milestone, twice at one that is listed twice", () => {
    const schedule = new MultiStepLR({ paramGroups: [{ lr: 1 }] }, [3, 1, 3], { gamma: 0.1 });
    expectClose(rates(schedule, 5), [1, 0.1, 0.1, 0.001, 0.001], { rtol: 1e-12, atol: 0 });
  });

  test("a line down to 0 ends at a rate that optimizers take, whatever the rounding", () => {
    const weight = ones([1], { requiresGrad: true });
    for (let totalIters = 1; totalIters <= 50; totalIters++) {
      const optimizer = new SGD([weight], { lr: 0.1 });
      const schedule = new LinearLR(optimizer, { endFactor: 0, totalIters });
      for (let epoch = 0; epoch < totalIters + 2; epoch++) {
        optimizer.step();
        schedule.step();
      }
      expectClose([schedule.lastLrs[0]!], [0], { rtol: 0, atol: 1e-16 });
    }
  });

  test("a constant factor of 0 holds, and cannot be undone; with no epochs, factors are never undone", () => {
    const group = (): { paramGroups: { lr: number }[] } => ({ paramGroups: [{ lr: 1 }] });
    expect(rates(new ConstantLR(group(), { factor: 0, totalIters: 5 }), 4)).toEqual([0, 0, 0, 0]);
    expect(() => rates(new ConstantLR(group(), { factor: 0, totalIters: 2 }), 4)).toThrow(
      "ConstantLR: factor 0 cannot be undone after totalIters, 2, epochs",
    );
    expect(rates(new ConstantLR(group(), { factor: 0, totalIters: 0 }), 3)).toEqual([0, 0, 0]);
    expect(rates(new ConstantLR(group(), { factor: 0.5, totalIters: 0 }), 3)).toEqual([0.5, 0.5, 0.5]);
    expect(rates(new LinearLR(group(), { startFactor: 0.5, endFactor: 0, totalIters: 0 }), 3)).toEqual([0.5, 0.5, 0.5]);
    expect(rates(new PolynomialLR(group(), { totalIters: 0 }), 3)).toEqual([1, 1, 1]);
  });

  test("schedules that are chained may drive a rate below 0, and steps then climb, as in PyTorch", () => {
    const param = ones([1], { requiresGrad: true });
    const optimizer = new SGD([param], { lr: 1 });
    const cosine = new CosineAnnealingLR(optimizer, 3, { etaMin: 0.5 });
    const schedule = new ChainedScheduler([cosine, new ExponentialLR(optimizer, 0.1)]);
    const expected = [1, 0.0875, 0.03625, 0.05, 0.0175, -0.09475, -0.0293, 0.0103025, 0.03367675];
    const found: number[] = [];
    param.grad = ones([1]);
    for (const _ of expected) {
      found.push(schedule.lastLrs[0]!);
      optimizer.step();
      schedule.step();
    }
    expectClose(found, expected, { rtol: 1e-12, atol: 1e-15 });
    expectClose(param, [1 - expected.reduce((sum, lr) => sum + lr)]);
    expect(() => optimizer.loadStateDict(optimizer.stateDict())).not.toThrow();
  });

  test.each([
    [{ patience: 0 }, [Infinity, 1, 1], [0.01, 0.01, 0.001]],
    [{ patience: 0, mode: "max" }, [-Infinity, 1, 1], [0.01, 0.01, 0.001]],
    [{ patience: 0 }, [-Infinity, 1, -Infinity], [0.1, 0.01, 0.001]],
    [{ patience: 0, mode: "max" }, [Infinity, 1, 2], [0.1, 0.01, 0.001]],
    [{ patience: 0 }, [NaN, 2, 2], [0.01, 0.01, 0.001]],
  ] as const)(
    "ReduceLROnPlateau %j takes metrics %j as PyTorch does, also if saved between",
    (options, metrics, lrs) => {
      let optimizer = new SGD([ones([1])], { lr: 0.1 });
      let schedule = new ReduceLROnPlateau(optimizer, options);
      metrics.forEach((metric, epoch) => {
        const saved = JSON.stringify([optimizer.stateDict(), schedule.stateDict()]);
        optimizer = new SGD([ones([1])], { lr: 9 });
        schedule = new ReduceLROnPlateau(optimizer, options);
        optimizer.loadStateDict(JSON.parse(saved)[0]);
        schedule.loadStateDict(JSON.parse(saved)[1]);
        schedule.step(metric);
        expectClose(schedule.lastLrs, [lrs[epoch]!], { rtol: 1e-12, atol: 0 });
      });
    },
  );

  test("a cycle's steps may be given as epochs of so many batches; totalSteps wins", () => {
    const rise = (steps: { totalSteps?: number; epochs?: number; stepsPerEpoch?: number }): number[] =>
      rates(new OneCycleLR({ paramGroups: [{ lr: 1 }] }, { maxLr: 1, cycleMomentum: false, ...steps }), 12);
    const expected = rise({ totalSteps: 12 });
    expect(rise({ epochs: 3, stepsPerEpoch: 4 })).toEqual(expected);
    expect(rise({ totalSteps: 12, epochs: 5, stepsPerEpoch: 7 })).toEqual(expected);
    expect(() => rise({ epochs: 3 })).toThrow("OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch");
    expect(() => rise({ epochs: 3, stepsPerEpoch: 0.5 })).toThrow("stepsPerEpoch must be an integer of at least 1");
  });

  test("the cosine reaches etaMin at tMax and its first value at 2·tMax", () => {
    const found = rates(new CosineAnnealingLR({ paramGroups: [{ lr: 0.5 }] }, 5, { etaMin: 0.1 }), 11);
    expectClose([found[0]!, found[5]!, found[10]!], [0.5, 0.1, 0.5], { rtol: 1e-9, atol: 0 });
  });

  test("a schedule moves an optimizer's steps", () => {
    const param = ones([1], { requiresGrad: true });
    const optimizer = new SGD([param], { lr: 1 });
    const schedule = new StepLR(optimizer, 1, { gamma: 0.1 });
    param.grad = ones([1]);
    for (let epoch = 0; epoch < 3; epoch++) {
      optimizer.step();
      schedule.step();
    }
    expectClose(param, [1 - 1 - 0.1 - 0.01]);
  });

  test.each(schedules)("%s: a saved schedule, through JSON, goes on as the first", (_, make) => {
    const first = make({ paramGroups: [{ lr: 0.3 }, { lr: 0.7 }] });
    first.step();
    first.step();
    const second = make({ paramGroups: [{ lr: 9 }, { lr: 9 }] });
    second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())));
    expect(rates(second, 8)).toEqual(rates(first, 8));
    expect(second.lastLrs).toEqual(first.lastLrs);
  });

  test("a saved schedule of another number of groups is refused", () => {
    const one = new StepLR({ paramGroups: [{ lr: 1 }] }, 1);
    const two = new StepLR({ paramGroups: [{ lr: 1 }, { lr: 2 }] }, 1);
    expect(() => two.loadStateDict(one.stateDict())).toThrow(
      "StepLR.loadStateDict: expected rates of 2 groups, got 1 and 1",
    );
  });

  test.each([0, -1, 1.5, Number.NaN])("periods of %d epochs are refused", (epochs) => {
    expect(() => new StepLR({ paramGroups: [{ lr: 1 }] }, epochs)).toThrow(
      `stepSize must be an integer of at least 1, got ${epochs}`,
    );
    expect(() => new CosineAnnealingLR({ paramGroups: [{ lr: 1 }] }, epochs)).toThrow(
      `tMax must be an integer of at least 1, got ${epochs}`,
    );
  });

  test("what is neither a value nor a list of values for the groups is refused by both names", () => {
    const options = { baseLr: Number.NaN, maxLr: 0.1, cycleMomentum: false };
    expect(() => new CyclicLR({ paramGroups: [{ lr: 1 }] }, options)).toThrow(
      "CyclicLR: baseLr, or each of a list with one for each group, must be a finite number, got NaN",
    );
  });

  test.each([-1, 0.5])("a milestone of %d is refused", (milestone) => {
    expect(() => new MultiStepLR({ paramGroups: [{ lr: 1 }] }, [milestone])).toThrow(
      `milestone must be an integer of at least 0, got ${milestone}`,
    );
  });
});

/** What `fixtures/make_schedule_cases.py` wrote. */
interface ScheduleCases {
  /** The epochs that were looked at. */
  readonly epochs: readonly number[];
  readonly cases: readonly {
    readonly kind: "sequential" | "chained";
    readonly schedules: readonly (readonly [name: string, which: number])[];
    readonly milestones: readonly number[];
    /** The groups' initial rates in the end. */
    readonly initial: readonly number[];
    /** By epoch: rate and momentum of each of two groups. */
    readonly seen: readonly (readonly number[])[];
    /** The epoch whose step is an error. */
    readonly fails: number | null;
  }[];
}

const cyclic = { maxLr: 0.5, stepSizeUp: 4, gamma: 0.9 };
const oneCycle = { totalSteps: 31, divFactor: 4 };

/** Two of each kind, as in the Python file. */
const makers: Readonly<Record<string, readonly ((optimizer: Scheduled) => LRScheduler)[]>> = {
  StepLR: [(o) => new StepLR(o, 3, { gamma: 0.5 }), (o) => new StepLR(o, 2, { gamma: 0.9 })],
  MultiStepLR: [(o) => new MultiStepLR(o, [0, 2, 5], { gamma: 0.5 }), (o) => new MultiStepLR(o, [0, 0, 7])],
  ConstantLR: [
    (o) => new ConstantLR(o, { factor: 0.1, totalIters: 6 }),
    (o) => new ConstantLR(o, { factor: 0.5, totalIters: 0 }),
  ],
  LinearLR: [
    (o) => new LinearLR(o, { startFactor: 0.1, totalIters: 4 }),
    (o) => new LinearLR(o, { startFactor: 0.5, endFactor: 0.25, totalIters: 0 }),
  ],
  ExponentialLR: [(o) => new ExponentialLR(o, 0.9), (o) => new ExponentialLR(o, 0.5)],
  PolynomialLR: [
    (o) => new PolynomialLR(o, { totalIters: 9, power: 2 }),
    (o) => new PolynomialLR(o, { totalIters: 0 }),
  ],
  LambdaLR: [(o) => new LambdaLR(o, (t) => 1 / (1 + t)), (o) => new LambdaLR(o, [(t) => 0.9 ** t, () => 0.5])],
  MultiplicativeLR: [(o) => new MultiplicativeLR(o, () => 0.9), (o) => new MultiplicativeLR(o, () => 0.7)],
  CosineAnnealingLR: [(o) => new CosineAnnealingLR(o, 7), (o) => new CosineAnnealingLR(o, 3, { etaMin: 0.01 })],
  CosineAnnealingWarmRestarts: [
    (o) => new CosineAnnealingWarmRestarts(o, 3, { tMult: 2 }),
    (o) => new CosineAnnealingWarmRestarts(o, 4, { etaMin: 0.01 }),
  ],
  CyclicLR: [
    (o) => new CyclicLR(o, { baseLr: 0.01, ...cyclic }),
    (o) => new CyclicLR(o, { baseLr: [0.02, 0.03], mode: "exp_range", cycleMomentum: false, ...cyclic }),
  ],
  OneCycleLR: [
    (o) => new OneCycleLR(o, { maxLr: 0.5, ...oneCycle }),
    (o) => new OneCycleLR(o, { maxLr: [0.4, 0.6], maxMomentum: 0.8, threePhase: true, ...oneCycle }),
  ],
  SWALR: [
    (o) => new SWALR(o, { swaLr: 0.05, annealEpochs: 5 }),
    (o) => new SWALR(o, { swaLr: [0.04, 0.03], annealEpochs: 0 }),
  ],
};

describe("schedules beside schedules", () => {
  const file = new URL("fixtures/schedule-cases.json", import.meta.url);
  const { epochs, cases } = JSON.parse(readFileSync(file, "utf8")) as ScheduleCases;

  const make = ({ kind, schedules: names, milestones }: (typeof cases)[number]) => {
    const groups = [0.1, 0.5].map((lr) => ({ params: [ones([1])], lr }));
    const optimizer = new SGD(groups, { lr: 1, momentum: 0.9 });
    const parts = names.map(([name, which]) => makers[name]![which]!(optimizer));
    const schedule = kind === "chained" ? new ChainedScheduler(parts) : new SequentialLR(parts, milestones);
    return { optimizer, schedule };
  };

  /** What the groups are like at the epochs, and the epoch whose step throws; saved and loaded at one of them. */
  const run = (each: (typeof cases)[number], reloadAt: number) => {
    let { optimizer, schedule } = make(each);
    const seen: number[][] = [];
    const initial = (): readonly number[] => optimizer.paramGroups.map(({ initialLr }) => initialLr!);
    for (let epoch = 0; epoch <= epochs.at(-1)!; epoch++) {
      if (epoch === reloadAt) {
        const saved = JSON.stringify([optimizer.stateDict(), schedule.stateDict()]);
        ({ optimizer, schedule } = make(each));
        optimizer.loadStateDict(JSON.parse(saved)[0]);
        schedule.loadStateDict(JSON.parse(saved)[1]);
      }
      if (epochs.includes(epoch)) seen.push(optimizer.paramGroups.flatMap(({ lr, momentum }) => [lr, momentum]));
      try {
        schedule.step();
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        return { seen, fails: epoch, initial: initial() };
      }
    }
    return { seen, fails: null, initial: initial() };
  };

  test.each(Object.keys(makers))("%s before every other: the rates are PyTorch's, also after a break", (first) => {
    const those = cases.filter(({ schedules: names }) => names[0]![0] === first);
    expect(those.length).toBeGreaterThanOrEqual(2 * Object.keys(makers).length);
    for (const each of those) {
      const straight = run(each, -1);
      const title = JSON.stringify([each.kind, each.schedules]);
      expect(straight.fails, title).toBe(each.fails);
      expectClose(straight.initial, each.initial, { rtol: 1e-12, atol: 0 });
      expect(straight.seen.length, title).toBe(each.seen.length);
      straight.seen.forEach((row, i) => expectClose(row, each.seen[i]!, { rtol: 1e-9, atol: 1e-12 }));
      for (const reloadAt of [3, 6, 11]) expect(run(each, reloadAt), title).toEqual(straight);
    }
  });

  test("all are of one optimizer; sequences can be chained, but not follow each other", () => {
    const [one, two] = [new SGD([ones([1])], { lr: 1 }), new SGD([ones([1])], { lr: 1 })];
    expect(() => new ChainedScheduler([new StepLR(one, 1), new StepLR(two, 1)])).toThrow(
      new ValueError("ChainedScheduler: schedule 1 is of another optimizer than schedule 0"),
    );
    const sequence = new SequentialLR([new ConstantLR(one, { factor: 0.5 }), new StepLR(one, 1)], [1]);
    const chain = new ChainedScheduler([sequence, new ExponentialLR(one, 0.5)]);
    chain.step();
    chain.step();
    expect(chain.lastLrs).toEqual([0.5 * 0.1 * 0.5]);
    expect(() => new SequentialLR([sequence as never, new StepLR(one, 1)], [1])).toThrow(
      "SequentialLR: expected plain schedules, got one that is made of others",
    );
  });

  test("a group that comes later keeps its rate, or is refused by schedules that keep their ends in it", () => {
    const optimizer = new SGD([ones([1])], { lr: 1 });
    const lambda = new LambdaLR(optimizer, () => 0.5);
    const cycle = new OneCycleLR(optimizer, { maxLr: 1, totalSteps: 4, cycleMomentum: false });
    optimizer.addParamGroup({ params: [ones([2])], lr: 3 });
    lambda.step();
    expect(lambda.lastLrs).toEqual([0.5, 3]);
    expect(() => cycle.step()).toThrow("OneCycleLR: group 1 lacks maxLr: it was added after the schedule was made");
  });
});
