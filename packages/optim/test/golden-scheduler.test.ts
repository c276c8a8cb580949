import {
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiplicativeLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  SGD,
  SequentialLR,
  StepLR,
} from "@tapegrad/optim";
import { zeros } from "@tapegrad/tensor";
import { goldenNames, loadGolden } from "@tapegrad/test-support";
import { expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";
import { torchOptions } from "./torch-optimizers.ts";

/** Any schedule: its state is its own affair. */
interface Schedule {
  step(metric: number): void;
  stateDict(): unknown;
  loadStateDict(state: never): void;
}

type Create = (optimizer: SGD, args: Record<string, never>) => Schedule;

/** How to make the schedule of each golden file. */
const schedules: Readonly<Record<string, Create>> = {
  sched_ChainedScheduler: (optimizer) =>
    new ChainedScheduler([
      new ConstantLR(optimizer, { factor: 0.1, totalIters: 2 }),
      new ExponentialLR(optimizer, 0.9),
    ]),
  sched_ConstantLR: (optimizer, args) => new ConstantLR(optimizer, args),
  sched_CosineAnnealingLR_T10: (optimizer, { TMax, etaMin }) =>
    new CosineAnnealingLR(optimizer, TMax!, { etaMin: etaMin! }),
  sched_CosineAnnealingLR_T7: (optimizer, { TMax }) => new CosineAnnealingLR(optimizer, TMax!),
  sched_CyclicLR_exp_range: (optimizer, args) => new CyclicLR(optimizer, args as never),
  sched_CyclicLR_triangular: (optimizer, args) => new CyclicLR(optimizer, args as never),
  sched_LambdaLR: (optimizer) => new LambdaLR(optimizer, (epoch) => 0.95 ** epoch),
  sched_LinearLR: (optimizer, args) => new LinearLR(optimizer, args),
  sched_MultiplicativeLR: (optimizer) => new MultiplicativeLR(optimizer, () => 0.9),
  sched_OneCycleLR: (optimizer, args) => new OneCycleLR(optimizer, args as never),
  sched_PolynomialLR: (optimizer, args) => new PolynomialLR(optimizer, args),
  sched_ReduceLROnPlateau: (optimizer, args) => new ReduceLROnPlateau(optimizer, args),
  sched_SequentialLR_warmup_cosine: (optimizer) =>
    new SequentialLR(
      [new LinearLR(optimizer, { startFactor: 0.1, totalIters: 4 }), new CosineAnnealingLR(optimizer, 12)],
      [4],
    ),
  sched_StepLR: (optimizer, { stepSize, gamma }) => new StepLR(optimizer, stepSize!, { gamma: gamma! }),
};

test("every golden schedule is known here", () => {
  expect(goldenNames("sched_")).toEqual(Object.keys(schedules).sort());
});

describe.each(Object.entries(schedules))("%s", (name, create) => {
  const { args = {}, baseLrs, baseMomentum, lrs, momenta, metrics } = loadGolden(name, "scheduler");

  const make = (): readonly [SGD, Schedule] => {
    const groups = baseLrs.map((lr) => ({ params: [zeros([1])], lr }));
    const optimizer = new SGD(groups, { lr: 1, momentum: baseMomentum! });
    return [optimizer, create(optimizer, torchOptions(args))];
  };

  const expectEpoch = ({ paramGroups }: SGD, epoch: number): void => {
    expectClose(
      paramGroups.map(({ lr }) => lr),
      lrs[epoch]!,
      { rtol: 1e-8, atol: 1e-12 },
    );
    expectClose(
      paramGroups.map(({ momentum }) => momentum),
      momenta[epoch]!,
      { rtol: 1e-8 },
    );
  };

  test("gives PyTorch's rates and momenta in every epoch", () => {
    const [optimizer, schedule] = make();
    lrs.forEach((_, epoch) => {
      expectEpoch(optimizer, epoch);
      schedule.step(metrics?.[epoch] ?? NaN);
    });
  });

  test("goes on exactly after saving and loading in the middle", () => {
    const [before, schedule] = make();
    const middle = Math.floor(lrs.length / 2);
    for (let epoch = 0; epoch < middle; epoch++) schedule.step(metrics?.[epoch] ?? NaN);
    const [optimizer, restored] = make();
    optimizer.loadStateDict(JSON.parse(JSON.stringify(before.stateDict())));
    restored.loadStateDict(JSON.parse(JSON.stringify(schedule.stateDict())) as never);
    for (let epoch = middle; epoch < lrs.length; epoch++) {
      expectEpoch(optimizer, epoch);
      restored.step(metrics?.[epoch] ?? NaN);
    }
  });
});
