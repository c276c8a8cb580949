import {
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  ExponentialLR,
  LinearLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  SGD,
  StepLR,
} from "@tapegrad/optim";
import type { LRScheduler, Scheduled } from "@tapegrad/optim";
import { ones } from "@tapegrad/tensor";
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

  test.each([-1, 0.5])("a milestone of %d is refused", (milestone) => {
    expect(() => new MultiStepLR({ paramGroups: [{ lr: 1 }] }, [milestone])).toThrow(
      `milestone must be an integer of at least 0, got ${milestone}`,
    );
  });
});
