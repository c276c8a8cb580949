import { backward } from "@tapegrad/autograd";
import { checkStep, type Examples, type Fault } from "@tapegrad/inspect";
import { RateWatch } from "@tapegrad/inspect/internal";
import { functional, Linear } from "@tapegrad/nn";
import {
  ChainedScheduler,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  SGD,
  SequentialLR,
  StepLR,
} from "@tapegrad/optim";
import { manualSeed } from "@tapegrad/tensor";
import { beforeEach, expect, test } from "vitest";
import { network, patient, points } from "./patients.ts";

beforeEach(() => void manualSeed(1));

test("schedules that a step moves stay where they are, also such that are soon over", async () => {
  type Made = (optimizer: SGD) => { step(): void; stateDict(): object };
  const found = async (of: Made, length: number | null = null): Promise<readonly unknown[]> => {
    const { model, options } = patient(network());
    const optimizer = options.optimizer as SGD;
    const schedule = of(optimizer);
    const [before, rate] = [schedule.stateDict(), optimizer.paramGroups[0]!.lr];
    const step = ({ inputs, targets }: Examples): void => {
      optimizer.zeroGrad();
      backward(functional.crossEntropy(model.forward(inputs), targets));
      optimizer.step();
      schedule.step();
    };
    const batches = (async function* () {
      for (;;) yield* [points(32), points(32, "b")];
    })();
    const loader = length === null ? null : Object.assign(batches, { length });
    const { findings, hints } = await checkStep(model, { ...options, step, loader });
    expect(schedule.stateDict()).toEqual(before);
    expect(optimizer.paramGroups[0]!.lr).toBe(rate);
    return [...findings.map(({ fault }) => fault), ...hints.map(({ evidence }) => evidence["steps"])];
  };
  const cycle: Made = (optimizer) => new OneCycleLR(optimizer, { maxLr: 0.1, totalSteps: 2 });
  expect(await found(cycle)).toEqual([2]);
  expect(await found(cycle, 2)).toEqual([]);
  expect(await found(cycle, 9)).toEqual(["rateCollapses"]);
  const begun = (totalSteps: number, moves: number): Made => {
    return (optimizer) => {
      const schedule = new OneCycleLR(optimizer, { maxLr: 0.1, totalSteps });
      for (let i = 0; i < moves; i++) schedule.step();
      return schedule;
    };
  };
  expect(await found(begun(100, 95), 9)).toEqual([]);
  expect(await found(begun(8, 3), 9)).toEqual(["rateCollapses"]);
  let moves = 0;
  expect(await found((optimizer) => new LambdaLR(optimizer, () => Math.min(1, ++moves)), 1e7)).toEqual([]);
  expect(moves).toBeLessThan(200_000);
  const warmed: Made = (optimizer) => {
    const warm = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 3 });
    return new SequentialLR([warm, new CosineAnnealingLR(optimizer, 5)], [3]);
  };
  expect(await found(warmed)).toEqual([8]);
  expect(await found(warmed, 8)).toEqual([]);
  const chained: Made = (optimizer) =>
    new ChainedScheduler([new ExponentialLR(optimizer, 0.9), new StepLR(optimizer, 1, { gamma: 0.5 })]);
  expect(await found(chained)).toEqual(["rateCollapses"]);
  expect(await found((optimizer) => new CosineAnnealingLR(optimizer, 1000), 100)).toEqual([]);
  expect(await found((optimizer) => new CosineAnnealingWarmRestarts(optimizer, 5), 100)).toEqual([]);
  expect(await found((optimizer) => new ExponentialLR(optimizer, 0.9999), 100)).toEqual([]);
});

test("a rate that goes down because training ends has not collapsed, however short training is", () => {
  type Made = (optimizer: SGD, steps: number) => { step(): void };
  const model = new Linear(1, 1, { bias: false });
  const fault = (of: Made, taken: number, planned = taken): Fault | null => {
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const schedule = of(optimizer, planned);
    const watch = new RateWatch(model);
    model.weight.grad = model.weight.detach();
    let found: Fault | null = null;
    for (let step = 0; step < taken; step++) {
      optimizer.step();
      found ??= watch.finding?.fault ?? null;
      schedule.step();
    }
    watch.stop();
    return found;
  };
  const sound: Readonly<Record<string, Made>> = {
    cosine: (optimizer, steps) => new CosineAnnealingLR(optimizer, steps),
    line: (optimizer, totalIters) => new LinearLR(optimizer, { startFactor: 1, endFactor: 0, totalIters }),
    cycle: (optimizer, totalSteps) => new OneCycleLR(optimizer, { maxLr: 0.1, totalSteps, cycleMomentum: false }),
    parabola: (optimizer, totalIters) => new PolynomialLR(optimizer, { totalIters, power: 3 }),
    powers: (optimizer, steps) => new ExponentialLR(optimizer, 1e-3 ** (1 / steps)),
    thirds: (optimizer, steps) => new StepLR(optimizer, Math.ceil(steps / 3)),
    milestones: (optimizer, steps) => new MultiStepLR(optimizer, [Math.ceil(steps / 5), Math.ceil((3 * steps) / 5)]),
    restarts: (optimizer, steps) => new CosineAnnealingWarmRestarts(optimizer, Math.ceil(steps / 4)),
    triangles: (optimizer, steps) =>
      new CyclicLR(optimizer, { baseLr: 1e-4, maxLr: 0.1, stepSizeUp: Math.ceil(steps / 6), cycleMomentum: false }),
    root: (optimizer) => new LambdaLR(optimizer, (step) => Math.min((step + 1) / 2, Math.sqrt(2 / (step + 1)))),
    harmonic: (optimizer) => new LambdaLR(optimizer, (step) => 1 / (step + 1)),
    "warm-up and cosine": (optimizer, steps) => {
      const warm = Math.ceil(steps / 10);
      const rise = new LinearLR(optimizer, { startFactor: 1e-3, totalIters: warm });
      return new SequentialLR([rise, new CosineAnnealingLR(optimizer, Math.max(1, steps - warm))], [warm]);
    },
  };
  for (const [name, of] of Object.entries(sound))
    for (const steps of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 30, 300])
      expect(fault(of, steps), `${name} of ${steps}`).toBe(null);
  const millionth: Made = (optimizer, steps) => new ExponentialLR(optimizer, 1e-6 ** (1 / steps));
  for (const steps of [36, 40, 300]) expect(fault(millionth, steps), `down to a millionth in ${steps}`).toBe(null);
  for (const name of ["cosine", "line", "parabola", "powers", "thirds"])
    for (const epochs of [3, 10, 30])
      expect(fault(sound[name]!, 20 * epochs, epochs), `${name} of ${epochs} epochs, each step`).toBe("rateCollapses");
});
