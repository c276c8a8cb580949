import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Batch } from "@tapegrad/data";
import { showDuration, showNumber } from "@tapegrad/inspect/internal";
import { type Tensor, tensor } from "@tapegrad/tensor";
import {
  Accuracy,
  type Callback,
  ConfusionMatrix,
  type EpochReport,
  type StartReport,
  type StepReport,
  type TrainResult,
} from "@tapegrad/train";
import { CsvLog } from "@tapegrad/train/csv-log";
import { JsonLinesLog } from "@tapegrad/train/json-lines-log";
import { TerminalView } from "@tapegrad/train/terminal-view";
import { build } from "esbuild";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Pace } from "../src/views/pace.ts";
import { Series } from "../src/views/series.ts";
import { sparkline } from "../src/views/sparkline.ts";
import { StepReader } from "../src/views/step-reader.ts";
import { pictures, train as trainAtOnce, useFolder } from "./training.ts";

/** Trains for two epochs of six steps, of 10 ms each. */
async function train(...[callbacks, more]: Parameters<typeof trainAtOnce>): Promise<TrainResult> {
  const clock: Callback = { onStep: () => void vi.advanceTimersByTime(10) };
  return trainAtOnce([clock, ...callbacks], more);
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** A stream that keeps what is written. */
function streamOf(more: object): { stream: NodeJS.WriteStream; text(): string } {
  const pieces: string[] = [];
  const stream = Object.assign(new PassThrough(), { columns: 80, hasColors: () => false, ...more });
  stream.on("data", (piece: Buffer) => void pieces.push(piece.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => pieces.join("") };
}

describe("the terminal view", () => {
  test("writes plain lines where there is no terminal", async () => {
    const { stream, text } = streamOf({});
    const slow: Callback = { onStep: () => void vi.advanceTimersByTime(990) };
    const { epochs } = await train([slow, new TerminalView({ stream })]);
    const values = epochs.map(({ loss, validation }) => [loss, validation!.loss!, validation!.metrics["accuracy"]!]);
    const line = (epoch: number): string => {
      const [loss, valid, accuracy] = values[epoch - 1]!.map((value) => showNumber(value as number));
      return `epoch ${epoch}/2: loss ${loss} · validation loss ${valid} · accuracy ${accuracy} (6.0 s)`;
    };
    expect(text().replaceAll(/ · loss 0\.\d{3,4}$/gm, " · loss L")).toBe(
      `${[
        "  epoch 1/2 · step 5/12 · 10 images/s · 7.0 s left · loss L",
        line(1),
        "  epoch 2/2 · step 11/12 · 10 images/s · 1.0 s left · loss L",
        line(2),
        "finished: 2 epochs, 12 steps in 12 s",
      ].join("\n")}\n`,
    );
  });

  test("draws curves, and keeps a line for each epoch, on a terminal; in colour if it has any", async () => {
    const shown = async (hasColors: boolean): Promise<string> => {
      const { stream, text } = streamOf({ isTTY: true, hasColors: () => hasColors });
      const slow: Callback = { onStep: () => void vi.advanceTimersByTime(990) };
      await train([slow, new TerminalView({ stream, unit: "points" })]);
      return text();
    };
    const plain = await shown(false);
    // eslint-disable-next-line no-control-regex
    expect(plain).not.toMatch(/\u001B\[[\d;]*m/);
    const frame = plain.slice(plain.lastIndexOf("epoch 2/2 ━"));
    expect(frame).toMatch(/^epoch 2\/2 ━{24} · step 12\/12 · 10 points\/s · 0\.0 s left\n/);
    expect(frame).toMatch(
      /\nloss {13}[▁-█]{12} {2}0\.\d+\n.*validation loss {2}[▁-█]{2} {2}0\.\d+\n.*accuracy {9}[▁-█]{2} {2}\d/,
    );
    expect(plain).toMatch(/epoch 1\/2: loss 0/);
    expect(plain.endsWith("finished: 2 epochs, 12 steps in 12 s\n")).toBe(true);
    expect(await shown(true)).toContain("\u001B[32mfinished\u001B[0m");
  });

  test("says how training failed, in one line that a terminal cannot be tricked by", async () => {
    const { stream, text } = streamOf({});
    const failing: Callback = {
      onStep: () => {
        throw new Error("no \u001B[31mmore\nand so on");
      },
    };
    await expect(train([failing, new TerminalView({ stream })])).rejects.toThrow("no ");
    expect(text()).toBe("failed after 0.0 s: Error: no  [31mmore\n");
  });
});

describe("logs", () => {
  const folder = useFolder();
  const linesOf = (path: string): string[] => readFileSync(path, "utf8").split("\n");
  const failing: Callback = {
    onStep: () => {
      throw new Error("on purpose");
    },
  };

  test("of epochs, as CSV: a row each, with all digits", async () => {
    const path = join(folder(), "epochs.csv");
    const { epochs } = await train([new CsvLog(path)], { metrics: { 'a "part", right': new Accuracy() } });
    expect(linesOf(path)).toEqual([
      'epoch,step,complete,loss,validation loss,"a ""part"", right",lr,seconds',
      ...epochs.map(({ epoch, step, loss, validation, seconds }) =>
        [epoch, step, true, loss, validation!.loss, Object.values(validation!.metrics)[0], 0.1, seconds].join(","),
      ),
      "",
    ]);
  });

  test("of steps, as CSV", async () => {
    const path = join(folder(), "steps.csv");
    const losses: Tensor[] = [];
    const norms: Tensor[] = [];
    const log = new CsvLog(path, { rows: "steps" });
    const listener: Callback = { onStep: ({ loss, gradNorm }) => void (losses.push(loss), norms.push(gradNorm!)) };
    await train([log, listener], { clipGradNorm: 1, epochs: 1 });
    const [header, ...rows] = linesOf(path);
    expect(header).toBe("epoch,step,loss,lr,gradNorm,examples,seconds");
    const number = (tensor: Tensor): number => tensor.dataSync()[0]!;
    expect(rows).toEqual([
      ...losses.map((loss, i) => [1, i + 1, number(loss), 0.1, number(norms[i]!), 10, ((i + 1) * 10) / 1000].join(",")),
      "",
    ]);
  });

  test("of steps, as CSV, with what is not finite; also of a training that failed", async () => {
    const path = join(folder(), "steps.csv");
    const losses = [Infinity, -Infinity, 0.25];
    const step = (): Tensor => tensor(losses.shift() ?? NaN);
    const log = new CsvLog(path, { rows: "steps" });
    await expect(train([log], { step, loss: null, optimizer: null, steps: 4 })).rejects.toThrow("NaN");
    const rows = linesOf(path).map((line) => line.split(",").slice(0, 3).join());
    expect(rows.slice(0, 5)).toEqual(["epoch,step,loss", "1,1,Infinity", "1,2,-Infinity", "1,3,0.25", "1,4,NaN"]);
  });

  test("as JSON lines: start, steps, epochs with every metric, and the end", async () => {
    const path = join(folder(), "log.jsonl");
    const metrics = { matrix: new ConfusionMatrix(2) };
    const { epochs } = await train([new JsonLinesLog(path)], { metrics, seed: "seed" });
    const rows = linesOf(path)
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { type: string });
    expect(rows.map(({ type }) => type).join(" ")).toBe(
      `start ${"step ".repeat(6)}epoch ${"step ".repeat(6)}epoch end`,
    );
    expect(rows[0]).toEqual({ type: "start", epochs: 2, steps: 12, stepsPerEpoch: 6, seed: "seed" });
    expect(rows[1]).toMatchObject({ epoch: 1, step: 1, lr: [0.1], gradNorm: null, examples: 10, seconds: 0.01 });
    expect(rows.filter(({ type }) => type === "epoch")).toEqual(epochs.map((epoch) => ({ type: "epoch", ...epoch })));
    expect(rows.at(-1)).toEqual({ type: "end", reason: "finished", steps: 12, seconds: 0.12 });
    const failed = join(folder(), "failed.jsonl");
    const after: Callback = { onEpoch: () => Promise.reject(new Error("on purpose")) };
    const log = new JsonLinesLog(failed, { steps: false });
    await expect(train([log, after], { loader: unending(), steps: 2 })).rejects.toThrow("on purpose");
    const [start, epoch, end] = linesOf(failed)
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
    expect([start, epoch]).toMatchObject([
      { steps: 2, stepsPerEpoch: null },
      { type: "epoch", step: 2 },
    ]);
    expect(end).toEqual({ type: "end", error: "Error: on purpose", seconds: 0.02 });
  });

  test("refuse a file that is there, append whole lines to it, or replace it, as told", async () => {
    const path = join(folder(), "epochs.csv");
    await train([new CsvLog(path)]);
    const before = readFileSync(path, "utf8");
    await expect(train([new CsvLog(path)])).rejects.toThrow(
      `${path}: is there already; say existing: "append" or "replace"`,
    );
    expect(readFileSync(path, "utf8")).toBe(before);
    appendFileSync(path, "2,12,true,0.1");
    await train([new CsvLog(path, { existing: "append" })]);
    expect(linesOf(path).map((line) => line.split(",").length)).toEqual([8, 8, 8, 8, 8, 1]);
    expect(readFileSync(path, "utf8").startsWith(before)).toBe(true);
    await expect(train([new CsvLog(path, { rows: "steps", existing: "append" })])).rejects.toThrow(
      `CsvLog: ${path} has the columns epoch,step,complete`,
    );
    await train([new CsvLog(path, { existing: "replace" })]);
    expect(linesOf(path)).toHaveLength(4);
    writeFileSync(path, "half");
    await train([new CsvLog(path, { existing: "append" })]);
    expect(linesOf(path)).toHaveLength(4);
  });

  test("leave no file behind where nothing was written, and name a file that cannot be", async () => {
    const path = join(folder(), "epochs.csv");
    await expect(train([new CsvLog(path), { onStart: () => Promise.reject(new Error("at once")) }])).rejects.toThrow(
      "at once",
    );
    await expect(train([new CsvLog(path), failing])).rejects.toThrow("on purpose");
    expect(existsSync(path)).toBe(false);
    const nowhere = join(folder(), "none/log.jsonl");
    await expect(train([new JsonLinesLog(nowhere)])).rejects.toThrow(
      `${nowhere}: cannot be written: ENOENT: no such file`,
    );
    const metric = { reset() {}, update() {}, compute: () => Promise.resolve(5n) };
    await expect(train([new JsonLinesLog(path)], { metrics: { metric } })).rejects.toThrow(
      "JsonLinesLog: a metric cannot be written as JSON",
    );
  });
});

/** The same batches over and over, which have no number. */
function unending(): AsyncIterable<Batch> {
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) yield* pictures(60, 10);
    },
  };
}

test("whoever imports the loop gets no view with it", async () => {
  const index = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const options = { bundle: true, write: false, metafile: true, packages: "external", format: "esm" } as const;
  const { metafile } = await build({ entryPoints: [index], ...options });
  const files = Object.keys(metafile.inputs);
  expect(files.filter((file) => file.endsWith("loop/fit.ts"))).toHaveLength(1);
  expect(files.filter((file) => file.includes("/views/"))).toEqual([]);
});

test("losses are read together, and in order, whether it is time or there are many", async () => {
  const reader = new StepReader(1);
  reader.start();
  const row = (step: number) => ({
    ...{
      epoch: 1,
      step,
      loss: tensor([step / 4]),
      examples: 2,
      lr: [0.5],
      gradNorm: step % 2 === 0 ? tensor(step) : null,
    },
  });
  expect(await reader.add(row(1))).toEqual([]);
  vi.advanceTimersByTime(1500);
  expect(await reader.add(row(2))).toEqual([
    { epoch: 1, step: 1, loss: 0.25, lr: [0.5], gradNorm: null, examples: 2, seconds: 0 },
    { epoch: 1, step: 2, loss: 0.5, lr: [0.5], gradNorm: 2, examples: 2, seconds: 1.5 },
  ]);
  expect(await reader.rest()).toEqual([]);
  const rows = [];
  for (let step = 3; step <= 300; step++) rows.push((await reader.add(row(step))).length);
  expect(rows.filter((length) => length > 0)).toEqual([256]);
  expect(await reader.rest()).toHaveLength(42);
});

test("the time left counts the validations to come, also after a resume", () => {
  const pace = new Pace({ epochs: 6, steps: 60 } as StartReport);
  expect([pace.examplesPerSecond, pace.secondsLeft]).toEqual([null, null]);
  const stepTo = (epoch: number, from: number, to: number): void => {
    for (let step = from; step <= to; step++) {
      vi.advanceTimersByTime(1000);
      pace.step({ epoch, step, examples: 8 } as StepReport);
    }
  };
  // Epochs 1 to 3 were before.
  stepTo(4, 31, 40);
  expect([pace.examplesPerSecond, pace.secondsLeft]).toEqual([8, 20]);
  vi.advanceTimersByTime(5000);
  pace.epoch({ epoch: 4, seconds: 10 } as EpochReport);
  expect([pace.examplesPerSecond, pace.secondsLeft]).toEqual([8, 20 + 2 * 5]);
  stepTo(5, 41, 45);
  expect([pace.examplesPerSecond, pace.secondsLeft]).toEqual([8, 15 + 2 * 5]);
  expect(new Pace({ epochs: Infinity, steps: Infinity } as StartReport).secondsLeft).toBeNull();
});

test("a series of any length keeps few points, whose weighted mean is that of all values", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9000 }), (count) => {
      const series = new Series();
      for (let i = 1; i <= count; i++) series.add(i, i % 7);
      const { points } = series;
      expect(points.length).toBeLessThanOrEqual(1024);
      expect(points.at(-1)![0]).toBe(count);
      let before = 0;
      const sum = points.reduce((sum, [x, y]) => {
        const part = sum + y * (x - before);
        before = x;
        return part;
      }, 0);
      expect(sum / count).toBeCloseTo(
        Array.from({ length: count }, (_, i) => (i + 1) % 7).reduce((a, b) => a + b) / count,
        8,
      );
    }),
    { numRuns: 30 },
  );
});

test("sparklines scale from least to largest, average what is too long and leave out what is not finite", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([0, 0, 7, 7, 0, 7], 3)).toBe("▁█▅");
  expect(sparkline([2, 2], 5)).toBe("▅▅");
  expect(sparkline([NaN, 1, Infinity, 2], 4)).toBe(" ▁ █");
  expect(sparkline([], 4)).toBe("");
});

test("quantities are short", () => {
  expect([0.04, 9.99, 59.6, 61, 3599.7, 3660, 90_000].map(showDuration)).toEqual([
    "0.0 s",
    "10.0 s",
    "1 min 0 s",
    "1 min 1 s",
    "1 h 0 min",
    "1 h 1 min",
    "25 h 0 min",
  ]);
  expect([0, 1, 0.25, 1234.567, 1e-5, 2.5e7 + 0.5, NaN].map(showNumber)).toEqual([
    ...["0", "1", "0.2500", "1235", "1.00e-5", "2.50e+7", "NaN"],
  ]);
});
