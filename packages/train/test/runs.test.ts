import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { DataLoader, type Dataset, prefetch, type Sample } from "@tapegrad/data";
import { loadTorch, readTorch } from "@tapegrad/formats";
import { BatchNorm1d, CrossEntropyLoss, Dropout, Linear, type Module, ReLU, Sequential } from "@tapegrad/nn";
import { Adam, OneCycleLR } from "@tapegrad/optim";
import {
  add,
  crossEntropy,
  FileError,
  full,
  Generator,
  type HostValues,
  manualSeed,
  noGrad,
  type Tensor,
} from "@tapegrad/tensor";
import { trainingResumeLaw, trainings } from "@tapegrad/testing";
import {
  Accuracy,
  BestWeights,
  type Callback,
  EarlyStopping,
  type EpochReport,
  fit,
  NaNLossError,
  RunError,
  Trainer,
  type TrainingState,
  type TrainResult,
} from "@tapegrad/train";
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";

const root = mkdtempSync(join(tmpdir(), "tapegrad-runs-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(root, String(folders++));

/** Points around three centres, with noise that is new in each epoch. */
function points(length: number, noise = 0.7): Dataset<Sample> {
  return {
    length,
    get(index, epoch = 0) {
      const generator = new Generator(`epoch ${epoch} example ${index}`);
      const target = index % 3;
      const value = (_: unknown, i: number): number => noise * generator.normal() + (i === target ? 1.5 : 0);
      return { input: Float32Array.from({ length: 4 }, value), target };
    },
  };
}

const weightsOf = (model: Module): string =>
  [...model.stateDict()].map(([name, each]) => `${name} ${digest(each.dataSync())}`).join("\n");
const digest = (values: HostValues): string =>
  createHash("sha256")
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");

/** A run whose every part has a memory. */
function training(more: { readonly callbacks?: readonly Callback[] } = {}, p = 0.2) {
  manualSeed(1);
  const model = new Sequential(
    new Linear(4, 16),
    new BatchNorm1d(16),
    new ReLU(),
    new Dropout(p),
    new Linear(16, 8),
    new Dropout(0.1, { generator: new Generator("own") }),
    new Linear(8, 3),
  );
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const callbacks: Callback[] = [new EarlyStopping({ patience: 3 }), new BestWeights(model)];
  const options = {
    loss: new CrossEntropyLoss(),
    optimizer,
    schedule: new OneCycleLR(optimizer, { maxLr: 0.05, totalSteps: 40 }),
    scheduleEvery: "step" as const,
    loader: prefetch(new DataLoader(points(43), { batchSize: 5, shuffle: true, seed: 3 })),
    validation: new DataLoader(points(30, 1), { batchSize: 7 }),
    metrics: { accuracy: new Accuracy() },
    accumulate: 2,
    epochs: 4,
    seed: 5,
    average: { kind: "ema", decay: 0.9, validate: true } as const,
    ...more,
    callbacks: [...callbacks, ...(more.callbacks ?? [])],
  };
  return { model, options };
}

const metricsOf = (folder: string): string => readFileSync(join(folder, "metrics.jsonl"), "utf8");

function withoutTime(report: EpochReport): Omit<EpochReport, "seconds"> {
  const { seconds, ...rest } = report;
  expect(seconds).toBeGreaterThan(0);
  return rest;
}

/** What a run came to, but for times. */
function outcome(model: Module, { reason, epochs, steps }: TrainResult<never>): unknown {
  return { reason, steps, epochs: epochs.map(withoutTime), weights: weightsOf(model) };
}

class Crash extends Error {}
const crashAt = (at: number): Callback => ({
  onStep({ step }) {
    if (step === at) throw new Crash();
  },
});

const straight = await (async () => {
  const { model, options } = training();
  const result = await fit(model, options);
  return outcome(model, result as never);
})();

describe("a run that was interrupted goes on to the same bits", () => {
  const whole = newFolder();

  test("and keeping it changes nothing", async () => {
    const { model, options } = training();
    expect(outcome(model, (await fit(model, { ...options, run: whole })) as never)).toEqual(straight);
    expect(readdirSync(whole).sort()).toEqual(["checkpoints", "config.json", "metrics.jsonl"]);
    const file = (await readTorch(join(whole, "checkpoints/last.pt"))) as ReadonlyMap<
      string,
      ReadonlyMap<string, unknown>
    >;
    const config = JSON.parse(readFileSync(join(whole, "config.json"), "utf8")) as Record<
      string,
      Record<string, unknown>
    >;
    expect(Object.fromEntries(file.get("environment")!)).toEqual(config["environment"]);
    expect(file.get("settings")!.get("data")).toBe(config["settings"]!["data"]);
  });

  test.each([1, 2, 5, 6, 9, 12])("by an error in step %i", async (at) => {
    const run = { folder: newFolder(), everySteps: 2 };
    const first = training({ callbacks: [crashAt(at)] });
    await expect(fit(first.model, { ...first.options, run })).rejects.toThrow(Crash);
    manualSeed("elsewhere");
    const second = training();
    const result = await fit(second.model, { ...second.options, run, resume: true });
    expect(outcome(second.model, result as never)).toEqual(straight);
    expect(metricsOf(run.folder)).toBe(metricsOf(whole));
  });

  test("by the signal, by a limit, and by leaving the loop, one after the other", async () => {
    const run = newFolder();
    const abort = new AbortController();
    const stopAt: Callback = { onStep: ({ step }) => void (step === 3 && abort.abort()) };
    const first = training({ callbacks: [stopAt] });
    expect(await fit(first.model, { ...first.options, run, signal: abort.signal })).toMatchObject({
      reason: "aborted",
      steps: 3,
    });
    const second = training();
    expect(await fit(second.model, { ...second.options, run, resume: true, steps: 8 })).toMatchObject({ steps: 8 });
    const third = training();
    for await (const { step } of new Trainer(third.model, { ...third.options, run, resume: true }).steps())
      if (step === 10) break;
    const { model, options } = training();
    expect(outcome(model, (await fit(model, { ...options, run, resume: true })) as never)).toEqual(straight);
    expect(metricsOf(run)).toBe(metricsOf(whole));
    // There is nothing left to do, but to give the model what it had in the end.
    const again = training();
    expect(outcome(again.model, (await fit(again.model, { ...again.options, run, resume: true })) as never)).toEqual(
      straight,
    );
  });

  test("that was ended by a callback stays ended", async () => {
    const run = newFolder();
    const stop: Callback = { onEpoch: ({ epoch }) => (epoch === 2 ? "stop" : undefined) };
    const first = training({ callbacks: [stop] });
    const ended = outcome(first.model, (await fit(first.model, { ...first.options, run })) as never);
    const second = training({ callbacks: [stop] });
    const result = await fit(second.model, { ...second.options, run, resume: true });
    expect(outcome(second.model, result as never)).toEqual(ended);
    expect([result.reason, result.epochs.length]).toEqual(["stopped", 2]);
  });

  test("with modes, frozen parts and buffers as they had become", async () => {
    const freeze: Callback = {
      onEpoch({ epoch }) {
        if (epoch !== 2) return;
        (model.at(1) as BatchNorm1d).freeze();
        model.at(0).requireGrad(false);
      },
    };
    const run = newFolder();
    let { model, options } = training({ callbacks: [freeze] });
    const expected = outcome(model, (await fit(model, options)) as never);
    ({ model, options } = training({ callbacks: [freeze, crashAt(13)] }));
    await expect(fit(model, { ...options, run: { folder: run, everySteps: 3 } })).rejects.toThrow(Crash);
    ({ model, options } = training({ callbacks: [freeze] }));
    const result = await fit(model, { ...options, run, resume: true });
    expect(outcome(model, result as never)).toEqual(expected);
  });
});

describe("a run folder", () => {
  const crashed = async (more: object = {}): Promise<string> => {
    const folder = newFolder();
    const { model, options } = training({ callbacks: [crashAt(12)] });
    await expect(fit(model, { ...options, run: { folder, ...more } })).rejects.toThrow(Crash);
    return folder;
  };
  const resumed = ({ model, options }: ReturnType<typeof training>, run: string): Promise<TrainResult<never>> =>
    fit(model, { ...options, run, resume: true }) as Promise<TrainResult<never>>;

  test("keeps the last checkpoint, the one before, the best, and each so manieth epoch's", async () => {
    const folder = newFolder();
    const { model, options } = training();
    const { epochs } = await fit(model, {
      ...options,
      run: { folder, keepBest: 2, keepEpochs: 3, monitor: "accuracy" },
    });
    const byAccuracy = [...epochs].sort((a, b) => b.validation!.metrics.accuracy - a.validation!.metrics.accuracy);
    const best = byAccuracy.slice(0, 2).map(({ epoch }) => `best-epoch-000${epoch}.pt`);
    expect(readdirSync(join(folder, "checkpoints")).sort()).toEqual([
      ...best.sort(),
      "epoch-0003.pt",
      "last.pt",
      "previous.pt",
    ]);
    const lines = metricsOf(folder)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ trainLoss }) => trainLoss !== undefined)).toEqual(
      epochs.map(withoutTime).map(({ loss, ...each }) => ({ ...each, trainLoss: loss })),
    );
    expect(lines.filter(({ loss }) => loss !== undefined).map(({ step }) => step)).toEqual([10, 20]);
  });

  test("of another model, other data or other options is refused, with what differs", async () => {
    const folder = await crashed({ config: { note: "first" } });
    const run = { folder, config: { note: "first" } };
    const refusal = async (other: ReturnType<typeof training>, more: object = {}): Promise<string> =>
      fit(other.model, { ...other.options, run, resume: true, ...more }).then(
        () => "went on",
        (error: unknown) => (error instanceof RunError ? error.message : String(error)),
      );
    expect(await refusal(training({}, 0.5))).toBe(
      `fit: the run folder ${folder} holds another run:\n  model.4: "  (3): Dropout(p=0.5)" here, "  (3): Dropout(p=0.2)" there`,
    );
    const wider = training();
    expect(
      await refusal({
        ...wider,
        options: {
          ...wider.options,
          loader: new DataLoader(points(43, 0.8), { batchSize: 5, shuffle: true, seed: 3 }),
        } as never,
      }),
    ).toMatch(/holds another run:\n  data: "[0-9a-f]{8}" here, "[0-9a-f]{8}" there$/);
    expect(await refusal(training(), { accumulate: 1, clipGradNorm: 1 })).toContain(
      "another run:\n  accumulate: 1 here, 2 there\n  clipGradNorm: 1 here, null there",
    );
    const loss = (outputs: Tensor, targets: Tensor): Tensor => crossEntropy(outputs, targets);
    expect(await refusal(training(), { loss })).toContain("loss: ");
    const slower = training();
    (slower.options.optimizer as Adam).paramGroups[0]!.eps = 1e-6;
    expect(await refusal(slower)).toContain("optimizer.groups.0.eps: 0.000001 here, 1e-8 there");
    expect(await refusal(training(), { run: { ...run, config: { note: "second" } } })).toContain(
      'config.note: "second" here, "first" there',
    );
    expect(await refusal(training(), { resume: false })).toBe(
      `fit: the run folder ${folder} holds a run already; resume: true goes on with it, another folder begins anew`,
    );
    expect(await refusal(training(), {})).toBe("went on");
  });

  test("is for one training at a time; what a dead process left is taken over and cleaned up", async () => {
    const folder = newFolder();
    const lock = join(folder, "run.lock");
    const rival = training();
    const other = training({
      callbacks: [
        {
          onStep: async ({ step }) => {
            if (step === 2) await expect(resumed(rival, folder)).rejects.toThrow(`is in use by process ${process.pid}`);
          },
        },
        crashAt(7),
      ],
    });
    await expect(fit(other.model, { ...other.options, run: folder })).rejects.toThrow(Crash);
    expect(existsSync(lock)).toBe(false);
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    for (const dead of [JSON.stringify({ pid, host: hostname(), begin: null, token: "x" }), "{", ""]) {
      writeFileSync(lock, dead);
      const strays = ["checkpoints/.tapegrad-0123abcd-1-0123abcd.tmp", ".tapegrad-lock-x.tmp"].map((name) =>
        join(folder, name),
      );
      for (const stray of strays) writeFileSync(stray, "half");
      const { model, options } = training({ callbacks: [crashAt(dead === "" ? 100 : 9)] });
      const result = await fit(model, { ...options, run: folder, resume: true }).catch(() => null);
      expect(result === null).toBe(dead !== "");
      expect([lock, ...strays].map((path) => existsSync(path))).toEqual([false, false, false]);
      if (result !== null) expect(outcome(model, result as never)).toEqual(straight);
    }
    // A living process that is not this one, and one of another machine.
    for (const [holder, message] of [
      [{ pid: process.ppid, host: hostname(), begin: null, token: "y" }, `is in use by process ${process.ppid}`],
      [
        { pid: 1, host: "elsewhere", begin: null, token: "z" },
        "is in use by process 1 on elsewhere; if that is no more, delete run.lock",
      ],
    ] as const) {
      writeFileSync(lock, JSON.stringify(holder));
      await expect(resumed(training(), folder)).rejects.toThrow(message);
      expect(JSON.parse(readFileSync(lock, "utf8"))).toEqual(holder);
    }
  });

  test("goes on from the checkpoint before, if the last is damaged", async () => {
    const folder = await crashed({ everySteps: 1 });
    const last = join(folder, "checkpoints/last.pt");
    const bytes = readFileSync(last);
    const weight = (await loadTorch(last)).get("0.weight")!;
    bytes[bytes.indexOf(new Uint8Array(weight.dataSync().buffer)) + 9]! ^= 1;
    writeFileSync(last, bytes);
    const { model, options } = training();
    expect(outcome(model, (await fit(model, { ...options, run: folder, resume: true })) as never)).toEqual(straight);
    expect(existsSync(join(folder, "checkpoints/damaged.pt"))).toBe(true);
  });

  test("finishes what a process did that was killed between two renames", async () => {
    const folder = await crashed({ everySteps: 1 });
    const name = (file: string): string => join(folder, "checkpoints", file);
    renameSync(name("last.pt"), name("next.pt"));
    const { model, options } = training();
    expect(outcome(model, (await resumed({ model, options }, folder)) as never)).toEqual(straight);
    expect(existsSync(name("next.pt"))).toBe(false);
  });

  test.each([
    [3, "fit: run must be the path of a folder, or an object of options, got 3"],
    ["", 'fit: run: folder must be the path of a folder, got ""'],
    [{}, "fit: run: folder must be a string, got undefined"],
    [{ folder: "x", every: 3 }, "fit: run: unknown option every; expected monitor, mode, folder, everySteps"],
    [{ folder: "x", everySteps: 0 }, "fit: run: everySteps must be"],
    [{ folder: "x", everySeconds: -1 }, "fit: run: everySeconds must be a number of at least 0, got -1"],
    [{ folder: "x", keepBest: -1 }, "fit: run: keepBest must be"],
    [{ folder: "x", config: [] }, "fit: run: config must be a plain object, got []"],
    [{ folder: "x", config: { big: 1n } }, "fit: run: config must be what JSON can hold"],
  ])("of %o is refused before anything is written", async (run, message) => {
    const { model, options } = training();
    await expect(fit(model, { ...options, run: run as never })).rejects.toThrow(message);
    expect(existsSync("x")).toBe(false);
  });

  test("on a full disk keeps its last checkpoint, and training ends with what is wrong", async () => {
    const folder = newFolder();
    const fs = process.getBuiltinModule("node:fs/promises");
    const { open } = fs;
    // Whoever writes a checkpoint once there are two finds the disk full.
    const full = vi.spyOn(fs, "open").mockImplementation(async (path, ...rest) => {
      const handle = await open(path, ...rest);
      if (String(path).includes(".tapegrad-") && existsSync(join(folder, "checkpoints/previous.pt")))
        handle.write = () =>
          Promise.reject(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }));
      return handle;
    });
    const heard: unknown[] = [];
    const first = training({ callbacks: [{ onEnd: (_, error) => void heard.push(error) }] });
    const run = { folder, everySteps: 2 };
    const failure = await fit(first.model, { ...first.options, run }).catch((error: unknown) => error);
    full.mockRestore();
    expect(failure).toBeInstanceOf(FileError);
    expect(String(failure)).toMatch(
      /next\.pt: cannot be written: ENOSPC: no space left on device\. The checkpoint of step 2 stays$/,
    );
    expect(heard).toEqual([failure]);
    expect(readdirSync(join(folder, "checkpoints")).sort()).toEqual(["last.pt", "previous.pt"]);
    const { model, options } = training();
    expect(outcome(model, (await fit(model, { ...options, run: folder, resume: true })) as never)).toEqual(straight);
  });

  test.each([
    ["the loss", () => undefined],
    ["a weight", (weight: Tensor) => noGrad(() => void weight.assign(full(weight.shape, NaN)))],
  ])("keeps the checkpoint from before %s became NaN", async (what, spoil) => {
    const folder = newFolder();
    let step = 1;
    const { model, options } = training({
      callbacks: [
        {
          onStep(report) {
            if (report.step === 3) spoil(model.parameters()[0]!);
            step = report.step + 1;
          },
        },
      ],
    });
    const loss = (outputs: Tensor, targets: Tensor): Tensor =>
      add(crossEntropy(outputs, targets), what === "the loss" && step >= 3 ? NaN : 0);
    await expect(fit(model, { ...options, loss, run: { folder, everySteps: 1 } })).rejects.toThrow(NaNLossError);
    const last = join(folder, "checkpoints/last.pt");
    expect(
      ((await readTorch(last)) as ReadonlyMap<string, ReadonlyMap<string, unknown>>).get("place")!.get("step"),
    ).toBe(2);
    expect([...(await loadTorch(last)).get("0.weight")!.dataSync()].every(Number.isFinite)).toBe(true);
  });

  test.each([
    [Float32Array.of(1, 2), "the metric odd gave a value of type Float32Array; a run keeps"],
    [[{ all: new Map([["a", 1]]) }], "the metric odd gave "],
    [undefined, "the metric odd gave undefined; a run keeps numbers, texts,"],
  ])("refuses a metric that comes to %o, which no checkpoint gives back", async (value, message) => {
    const { model, options } = training();
    const odd = { reset: () => undefined, update: () => undefined, compute: async () => value };
    await expect(fit(model, { ...options, metrics: { odd }, run: newFolder() })).rejects.toThrow(message);
    expect((await fit(model, { ...options, metrics: { odd } })).epochs[0]!.validation!.metrics.odd).toBe(value);
  });

  test("says what is wrong with it", async () => {
    const folder = await crashed();
    truncateSync(join(folder, "metrics.jsonl"), 5);
    await expect(resumed(training(), folder)).rejects.toThrow(
      "metrics.jsonl: is shorter than it was at the last checkpoint",
    );
    writeFileSync(join(folder, "config.json"), "{");
    await expect(resumed(training(), folder)).rejects.toThrow("config.json: is not the JSON of a run's configuration");
    const file = newFolder();
    writeFileSync(file, "");
    await expect(resumed(training(), file)).rejects.toThrow(FileError);
    const { model, options } = training();
    await expect(fit(model, { ...options, resume: true })).rejects.toThrow(
      "fit: resume goes on with a run; give the folder",
    );
    const loader = { [Symbol.asyncIterator]: () => options.loader[Symbol.asyncIterator]() };
    await expect(fit(model, { ...options, loader, run: newFolder() })).rejects.toThrow(
      "fit: loader has no stateDict and loadStateDict, and without them a run cannot go on",
    );
  });
});

describe("the law of training that goes on", () => {
  test("holds for Trainer, with states that go from hand to hand", async () => {
    await fc.assert(
      trainingResumeLaw(
        trainings(),
        ({ model, ...options }) => new Trainer(model, { ...options, onNaN: "stop" } as never),
      ),
      { numRuns: 25 },
    );
  });

  test.each([
    ["generators", { generators: { default: new Generator(9).getState() } }],
    ["the optimizer", { optimizer: null }],
    ["the place in the epoch", { loader: null }],
  ])("finds what forgets %s", async (_, forgotten) => {
    const law = trainingResumeLaw(
      trainings(),
      ({ model, ...options }) => new Trainer(model, { ...options, onNaN: "stop" } as never),
      (state: TrainingState) => ({ ...state, ...forgotten }),
    );
    const { failed, errorInstance, counterexample } = await fc.check(law, { numRuns: 100, endOnFailure: true });
    expect(failed).toBe(true);
    expect(String(errorInstance)).toMatch(/training goes on with the losses|of the resumed model differs/);
    expect(String(counterexample![0])).toMatch(/ by \w+\(/);
  });
});
