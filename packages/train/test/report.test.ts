import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Batch } from "@tapegrad/data";
import { html, NormWatch } from "@tapegrad/inspect/internal";
import { functional, Linear, type ModeComparison } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { zeros } from "@tapegrad/tensor";
import { Accuracy, type Callback, fit, predict } from "@tapegrad/train";
import { HtmlReport } from "@tapegrad/train/html-report";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { History } from "../src/views/history.ts";
import { inspect } from "../src/views/report/inspect.ts";
import { network, pictures, train, useFolder } from "./training.ts";

describe("the report", () => {
  const folder = useFolder();
  const path = (): string => join(folder(), "report.html");
  const read = (): string => readFileSync(path(), "utf8");
  /** Titles of sections. */
  const sections = (text: string): string[] => [...text.matchAll(/<h2>(.*?)<\/h2>/g)].map((match) => match[1]!);
  const charts = (text: string): string[] => [...text.matchAll(/<h3>(.*?)<\/h3>/g)].map((match) => match[1]!);

  test("shows all there is, needs no network and no JavaScript, and is alone in its folder", async () => {
    await train([new HtmlReport(path(), { pictures: 5 })], { clipGradNorm: 1, seed: "my seed" });
    const text = read();
    expect(sections(text)).toEqual([
      ...["Curves", "Confusion matrix", "Worst pictures", "Train mode against eval mode"],
      ...["Batch norm statistics", "Gradients and updates", "Environment"],
    ]);
    expect(charts(text)).toEqual([
      "Loss",
      "accuracy",
      "Learning rate",
      "Gradient norm",
      "Update / weights",
      "Pace, images/s",
    ]);
    expect(text).not.toMatch(/<script|<link|@import|\bon\w+=/);
    // Names of namespaces are no addresses.
    expect(text.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:|(?:src|href)="(?!data:image\/png)/);
    expect(text.match(/<img src="data:image\/png;base64,/g)).toHaveLength(5);
    expect(text).toContain("my seed");
    expect(text.length).toBeLessThan(100_000);
    expect(readdirSync(folder())).toEqual(["report.html"]);
  });

  test("of a run that goes on shows it from its beginning", async () => {
    const run = join(folder(), "run");
    let seen: History;
    const watch: Callback = {
      onStart: (report) => void (seen = new History(report)),
      onStep: async (report) => void (await seen.step(report)),
      onEpoch: (report) => seen.epoch(report),
      onEnd: () => seen.end(),
    };
    const points = (name: string): number[] => seen.values.get(name)!.points.map(([step]) => step);
    await train([watch], { run, epochs: 4, steps: 15 });
    expect(seen!.loss.points.map(([step]) => step)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    const tenth = seen!.loss.points[9]!;
    await train([watch], { run, epochs: 4, resume: true });
    // Of the steps before, the run's metrics have every tenth.
    expect(seen!.loss.points.map(([step]) => step)).toEqual([10, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
    expect(seen!.loss.points[0]![1]).toBeCloseTo(tenth[1], 6);
    expect(seen!.lr[0]!.points).toHaveLength(10);
    expect(points("validation loss")).toEqual([6, 12, 18, 24]);
    expect(seen!.epochs).toBe(4);
  });

  test("shows what was recorded and watched, if it was asked for", async () => {
    const { inspection } = await train([new HtmlReport(path(), { pictures: 0 })], {
      record: true,
      diagnose: { steps: 5 },
    });
    const text = read();
    expect(sections(text)).toEqual([
      ...["Diagnosis", "Curves", "Confusion matrix", "Train mode against eval mode", "Batch norm statistics"],
      ...["Running statistics", "Activations and gradients", "Update ratios", "Gradients and updates", "Environment"],
    ]);
    expect(text.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/<script|https?:|undefined/);
    expect(inspection.recorder!.steps).toBe(12);
    // Validation is in eval mode, and what comes after the last callback is not recorded.
    expect(inspection.recorder!.whoMoved("1", { while: "evaluating" }).calls).toEqual([]);
    expect((await inspection.layers!.history()).steps).toEqual([1]);
  });

  test("escapes whatever comes from users", async () => {
    const evil = `<img src=x onerror="alert('1')">&`;
    const classes = [`${evil}zero`, `${evil}one`];
    const metrics = { [`${evil}metric`]: new Accuracy() };
    await train([new HtmlReport(path(), { title: `${evil}title`, unit: `${evil}unit`, classes })], {
      metrics,
      seed: evil,
    });
    const text = read();
    const escaped = "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;";
    for (const name of ["title", "unit", "zero", "one", "metric", "</td>"])
      expect(text.replaceAll(/\s+</g, "<"), name).toContain(`${escaped}${name}`);
    expect(text).not.toContain("<img src=x");
  });

  test("of a training that failed says how, and leaves the model alone", async () => {
    const failing = { onStep: ({ step }: { step: number }) => step === 9 && Promise.reject(new Error("<b>no more")) };
    const report = new HtmlReport(path());
    await expect(train([failing as object, report] as never)).rejects.toThrow("no more");
    const text = read();
    expect(text).toContain("<pre>Error: &lt;b&gt;no more</pre>");
    expect(text).toMatch(/class="badge failed"\s*>failed</);
    expect(sections(text)).toEqual(["Curves", "Batch norm statistics", "Gradients and updates", "Environment"]);
  });

  test("of a model that is no classifier has no classes, and a validation that fails does not cost the report", async () => {
    const model = new Linear(2, 1);
    let epoch = 0;
    const batch: Batch = { inputs: zeros([4, 2]), targets: zeros([4, 1]) };
    const broken: AsyncIterable<Batch> = {
      async *[Symbol.asyncIterator]() {
        if (++epoch === 4) throw new Error("the disk is gone");
        yield batch;
      },
    };
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const loader = {
      [Symbol.asyncIterator]: async function* () {
        yield batch;
      },
    };
    const options = { loss: functional.mseLoss, optimizer, loader, validation: broken };
    await fit(model, { ...options, epochs: 1, callbacks: [new HtmlReport(path())] });
    expect(sections(read())).toEqual([
      "Curves",
      "Train mode against eval mode",
      "Gradients and updates",
      "Environment",
    ]);
    await fit(model, { ...options, epochs: 1, callbacks: [new HtmlReport(path())] });
    expect(read()).toContain("Predictions could not be looked at: Error: the disk is gone");
  });

  test("that cannot be written is refused before training, and names the file", async () => {
    const nowhere = join(folder(), "none/report.html");
    let steps = 0;
    await expect(train([new HtmlReport(nowhere), { onStep: () => void steps++ }])).rejects.toThrow(
      `${nowhere}: cannot be written: ENOENT: no such file`,
    );
    expect(steps).toBe(0);
  });
});

test("worst pictures and the confusion matrix are those of all predictions, however they are cut into batches", async () => {
  const model = network();
  const scores = await predict(model, pictures(30, 7));
  const all = await pictures(30, 30)[Symbol.asyncIterator]().next();
  const { inputs, targets } = all.value as Batch;
  const [values, labels, given] = [scores.dataSync(), targets.dataSync(), inputs.dataSync()];
  const losses = Array.from(labels, (label, i) => {
    const [a, b] = [values[2 * i]!, values[2 * i + 1]!];
    return {
      index: i,
      loss: Math.log(Math.exp(a) + Math.exp(b)) - values[2 * i + label]!,
      taken: b > a ? 1 : 0,
      label,
    };
  });
  const matrix = [0, 1].map((i) =>
    [0, 1].map((j) => losses.filter(({ label, taken }) => label === i && taken === j).length),
  );
  losses.sort((a, b) => b.loss - a.loss);
  for (const batchSize of [30, 7]) {
    const found = await inspect(model, pictures(30, batchSize), { mostExamples: 30, mostPictures: 6, mostCompared: 4 });
    expect(found.confusion).toEqual(matrix);
    expect((found.comparison as ModeComparison).count).toBe(4);
    expect(found.worst.map(({ index }) => index)).toEqual(losses.slice(0, 6).map(({ index }) => index));
    found.worst.forEach(({ loss, index, values, targetProbability }, i) => {
      expect(loss).toBeCloseTo(losses[i]!.loss, 5);
      expect(targetProbability).toBeCloseTo(Math.exp(-loss), 10);
      expect([...values]).toEqual([...given.slice(16 * index, 16 * index + 16)]);
    });
  }
  const some = await inspect(model, pictures(30, 7), { mostExamples: 8, mostPictures: 0, mostCompared: 0 });
  expect([some.examples, some.worst, some.comparison]).toEqual([14, [], null]);
});

test("norms are those of gradients, updates and weights of the step at which they were measured", async () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.5 });
  let history: History | null = null;
  const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
  const callback = {
    onStart: (report: ConstructorParameters<typeof History>[0]) => void (history = new History(report)),
    onStep: async (report: Parameters<History["step"]>[0]) => {
      await history!.step(report);
      if (report.step !== 20) return;
      await history!.end();
      const { step, parameters } = history!.lastNorms!;
      expect([step, parameters.map(({ name }) => name)]).toEqual([20, model.namedParameters().map(([name]) => name)]);
      for (const [i, [, parameter]] of model.namedParameters().entries()) {
        const gradient = norm(parameter.grad!.dataSync());
        expect(parameters[i]!.gradient).toBeCloseTo(gradient, 5);
        expect(parameters[i]!.update).toBeCloseTo(0.5 * gradient, 5);
        expect(parameters[i]!.weight).toBeCloseTo(norm(parameter.dataSync()), 4);
      }
    },
  };
  await train([callback], { optimizer, epochs: 4 }, model);
  expect(history!.updateRatio.points.map(([step]) => step)).toEqual([1, 20]);
});

test("norms are measured ever less often", async () => {
  const model = new Linear(1, 1);
  const watch = new NormWatch(model, 2);
  for (let step = 1; step <= 400; step++) watch.step(step);
  const steps = (await watch.take()).map(({ step }) => step);
  expect([steps[0], steps[1], steps[49], steps[50], steps[99], steps[100], steps.at(-1)]).toEqual([
    ...[1, 2, 98, 100, 296, 304, 400],
  ]);
  watch.stop();
  const resumed = new NormWatch(model, 20);
  for (let step = 31; step <= 60; step++) resumed.step(step);
  expect((await resumed.take()).map(({ step }) => step)).toEqual([40, 60]);
  resumed.stop();
});

test("looking changes nothing: the weights are the same bits", async () => {
  const weights = async (callbacks: readonly Callback[]): Promise<number[][]> => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    await train(callbacks, { optimizer, epochs: 4, clipGradNorm: 1, seed: 0 }, model);
    return [...model.stateDict().values()].map((each) => [...each.dataSync()]);
  };
  let history: History | null = null;
  const view: Callback = {
    onStart: (report) => void (history = new History(report)),
    onStep: async (report) => void (await history!.step(report)),
    onEpoch: (report) => history!.epoch(report),
    onEnd: () => history!.end(),
  };
  expect(await weights([view])).toEqual(await weights([]));
});

test("text is never markup", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`<>&"'/ a\u0000\u001B\uFFFF`) }), (text) => {
      const { text: made } = html`<p title="${text}">${text}</p>`;
      const inside = made.slice('<p title="'.length, -"</p>".length);
      expect(inside.replace('">', "")).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
    }),
  );
  expect(html`${[html`<b>${"<"}</b>`, null, 3]}`.text).toBe("<b>&lt;</b>3");
});
