import { backward } from "@tapegrad/autograd";
import { type Batch, DataLoader } from "@tapegrad/data";
import type { Finding } from "@tapegrad/inspect";
import { CrossEntropyLoss, type Layer, Linear, type Module, Sequential } from "@tapegrad/nn";
import { CosineAnnealingLR, SGD, StepLR } from "@tapegrad/optim";
import { manualSeed, mul, roll, type Tensor } from "@tapegrad/tensor";
import { type Callback, fit } from "@tapegrad/train";
import { beforeEach, describe, expect, test } from "vitest";
import { network, points } from "./points.ts";

beforeEach(() => void manualSeed(1));

const loss = new CrossEntropyLoss();
const loaderOf = (count = 60, batchSize = 10): DataLoader<Batch> =>
  new DataLoader(points(count), { batchSize, shuffle: true, seed: 3 });
const weightsOf = (model: Module): number[] => [...model.stateDict().values()].flatMap((each) => [...each.dataSync()]);

describe("record", () => {
  const options = (model: Layer) => ({
    loss,
    optimizer: new SGD(model.parameters(), { lr: 0.1 }),
    loader: loaderOf(20),
    steps: 4,
  });

  test("changes nothing, and ends with training", async () => {
    const models = [false, true, { steps: 2 }].map((record) => ({ record, model: network() }));
    const state = models[0]!.model.stateDict({ copy: true });
    const weights: number[][] = [];
    for (const { record, model } of models) {
      model.loadStateDict(state);
      const { inspection } = await fit(model, { ...options(model), record, seed: 1 });
      weights.push(weightsOf(model));
      if (record === false) expect(inspection).toEqual({ diagnosis: null, recorder: null, layers: null });
      else expect(inspection.recorder!.steps).toBe(4);
      await fit(model, options(model));
      if (record !== false) expect(inspection.recorder!.steps).toBe(4);
    }
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
  });

  test("without batch norms there is no recorder; options are checked before the first step", async () => {
    const model = new Sequential(new Linear(4, 3));
    const { inspection } = await fit(model, { ...options(model), record: true });
    expect(inspection.recorder).toBe(null);
    expect((await inspection.layers!.history()).layers.map(({ name }) => name)).toEqual(["0"]);
    await expect(fit(model, { ...options(model), record: 3 as never })).rejects.toThrow(
      "fit: record must be true, false or options of recordStatistics, got 3",
    );
    const normed = network();
    await expect(fit(normed, { ...options(normed), record: { bytes: 0 } })).rejects.toThrow("bytes");
  });
});

describe("diagnose", () => {
  const options = (model: Layer) => ({
    loss,
    optimizer: new SGD(model.parameters(), { lr: 0.1 }),
    loader: loaderOf(),
    steps: 3,
  });

  const given = (batches: () => readonly Batch[]): AsyncIterable<Batch> => ({
    async *[Symbol.asyncIterator]() {
      yield* batches();
    },
  });

  test("says what is wrong before the first step, and changes nothing", async () => {
    const [plain, diagnosed] = [network(), network()];
    diagnosed.loadStateDict(plain.stateDict({ copy: true }));
    await fit(plain, { ...options(plain), seed: 1 });
    let known: unknown = null;
    const callbacks: Callback[] = [
      { onStep: () => undefined, onEnd: (result) => void (known = result!.inspection.diagnosis) },
    ];
    const { inspection } = await fit(diagnosed, {
      ...options(diagnosed),
      seed: 1,
      diagnose: true,
      record: true,
      callbacks,
    });
    expect(known).toBe(inspection.diagnosis);
    expect(inspection.diagnosis!.checks.map(({ check }) => check)).toContain("checkOverfit");
    expect(weightsOf(diagnosed)).toEqual(weightsOf(plain));
    // What the diagnosis tried is not in the recording.
    expect(inspection.recorder!.steps).toBe(3);
    const { events, layers } = inspection.recorder!.recording();
    expect(events).toHaveLength(3 * layers.length);
  });

  test("names a fault", async () => {
    const model = network();
    const forgotten = new SGD(model.parameters().slice(0, -2), { lr: 0.1 });
    const { inspection } = await fit(model, { ...options(model), optimizer: forgotten, diagnose: { steps: 10 } });
    const { healthy, findings } = inspection.diagnosis!;
    expect(healthy).toBe(false);
    expect(findings.map(({ fault }) => fault)).toContain("notInOptimizer");
  });

  test("looks at the first batches, and at validation, when they come", async () => {
    const [batch, other, third] = [0, 1, 2].map((seed) => points(48, seed).getBatch([...new Array(48).keys()])) as [
      Batch,
      Batch,
      Batch,
    ];
    const found = async (loader: readonly Batch[], validation: Batch): Promise<readonly unknown[]> => {
      const model = network();
      const { inspection } = await fit(model, {
        ...options(model),
        loader: given(() => loader),
        validation: given(() => [validation]),
        steps: 2 * loader.length,
        diagnose: { steps: 5 },
      });
      return inspection.diagnosis!.findings.map(({ fault }) => fault);
    };
    const again = (): Batch => ({ ...batch, inputs: mul(batch.inputs, 1) });
    expect(await found([batch, other], third)).toEqual([]);
    expect(await found([batch], third)).toEqual([]);
    expect(await found([batch, again()], third)).toEqual(["sameBatch"]);
    expect(await found([batch, other], { ...third, inputs: mul(third.inputs, 10) })).toEqual(["heldOutScale"]);
  });

  test("remembers examples: labels that change, validation that was learned from, or that is another each time", async () => {
    const [batch, other] = [0, 1].map((seed) => points(48, seed).getBatch([...new Array(48).keys()])) as [Batch, Batch];
    const found = async (
      epochOf: (epoch: number) => readonly Batch[],
      validationOf: (epoch: number) => Batch = () => ({ ...other, inputs: mul(other.inputs, 1.1) }),
    ): Promise<{ readonly findings: readonly Finding[]; readonly hints: readonly Finding[] }> => {
      const model = network();
      let [epochs, validations] = [0, 0];
      const { inspection } = await fit(model, {
        loss,
        optimizer: new SGD(model.parameters(), { lr: 0.1 }),
        loader: given(() => epochOf(++epochs)),
        validation: given(() => [validationOf(++validations)]),
        epochs: 2,
        diagnose: { steps: 5 },
      });
      const { findings, hints } = inspection.diagnosis!;
      return { findings, hints: hints.filter(({ fault }) => fault !== "uselessBias") };
    };
    const both = (): readonly Batch[] => [batch, other];
    const apart = (epoch: number): readonly Batch[] =>
      epoch === 2 ? [batch, { ...other, targets: roll(other.targets, 1, 0) }] : [other, batch];
    expect(await found(both)).toEqual({ findings: [], hints: [] });
    const labels = { fault: "labelsApart", evidence: { step: 4, epoch: 2 } };
    expect(await found(apart)).toMatchObject({ findings: [labels], hints: [] });
    expect(await found(both, () => other)).toMatchObject({ findings: [{ fault: "heldOutSeen" }], hints: [] });
    const noisy = (epoch: number): Batch => ({ ...other, inputs: mul(other.inputs, 1 + 0.1 * epoch) });
    expect(await found(both, noisy)).toMatchObject({ findings: [], hints: [{ fault: "validationChanges" }] });
  });

  const foundIn = async (change: (optimizer: SGD, model: Module) => object): Promise<readonly unknown[]> => {
    const model = network();
    const common = options(model);
    const diagnosed = { ...common, diagnose: { steps: 5 }, steps: 6, ...change(common.optimizer, model) };
    const { inspection } = await fit(model, diagnosed);
    return inspection.diagnosis!.findings.map(({ fault }) => fault);
  };

  test("tells of gradients that are clipped to nothing", async () => {
    expect(await foundIn(() => ({ clipGradNorm: 1e-5 }))).toEqual(["gradientsLost"]);
    expect(await foundIn(() => ({ clipGradNorm: 1 }))).toEqual([]);
  });

  test("tells of a rate that collapses, while training goes on", async () => {
    const moved = (schedule: object): object => ({ schedule, scheduleEvery: "step" });
    expect(await foundIn((optimizer) => moved(new StepLR(optimizer, 1)))).toEqual(["rateCollapses"]);
    const late = (optimizer: SGD, steps: number): object => ({ ...moved(new StepLR(optimizer, 4)), steps });
    // A tenth after 4 steps, so it must be no more for 16 others.
    expect(await foundIn((optimizer) => late(optimizer, 19))).toEqual([]);
    expect(await foundIn((optimizer) => late(optimizer, 20))).toEqual(["rateCollapses"]);
    const wave = (optimizer: SGD, tMax: number): object => ({
      ...moved(new CosineAnnealingLR(optimizer, tMax)),
      steps: 20,
    });
    expect(await foundIn((optimizer) => wave(optimizer, 4))).toEqual(["rateCollapses"]);
    expect(await foundIn((optimizer) => wave(optimizer, 20))).toEqual([]);
    const both = await foundIn((optimizer) => ({ ...moved(new StepLR(optimizer, 1)), clipGradNorm: 1e-5 }));
    expect(both).toEqual(["gradientsLost", "rateCollapses"]);
  });

  test("follows the rate of a step of one's own", async () => {
    const own = (optimizer: SGD, model: Module, schedule: { step(): void }): object => ({
      optimizer: null,
      steps: 24,
      step: ({ inputs, targets }: Batch): Tensor => {
        optimizer.zeroGrad();
        const value = loss.forward((model as Layer).forward(inputs), targets);
        backward(value);
        optimizer.step();
        schedule.step();
        return value;
      },
    });
    const steps = await foundIn((optimizer, model) => own(optimizer, model, new StepLR(optimizer, 2)));
    expect(steps).toEqual(["rateCollapses"]);
    const cosine = await foundIn((optimizer, model) => own(optimizer, model, new CosineAnnealingLR(optimizer, 24)));
    expect(cosine).toEqual([]);
  });

  test("a schedule that ends near 0 because training ends is sound, however short that is", async () => {
    const cosine = (optimizer: SGD, steps: number): object => ({
      schedule: new CosineAnnealingLR(optimizer, steps),
      scheduleEvery: "step",
      steps,
    });
    for (const steps of [3, 6, 10]) expect(await foundIn((optimizer) => cosine(optimizer, steps))).toEqual([]);
  });

  test("a schedule of epochs may fall at their ends, for long", async () => {
    const found = await foundIn((optimizer) => ({ schedule: new StepLR(optimizer, 1), steps: 48 }));
    expect(found).toEqual([]);
  });

  test("needs the loss, and options that diagnose knows", async () => {
    const model = network();
    const step = ({ inputs, targets }: Batch): Tensor => loss.forward(model.forward(inputs), targets);
    await expect(fit(model, { step, loader: loaderOf(), steps: 1, diagnose: true })).rejects.toThrow(
      "fit: diagnose needs to know the loss, beside a step of your own",
    );
    await expect(fit(model, { ...options(model), diagnose: { stepz: 3 } as never })).rejects.toThrow("stepz");
    await expect(fit(model, { ...options(model), diagnose: "yes" as never })).rejects.toThrow(
      "true, false or options of diagnose",
    );
  });
});
