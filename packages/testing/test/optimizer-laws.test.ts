import { type OptimizerStateDict, type SchedulerStateDict, SGD, StepLR } from "@tapegrad/optim";
import { add, div, mul, noGrad, sqrt, square, sub, type Tensor } from "@tapegrad/tensor";
import {
  gradientScaleLaw,
  labelledSets,
  maximizeLaw,
  optimizerKinds,
  type OptimizerLike,
  optimizers,
  resumeLaw,
  scheduleResumeLaw,
  schedules,
  zeroGradientLaw,
} from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const runs = { seed: 5, numRuns: 60 };

async function complaintOf<Ts>(law: fc.IRawProperty<Ts>): Promise<string> {
  const { errorInstance } = (await fc.check(law, runs)) as fc.RunDetails<Ts>;
  return errorInstance instanceof Error ? errorInstance.message : "";
}

/** Optimizers without memory: `p − direction(gradient, p)`. */
function stateless(params: readonly Tensor[], direction: (gradient: Tensor, p: Tensor) => Tensor): OptimizerLike {
  return {
    step: () =>
      noGrad(() => {
        for (const p of params) if (p.grad !== null) p.assign(sub(p, direction(p.grad, p)));
      }),
    stateDict: () => ({}),
    loadStateDict: () => undefined,
  };
}

describe("laws of optimizers find", () => {
  test("zeroGradientLaw: weight decay that nobody asked for", async () => {
    const subject = { make: (params: readonly Tensor[]) => new SGD(params, { lr: 0.1, weightDecay: 0.01 }) };
    expect(await complaintOf(zeroGradientLaw(fc.constant(subject)))).toMatch(
      /^parameter 0 moved by a gradient of zero: 1 of 1 values differ; the worst is element 0.*: expected .*, got /,
    );
  });

  test("maximizeLaw: weight decay that turns around, too", async () => {
    const law = (flaw: boolean): fc.IRawProperty<unknown> =>
      maximizeLaw(
        fc.constant({
          make: (params) => stateless(params, (g, p) => mul(add(g, mul(p, 0.25)), 0.5)),
          makeMaximizing: (params) => stateless(params, (g, p) => mul(add(g, mul(p, flaw ? 0.25 : -0.25)), -0.5)),
        }),
      );
    expect(await complaintOf(law(false))).toBe("");
    expect(await complaintOf(law(true))).toMatch(
      /^maximizing does not move parameter 0 as minimizing the negative does: 1 of 1 values differ; the worst is element 0.*: expected .*, got /,
    );
  });

  test("gradientScaleLaw: eps under the root", async () => {
    const law = (inside: boolean): fc.IRawProperty<unknown> => {
      const make = (params: readonly Tensor[], eps: number): OptimizerLike =>
        stateless(params, (g) => div(mul(g, 0.1), inside ? sqrt(add(square(g), eps)) : add(sqrt(square(g)), eps)));
      return gradientScaleLaw(
        fc.constant({
          make: (params) => make(params, 0.01),
          makeRescaled: (params, factor) => make(params, 0.01 * factor),
        }),
      );
    };
    expect(await complaintOf(law(false))).toBe("");
    expect(await complaintOf(law(true))).toMatch(
      /^gradients \S+ times as large take parameter 0 elsewhere: 1 of 1 values differ.*: expected .*, got /,
    );
  });

  test("resumeLaw: momentum that is not saved", async () => {
    class Forgetful extends SGD {
      override stateDict(): OptimizerStateDict {
        return { ...super.stateDict(), state: {} };
      }
    }
    const subject = { make: (params: readonly Tensor[]) => new Forgetful(params, { lr: 0.1, momentum: 0.9 }) };
    expect(await complaintOf(resumeLaw(fc.constant(subject)))).toMatch(
      /^step 1 after loading the state takes parameter/,
    );
  });

  test("scheduleResumeLaw: an epoch that is not loaded", async () => {
    class Restless extends StepLR {
      override loadStateDict(state: SchedulerStateDict): void {
        super.loadStateDict({ ...state, lastEpoch: 0 });
      }
    }
    const subject = { make: (optimizer: ConstructorParameters<typeof StepLR>[0]) => new Restless(optimizer, 2) };
    expect(await complaintOf(scheduleResumeLaw(fc.constant(subject)))).toMatch(
      / after loading the state, the rates are/,
    );
  });
});

describe("arbitraries", () => {
  test("every optimizer occurs and says what it is", () => {
    const found = fc.sample(optimizers(), 400).map(String);
    for (const kind of optimizerKinds) expect(found.some((text) => text.startsWith(`${kind}(lr `))).toBe(true);
  });

  test("every schedule occurs and says what it is", () => {
    const found = fc.sample(schedules(), 600).map(String);
    const kinds = new Set(found.map((text) => text.slice(0, text.indexOf("("))));
    expect([...kinds].toSorted()).toEqual([
      "ChainedScheduler",
      "ConstantLR",
      "CosineAnnealingLR",
      "CosineAnnealingWarmRestarts",
      "CyclicLR",
      "ExponentialLR",
      "LambdaLR",
      "LinearLR",
      "MultiStepLR",
      "MultiplicativeLR",
      "OneCycleLR",
      "PolynomialLR",
      "ReduceLROnPlateau",
      "SWALR",
      "SequentialLR",
      "StepLR",
    ]);
  });

  test("labelled sets hold as many examples as labels, of the shape that they say", () => {
    fc.assert(
      fc.property(labelledSets(), (set) => {
        expect(set.inputs().shape).toEqual([set.length, ...set.shape]);
        expect([...set.targets().dataSync()]).toEqual(set.labels);
        expect(Math.max(...set.labels)).toBeLessThan(set.classes);
        const all = Array.from({ length: set.length }, (_, i) => [...set.get(i).input.values]).flat();
        expect(all).toEqual([...set.inputs().dataSync()]);
        expect(() => set.get(set.length)).toThrow(RangeError);
      }),
    );
  });
});
