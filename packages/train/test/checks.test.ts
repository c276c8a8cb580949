import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AnomalyError } from "@tapegrad/autograd";
import { type Batch, DataLoader, type Dataset, TensorDataset } from "@tapegrad/data";
import { findLearningRate, overfitOneBatch, type SavableOptimizer } from "@tapegrad/inspect";
import { CrossEntropyLoss, functional, Linear, Module, Sequential } from "@tapegrad/nn";
import { Adam, SGD, StepLR } from "@tapegrad/optim";
import {
  add,
  defaultGenerator,
  exp,
  memoryStats,
  mul,
  noGrad,
  sqrt,
  sub,
  sum,
  tensor,
  Tensor,
  zeros,
} from "@tapegrad/tensor";
import { fit, NaNLossError, type TrainOptimizer, type TrainOptions } from "@tapegrad/train";
import { describe, expect, test } from "vitest";
import { network, points } from "./points.ts";

const loss = new CrossEntropyLoss();
const loaderOf = (dataset: Dataset<Batch> = points(60)): DataLoader<Batch> =>
  new DataLoader(dataset, { batchSize: 10 });
const valuesOf = (model: Module): number[] => [...model.stateDict().values()].flatMap((each) => [...each.dataSync()]);

/** What an optimizer remembers, as numbers. */
function memoryOf(optimizer: SavableOptimizer): unknown {
  return Object.values(optimizer.stateDict().state).map((own) =>
    Object.fromEntries(
      Object.entries(own).map(([name, value]) => [name, value instanceof Tensor ? [...value.dataSync()] : value]),
    ),
  );
}

class Exp extends Module {
  forward(x: Tensor): Tensor {
    return exp(x);
  }
}

class Detach extends Module {
  forward(x: Tensor): Tensor {
    return x.detach();
  }
}

/** Makes a NaN with its step. */
class Spoiling extends SGD {
  override step(): void {
    super.step();
    noGrad(() =>
      this.paramGroups[0]!.params[1]!.assign(tensor(Float32Array.from({ length: 16 }, (_, i) => (i < 3 ? 0 : NaN)))),
    );
  }
}

describe("a loss that is NaN", () => {
  /** Trains a network until it fails, and tells how. */
  async function failure(
    options: Partial<TrainOptions>,
    model = network(),
    optimizer: SavableOptimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }),
  ): Promise<{ error: NaNLossError; model: Module; optimizer: SavableOptimizer }> {
    const error = await fit(model, { loss, optimizer, loader: loaderOf(), steps: 30, seed: 0, ...options }).then(
      () => new Error("it trained to the end"),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(NaNLossError);
    return { error: error as NaNLossError, model, optimizer };
  }

  /** As the cross-entropy, with a root whose gradient at 0 is infinite from a call on. */
  function faultyFrom(first: number): (outputs: Tensor, targets: Tensor) => Tensor {
    let calls = 0;
    const seen = new Map<Tensor, number>();
    return (outputs, targets) => {
      const call = seen.get(targets) ?? ++calls;
      seen.set(targets, call);
      const value = loss.forward(outputs, targets);
      return call < first ? value : sum(sqrt(mul(sub(value, value), value)));
    };
  }

  test("names the op of the backward pass that made it, and leaves everything as it was before that step", async () => {
    const model = network();
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    const schedule = new StepLR(optimizer, 1, { gamma: 0.9 });
    const failed = await failure({ loss: faultyFrom(16), schedule, scheduleEvery: "step" }, model, optimizer);
    expect(failed.error).toMatchObject({ step: 16, op: "div" });
    expect(failed.error.message).toMatch(/^fit: the loss became NaN in step 16: in the backward of sqrt, div made /);
    expect(failed.error.message).toContain("The model is as it was before that step");
    const sound = network();
    const soundOptimizer = new Adam(sound.parameters(), { lr: 0.01 });
    const soundSchedule = new StepLR(soundOptimizer, 1, { gamma: 0.9 });
    const options = { loader: loaderOf(), steps: 15, seed: 0, schedule: soundSchedule, scheduleEvery: "step" } as const;
    await fit(sound, { loss, optimizer: soundOptimizer, ...options });
    expect(valuesOf(model)).toEqual(valuesOf(sound));
    expect(memoryOf(optimizer)).toEqual(memoryOf(soundOptimizer));
  });

  test("names the infinity that came first", async () => {
    const model = new Sequential(new Linear(4, 8), new Exp(), new Linear(8, 3));
    const { error } = await failure({ loss: functional.crossEntropy }, model, new SGD(model.parameters(), { lr: 1e4 }));
    expect(error.op).toBe("exp");
    expect(error.message).toMatch(/in step \d+: exp made Infinity at element \d+ from finite inputs\. /);
    expect(error.cause).toBeInstanceOf(AnomalyError);
  });

  test("names data that holds it", async () => {
    const values = Float32Array.from({ length: 240 }, (_, i) => (i === 125 ? NaN : i / 240));
    const dataset = new TensorDataset(tensor(values, { shape: [60, 4] }), zeros([60], { dtype: "int32" }));
    const { error } = await failure({ loader: loaderOf(dataset) });
    expect(error).toMatchObject({ step: 4, op: null });
    expect(error.message).toContain("in step 4: the batch's inputs held NaN at element 5. ");
  });

  test.each([10, 12])("is seen in the weights, too: after step %i, which is looked at", async (step) => {
    const model = network();
    const { error } = await failure({ loss: faultyFrom(step) }, model);
    expect(error).toMatchObject({ step, op: "div" });
    expect(valuesOf(model).every(Number.isFinite)).toBe(true);
  });

  test("is explained though the loader gives its batches back", async () => {
    const loader = {
      async *[Symbol.asyncIterator]() {
        for await (const batch of loaderOf()) {
          yield batch;
          batch.inputs.dispose();
          batch.targets.dispose();
        }
      },
    };
    const { error } = await failure({ loader, loss: faultyFrom(3) });
    expect(error).toMatchObject({ step: 3, op: "div" });
  });

  test("names a parameter that the optimizer spoiled", async () => {
    const model = network();
    const before = valuesOf(model);
    const { error } = await failure({}, model, new Spoiling(model.parameters(), { lr: 0 }));
    expect(error).toMatchObject({ step: 1, op: null });
    expect(error.message).toContain("in step 1: after the optimizer's step 0.bias held NaN at element 3. ");
    expect(valuesOf(model)).toEqual(before);
  });

  test("is not replayed if it shall stop only, nor with an optimizer that does not say what it remembers", async () => {
    const model = network();
    const sgd = new SGD(model.parameters(), { lr: 0.1 });
    const silent: TrainOptimizer = {
      paramGroups: sgd.paramGroups,
      zeroGrad: () => sgd.zeroGrad(),
      step: () => sgd.step(),
    };
    const failed = [
      await failure({ loss: faultyFrom(14), onNaN: "stop" }),
      await failure({ loss: faultyFrom(14), optimizer: silent }, model),
    ];
    for (const { error } of failed) {
      expect(error).toMatchObject({ step: 18, op: null });
      expect(error.message).toContain("is NaN at step 18 or shortly before");
    }
  });

  test("costs no memory once training has ended", async () => {
    const model = network();
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const buffersAfter = async (onNaN: "explain" | "stop"): Promise<number> => {
      await fit(model, { loss, optimizer, loader: loaderOf(), steps: 25, onNaN });
      for (let i = 0; i < 5; i++) {
        collectGarbage();
        await new Promise((resolve) => setTimeout(resolve));
      }
      return memoryStats().buffers;
    };
    await buffersAfter("stop");
    expect(await buffersAfter("explain")).toBe(await buffersAfter("stop"));
  });
});

describe("findLearningRate", () => {
  test("suggests a rate at which the loss falls, and puts everything back", async () => {
    const model = network();
    const optimizer = new Adam([
      { params: model.parameters().slice(0, 2), lr: 0.05 },
      { params: model.parameters().slice(2), lr: 0.5 },
    ]);
    await fit(model, { loss, optimizer, loader: loaderOf(), steps: 1, seed: 1 });
    const state = (): unknown[] => [
      valuesOf(model),
      memoryOf(optimizer),
      optimizer.paramGroups.map(({ lr }) => lr),
      defaultGenerator().getState(),
    ];
    const before = state();
    const tried: number[][] = [];
    const watched = (outputs: Tensor, targets: Tensor): Tensor => {
      tried.push(optimizer.paramGroups.map(({ lr }) => lr));
      return loss.forward(outputs, targets);
    };
    const { rates, losses, suggested } = await findLearningRate(model, {
      loss: watched,
      optimizer,
      loader: loaderOf(),
    });
    expect(tried.slice(0, rates.length).map(([first]) => first)).toEqual(rates);
    for (const [first, second] of tried) expect(second! / first!).toBeCloseTo(10, 6);
    expect(state()).toEqual(before);
    expect(model.parameters().every(({ grad }) => grad === null)).toBe(true);
    expect(rates).toHaveLength(losses.length);
    expect(rates[0]).toBe(1e-6);
    expect(rates[1]! / rates[0]!).toBeCloseTo(1e6 ** (1 / 99), 6);
    expect(rates).toContain(suggested);
    const at = rates.indexOf(suggested!);
    expect(losses[at + 1]!).toBeLessThan(losses[at - 1]!);
  });

  test("smooths losses as the source does, and ends where they explode", async () => {
    const model = new Linear(1, 1);
    let call = 0;
    // Losses of 1, 2, 3 …: their mean with weights of 0.98ⁿ.
    const growing = (outputs: Tensor): Tensor => add(mul(sum(outputs), 0), ++call);
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const loader = new DataLoader(new TensorDataset(zeros([2, 1]), zeros([2, 1])));
    const { losses, suggested } = await findLearningRate(model, { loss: growing, optimizer, loader, stopAt: 7 });
    expect(losses[2]).toBeCloseTo((3 + 2 * 0.98 + 0.98 ** 2) / (1 + 0.98 + 0.98 ** 2), 5);
    expect(losses.findIndex((each) => each > 7)).toBe(losses.length - 1);
    expect(suggested).toBeNull();
  });

  test("refuses ranges, rates and loaders that give nothing", async () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const find = (options: object): Promise<unknown> =>
      findLearningRate(model, { loss, optimizer, loader: loaderOf(), ...options });
    await expect(find({ from: 1, to: 0.1 })).rejects.toThrow("findLearningRate: from must be below to, got 1 and 0.1");
    await expect(find({ loader: (async function* () {})() })).rejects.toThrow("the loader gave no batch");
    await expect(find({ optimizer: new SGD(model.parameters(), { lr: 0 }) })).rejects.toThrow("groups have no ratios");
    await expect(findLearningRate(network().eval(), { loss, optimizer, loader: loaderOf() })).rejects.toThrow(
      "in eval mode",
    );
  });
});

describe("overfitOneBatch", () => {
  const loader = new DataLoader(points(24), { batchSize: 12 });

  test("tells that a model learns, and puts everything back", async () => {
    const model = network();
    const optimizer = new Adam(model.parameters(), { lr: 0.02 });
    const before = [valuesOf(model), memoryOf(optimizer), defaultGenerator().getState()];
    const { learned, losses, withoutGradient } = await overfitOneBatch(model, { loss, optimizer, loader });
    expect([valuesOf(model), memoryOf(optimizer), defaultGenerator().getState()]).toEqual(before);
    expect(learned).toBe(true);
    expect(losses).toHaveLength(100);
    expect(losses[99]! / losses[0]!).toBeLessThan(0.1);
    expect(withoutGradient).toEqual([]);
  });

  test("names what gets no gradient, but not what is frozen", async () => {
    const model = new Sequential(new Linear(4, 4), new Detach(), new Linear(4, 3), new Linear(3, 3));
    model.parameters()[4]!.requiresGrad = false;
    const optimizer = new SGD(model.parameters(), { lr: 1e-3 });
    const { learned, withoutGradient } = await overfitOneBatch(model, { loss, optimizer, loader, steps: 5 });
    expect(learned).toBe(false);
    expect(withoutGradient).toEqual(["0.weight", "0.bias"]);
  });
});
