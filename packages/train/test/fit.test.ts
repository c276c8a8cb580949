import { backward } from "@tapegrad/autograd";
import { type Batch, DataLoader } from "@tapegrad/data";
import {
  type BatchNorm1d,
  CrossEntropyLoss,
  type Layer,
  Linear,
  ModeError,
  type Module,
  ReLU,
  Sequential,
  functional,
} from "@tapegrad/nn";
import { Adam, ReduceLROnPlateau, SGD, StepLR } from "@tapegrad/optim";
import { manualSeed, mul, noGrad, randn, tensor, type Tensor } from "@tapegrad/tensor";
import { Accuracy, BestWeights, type Callback, EarlyStopping, evaluate, fit, predict, Trainer } from "@tapegrad/train";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { moduleTrees } from "./module-trees.ts";
import { network, points } from "./points.ts";

const loss = new CrossEntropyLoss();
const loaderOf = (count = 60, batchSize = 10): DataLoader<Batch> =>
  new DataLoader(points(count), { batchSize, shuffle: true, seed: 3 });
const validation = (): DataLoader<Batch> => new DataLoader(points(30, 9), { batchSize: 7 });
const weightsOf = (model: Module): number[] => [...model.stateDict().values()].flatMap((each) => [...each.dataSync()]);

test("learns, and measures in eval mode", async () => {
  const model = network();
  const { reason, epochs, steps } = await fit(model, {
    loss,
    optimizer: new Adam(model.parameters(), { lr: 0.02 }),
    loader: loaderOf(),
    epochs: 6,
    validation: validation(),
    metrics: { accuracy: new Accuracy() },
    seed: 0,
  });
  expect({ reason, steps }).toEqual({ reason: "finished", steps: 36 });
  expect(epochs.map(({ epoch, step, complete }) => [epoch, step, complete])).toEqual(
    Array.from({ length: 6 }, (_, i) => [i + 1, 6 * (i + 1), true]),
  );
  const last = epochs.at(-1)!;
  expect(last.loss).toBeLessThan(epochs[0]!.loss / 2);
  expect(last.validation!.metrics.accuracy).toBeGreaterThan(0.9);
  expect(last.validation!.examples).toBe(30);
  const again = await evaluate(model, validation(), { loss, metrics: { accuracy: new Accuracy() } });
  expect(again).toEqual(last.validation);
});

test("a loss is the mean over examples, however they were cut into batches", async () => {
  const model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3));
  const whole = points(30);
  const { inputs, targets } = whole.getBatch(Array.from({ length: 30 }, (_, i) => i));
  const expected = await loss.forward(model.forward(inputs), targets).item();
  const loader = new DataLoader(whole, { batchSize: 7 });
  expect((await evaluate(model, loader, { loss })).loss).toBeCloseTo(expected, 5);
  const still = new SGD(model.parameters(), { lr: 0 });
  const { epochs } = await fit(model, { loss, optimizer: still, loader, validation: loader, epochs: 1 });
  expect(epochs[0]!.loss).toBeCloseTo(expected, 5);
  expect(epochs[0]!.validation!.loss).toBeCloseTo(expected, 5);
});

test("computes what a loop by hand computes, to the bit", async () => {
  const byHand = network();
  const optimizer = new SGD(byHand.parameters(), { lr: 0.1, momentum: 0.9 });
  const schedule = new StepLR(optimizer, 1, { gamma: 0.5 });
  manualSeed("masks");
  const loader = loaderOf();
  for (let epoch = 0; epoch < 2; epoch++) {
    for await (const { inputs, targets } of loader) {
      optimizer.zeroGrad();
      backward(loss.forward(byHand.forward(inputs), targets));
      optimizer.step();
    }
    schedule.step();
  }
  const fitted = network();
  const fittedOptimizer = new SGD(fitted.parameters(), { lr: 0.1, momentum: 0.9 });
  const { epochs } = await fit(fitted, {
    loss,
    optimizer: fittedOptimizer,
    schedule: new StepLR(fittedOptimizer, 1, { gamma: 0.5 }),
    loader: loaderOf(),
    epochs: 2,
    seed: "masks",
    validation: validation(),
  });
  expect(weightsOf(fitted)).toEqual(weightsOf(byHand));
  expect(epochs.map(({ lr }) => lr)).toEqual([[0.1], [0.05]]);
});

test("several batches that make a step are as good as one, the last of an epoch included", async () => {
  const train = async (batchSize: number, accumulate: number): Promise<number[]> => {
    manualSeed(5);
    const model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3));
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    // 23 is a multiple of neither.
    const loader = new DataLoader(points(23), { batchSize });
    const { steps } = await fit(model, { loss, optimizer, loader, epochs: 2, accumulate, clipGradNorm: 0.5 });
    expect(steps).toBe(2 * Math.ceil(23 / (batchSize * accumulate)));
    return weightsOf(model);
  };
  const one = await train(8, 1);
  const four = await train(2, 4);
  four.forEach((value, i) => expect(value).toBeCloseTo(one[i]!, 5));
});

describe("modes", () => {
  const modesOf = (model: Module): boolean[] => model.modules().map(({ training }) => training);

  test("of random trees are as they were, also after errors and aborts; held parts learn no statistics", async () => {
    await fc.assert(
      fc.asyncProperty(moduleTrees, fc.constantFrom("end", "throw", "abort"), async (tree, how) => {
        const model = tree.build();
        const before = modesOf(model);
        const abort = new AbortController();
        const seen: boolean[][] = [];
        const callback: Callback = {
          onStep() {
            seen.push(modesOf(model));
            if (how === "throw") throw new Error("on purpose");
            if (how === "abort") abort.abort();
          },
        };
        const optimizer = new SGD(model.parameters(), { lr: 0.01 });
        const run = fit(model, {
          loss,
          optimizer,
          loader: loaderOf(12, 6),
          validation: validation(),
          epochs: 2,
          callbacks: [callback],
          signal: abort.signal,
        });
        if (before.every((training) => !training)) await expect(run).rejects.toThrow("whole model is in eval mode");
        else if (how === "throw") await expect(run).rejects.toThrow("on purpose");
        else expect((await run).reason).toBe(how === "abort" ? "aborted" : "finished");
        expect(modesOf(model)).toEqual(before);
        for (const each of seen) expect(each).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });

  test("a model wholly in eval mode is refused, with the cure; a part that is held stays held", async () => {
    const model = network().eval();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const options = { loss, optimizer, loader: loaderOf(), epochs: 1 };
    await expect(fit(model, options)).rejects.toThrow(/whole model is in eval mode.* call model\.train\(\) first/i);
    model.train();
    const norm = model.at(1) as BatchNorm1d;
    norm.runningMean!.assign(tensor(new Float32Array(16).fill(7)));
    norm.freeze();
    await fit(model, { ...options, validation: validation() });
    expect(norm.training).toBe(false);
    expect([...norm.runningMean!.dataSync()]).toEqual(Array.from({ length: 16 }, () => 7));
  });

  test("a mode that can hardly be meant is an error inside", async () => {
    const model = network();
    const norm = model.at(1) as BatchNorm1d;
    norm.eval();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    await expect(fit(model, { loss, optimizer, loader: loaderOf(), epochs: 1 })).rejects.toThrow(ModeError);
    // Outside it is what it was.
    const told = vi.spyOn(console, "warn").mockImplementation(() => {});
    noGrad(() => network().forward(randn([4, 4])));
    expect(told).toHaveBeenCalledOnce();
    told.mockRestore();
  });
});

describe("ends", () => {
  const run = (callbacks: readonly Callback[], more: object = {}): Promise<Awaited<ReturnType<typeof fit>>> => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    return fit(model, { loss, optimizer, loader: loaderOf(), epochs: 4, callbacks, ...more });
  };

  test("after so many steps, in mid-epoch or at its end", async () => {
    const within = await run([], { steps: 8, validation: validation() });
    expect([within.reason, within.steps, within.epochs.length]).toEqual(["finished", 8, 2]);
    expect(within.epochs[1]!.validation).not.toBeNull();
    expect((await run([], { epochs: Infinity, steps: 6 })).epochs).toHaveLength(1);
  });

  test("by the signal, after the step under way, without validation", async () => {
    const abort = new AbortController();
    const { reason, steps, epochs } = await run([{ onStep: ({ step }) => void (step === 7 && abort.abort()) }], {
      signal: abort.signal,
      validation: validation(),
    });
    expect([reason, steps]).toEqual(["aborted", 7]);
    expect(epochs.map(({ complete, validation: each }) => [complete, each !== null])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test("by the time limit, after a step", async () => {
    const { reason, steps } = await run([], { maxSeconds: 1e-6, epochs: Infinity });
    expect([reason, steps]).toEqual(["time limit", 1]);
  });

  test("by a callback, and each hears of the end", async () => {
    const heard: unknown[] = [];
    const listener: Callback = { onEnd: (result, error) => void heard.push([result?.reason, error]) };
    const { reason, epochs } = await run([{ onEpoch: ({ epoch }) => (epoch === 2 ? "stop" : undefined) }, listener]);
    expect([reason, epochs.length, heard]).toEqual(["stopped", 2, [["stopped", undefined]]]);
    const failure = new Error("in a callback");
    const failing: Callback = {
      onStep: () => {
        throw failure;
      },
      onEnd: () => {
        throw new Error("at the end, too");
      },
    };
    await expect(run([failing, listener])).rejects.toBe(failure);
    expect(heard[1]).toEqual([undefined, failure]);
  });

  test("when the loop over the steps is left", async () => {
    const heard: unknown[] = [];
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const callbacks: Callback[] = [{ onEnd: (result) => void heard.push(result?.reason, result?.steps) }];
    const trainer = new Trainer(model, { loss, optimizer, loader: loaderOf(), epochs: 1, callbacks });
    for await (const { step, loss: value, examples } of trainer.steps()) {
      expect(await value.item()).toBeGreaterThan(0);
      expect(examples).toBe(10);
      if (step === 3) break;
    }
    expect(heard).toEqual(["left", 3]);
    await expect(trainer.run()).rejects.toThrow("this training has begun before");
  });
});

describe("the best weights", () => {
  /** Runs for five epochs, of which validation says what it is told; at the end come the weights of each epoch and those that are left. */
  async function train(losses: readonly number[], more: Callback, early?: EarlyStopping): Promise<number[][]> {
    const model = network();
    const seen: number[][] = [];
    let epoch = 0;
    const fake = { ...loaderOf(), [Symbol.asyncIterator]: () => validation()[Symbol.asyncIterator]() };
    const told = (outputs: Tensor, targets: Tensor): Tensor =>
      model.training ? loss.forward(outputs, targets) : mul(tensor(1), losses[epoch]!);
    const best = new BestWeights(model);
    await fit(model, {
      loss: told,
      optimizer: new SGD(model.parameters(), { lr: 0.1 }),
      loader: loaderOf(),
      validation: fake,
      epochs: 5,
      callbacks: [
        best,
        { onEpoch: () => void (seen.push(weightsOf(model)), epoch++) },
        more,
        ...(early === undefined ? [] : [early]),
      ],
    }).catch((error: unknown) => {
      if ((error as Error).message !== "crash") throw error;
    });
    expect(best.epoch).toBe(2);
    return [...seen, weightsOf(model)];
  }

  test("come back at the limit, when stopped early, and after an error", async () => {
    const losses = [0.5, 0.25, 0.75, 0.25, 0.5];
    const full = await train(losses, { onStart: () => {} });
    expect(full).toHaveLength(6);
    expect(full.at(-1)).toEqual(full[1]);
    const stopped = await train(losses, { onStart: () => {} }, new EarlyStopping({ patience: 2 }));
    expect(stopped).toHaveLength(5);
    expect(stopped.at(-1)).toEqual(stopped[1]);
    const crash: Callback = {
      onStep: ({ epoch }) => {
        if (epoch === 4) throw new Error("crash");
      },
    };
    const crashed = await train(losses, crash);
    expect(crashed).toHaveLength(4);
    expect(crashed.at(-1)).toEqual(crashed[1]);
  });

  test("a value that is not there is named, with those that are", async () => {
    const model = network();
    const options = { loss, optimizer: new SGD(model.parameters(), { lr: 0.1 }), loader: loaderOf(), epochs: 1 };
    await expect(fit(model, { ...options, callbacks: [new EarlyStopping({ monitor: "accuracy" })] })).rejects.toThrow(
      "EarlyStopping: there is no number accuracy to monitor; the epoch has trainLoss",
    );
  });
});

test("callbacks hear what training sets out to do, and of each step its learning rate and its gradients' norm before clipping", async () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const heard: unknown[] = [];
  const norms: Tensor[] = [];
  const listener: Callback = {
    onStart: ({ model: trained, inspection, ...rest }) =>
      void heard.push(trained === model && inspection.diagnosis === null, rest),
    onStep: ({ lr, gradNorm }) => void (heard.push(...lr), norms.push(gradNorm!)),
  };
  const schedule = new StepLR(optimizer, 1, { gamma: 0.5 });
  const options = { loss, optimizer, schedule, scheduleEvery: "step", loader: loaderOf(), clipGradNorm: 1e-3 } as const;
  await fit(model, { ...options, accumulate: 4, epochs: 2, steps: 3, seed: "s", callbacks: [listener] });
  expect(heard).toEqual([
    true,
    { epochs: 2, steps: 3, stepsPerEpoch: 2, seed: "s", validation: null, before: null },
    0.1,
    0.05,
    0.025,
  ]);
  for (const norm of norms) expect(norm.dataSync()[0]).toBeGreaterThan(0.01);
  heard.length = 0;
  const unknown = { [Symbol.asyncIterator]: () => validation()[Symbol.asyncIterator]() };
  const listening = { callbacks: [{ onStart: listener.onStart! }] };
  await fit(model, { loss, optimizer, loader: unknown, epochs: 1, ...listening });
  expect(heard[1]).toEqual({
    epochs: 1,
    steps: Infinity,
    stepsPerEpoch: null,
    seed: null,
    validation: null,
    before: null,
  });
});

test("ReduceLROnPlateau is given the validation's loss", async () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const schedule = new ReduceLROnPlateau(optimizer, { patience: 0 });
  const flat = (outputs: Tensor, targets: Tensor): Tensor =>
    model.training ? loss.forward(outputs, targets) : tensor(1);
  const options = { loss: flat, optimizer, schedule, loader: loaderOf(), validation: validation(), epochs: 3 };
  const { epochs } = await fit(model, options);
  expect(epochs.map(({ lr }) => lr[0])).toEqual([0.1, 0.1, 0.1 * 0.1]);
});

test("a schedule moves with every step if it is told to, and is given no metric then", async () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const given: unknown[] = [];
  const schedule = { step: (...metric: unknown[]) => void given.push(...(metric.length === 0 ? ["none"] : metric)) };
  await fit(model, { loss, optimizer, schedule, scheduleEvery: "step", loader: loaderOf(), epochs: 2 });
  expect(given).toEqual(Array.from({ length: 12 }, () => "none"));
  given.length = 0;
  const { epochs } = await fit(model, { loss, optimizer, schedule, loader: loaderOf(), epochs: 2 });
  expect(given).toEqual(epochs.map((epoch) => epoch.loss));
});

test("a step of one's own, with what no loader of pictures gives", async () => {
  const model = new Linear(1, 1);
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const batches = Array.from({ length: 20 }, (_, i) => (i % 5) - 2);
  const loader = {
    async *[Symbol.asyncIterator]() {
      yield* batches;
    },
  };
  const { steps, epochs } = await fit(model, {
    loader,
    epochs: 4,
    step: (x) => {
      const error = functional.mseLoss(model.forward(tensor([[x]])), tensor([[3 * x + 1]]));
      optimizer.zeroGrad();
      backward(error);
      optimizer.step();
      return error;
    },
  });
  expect(steps).toBe(80);
  expect(epochs.at(-1)!.loss).toBeLessThan(0.05);
  expect(epochs[0]!.lr).toEqual([]);
});

test("predictions follow each other as the batches do, in eval mode", async () => {
  const model = network();
  const all = await predict(model, validation());
  expect(all.shape).toEqual([30, 3]);
  model.eval();
  const { inputs } = (await validation()[Symbol.asyncIterator]().next()).value as { inputs: Tensor };
  expect([...all.dataSync().slice(0, 21)]).toEqual([...model.forward(inputs).dataSync()]);
});

test("mistakes are refused before anything is trained", async () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const good = { loss, optimizer, loader: loaderOf(), epochs: 1 };
  const before = weightsOf(model);
  const bad: readonly (readonly [object, string | RegExp])[] = [
    [{ ...good, epoch: 3 }, /fit: unknown option epoch; .*did you mean epochs/],
    [{ ...good, loader: 3 }, "fit: loader must be a DataLoader or another async iterable, got 3"],
    [{ ...good, loss: 3 }, "fit: loss must be a function of outputs and targets"],
    [{ ...good, optimizer: {} }, "fit: optimizer must be an optimizer, got"],
    [{ loader: loaderOf(), epochs: 1 }, "fit: expected loss and optimizer, or a step of your own"],
    [{ ...good, step: () => tensor(1) }, "fit: a step of your own takes the place of optimizer"],
    [{ loss, optimizer, loader: loaderOf() }, "fit: say when to end, by epochs, steps or maxSeconds"],
    [
      { ...good, scheduleEvery: "step" },
      "fit: scheduleEvery says how often a schedule moves, and there is no schedule",
    ],
    [{ ...good, metrics: { accuracy: new Accuracy() } }, "fit: metrics are measured in validation, and there is none"],
    [{ ...good, validation: validation(), metrics: { accuracy: Accuracy } }, "fit: metrics.accuracy must be a metric"],
    [
      { ...good, callbacks: [{ onBatch() {} }] },
      "fit: callbacks[0] has onBatch, which nobody calls; there are onStart",
    ],
    [{ ...good, callbacks: [{}] }, "fit: callbacks[0] has none of onStart"],
    [{ ...good, accumulate: 0 }, "fit: accumulate must be"],
    [{ ...good, clipGradNorm: -1 }, "fit: clipGradNorm must be a positive number, got -1"],
    [{ ...good, epochs: 1.5 }, "fit: epochs must be"],
    [{ ...good, schedule: {} }, "fit: schedule must be a schedule"],
  ];
  for (const [options, message] of bad)
    await expect(fit(model, options as typeof good), String(message)).rejects.toThrow(message);
  await expect(fit(3 as never, good)).rejects.toThrow("fit: model must be a Module, got 3");
  await expect(evaluate(model, {} as never)).rejects.toThrow("evaluate: loader must be a DataLoader");
  const empty = { async *[Symbol.asyncIterator]() {} };
  await expect(evaluate(model, empty)).rejects.toThrow("evaluate: the loader gave no batch");
  await expect(predict(model as Layer, empty)).rejects.toThrow("predict: the loader gave no batch");
  await expect(fit(model, { ...good, loader: empty })).rejects.toThrow("fit: the loader gave no batch in epoch 1");
  expect(weightsOf(model)).toEqual(before);
});
