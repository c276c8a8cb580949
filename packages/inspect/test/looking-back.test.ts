import { backward } from "@tapegrad/autograd";
import {
  checkLaw,
  recordStatistics,
  type StatisticsRecorder,
  type StatisticsRecording,
  timelineSvg,
} from "@tapegrad/inspect";
import { BatchNorm1d, BatchNorm2d, evaluating, registerForwardHook, Sequential, setModeGuard } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import {
  add,
  crossEntropy,
  fromHost,
  manualSeed,
  mul,
  noGrad,
  randn,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/tensor";
import { batchNormRuns } from "@tapegrad/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EventRing } from "../src/recorder/event-ring.ts";
import { learn, network } from "./networks.ts";
import { complaintsOf, mistakes, recordedTrainings } from "./recorded-trainings.ts";

let warn: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  manualSeed(5);
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => void warn.mockRestore());

describe("going back", () => {
  test("to a step gives the predictions of that step, bit by bit, also with statistics forgotten in between", () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0 });
    const recorder = recordStatistics(model);
    const x = randn([5, 4]);
    const predict = (): readonly number[] => [...evaluating(model, () => noGrad(() => model.forward(x))).dataSync()];
    const then = [predict()];
    for (let step = 0; step < 5; step++) {
      learn(model, optimizer);
      then.push(predict());
      noGrad(() => model.forward(randn([8, 4])));
    }
    expect(new Set(then.map(String)).size).toBe(6);
    for (const step of [3, 0, 5, 1]) {
      recorder.restore(step);
      expect(predict()).toEqual(then[step]);
    }
    const { events } = recorder.recording();
    expect(events.findLast((event) => event.event === "change")).toMatchObject({
      kind: "put back",
      by: "recorder.restore",
    });
    recorder.stop();
    recorder.restore(2);
    expect(predict()).toEqual(then[2]);
  });

  test("is to a step or to an event that the ring still holds", () => {
    const model = network();
    const norm = model.at(1) as BatchNorm1d;
    const recorder = recordStatistics(model, { bytes: 1000 });
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const after: (readonly number[])[] = [];
    for (let step = 0; step < 9; step++) {
      learn(model, optimizer);
      after.push([...norm.runningVar!.dataSync()]);
    }
    const { dropped, events, steps } = recorder.recording();
    expect([steps, dropped + events.length, dropped > 0]).toEqual([9, 18, true]);
    const first = events[0]!.step + (events[0]!.layer === "1" ? 0 : 1);
    for (let step = first; step <= 9; step++) expect(recorder.at(step).get("1")!.variance).toEqual(after[step - 1]);
    expect(recorder.at({ event: dropped - 1 }).get("1")!.variance).toEqual(
      events.find(({ layer }) => layer === "1")!.before.variance,
    );
    expect(() => recorder.at(first - 1)).toThrow(
      `recorder.at: step ${first - 1} is no longer recorded; the first one that is whole is ${first}.`,
    );
    expect(() => recorder.at({ event: dropped - 2 })).toThrow(/no longer recorded/);
    expect(() => recorder.restore(10)).toThrow("recorder.restore: there were 9 steps so far, got step 10");
    expect(() => recorder.at({ event: 18 })).toThrow("there were 18 events so far");
    expect(() => recorder.at(-1)).toThrow(/step/);
    expect(() => recorder.at({} as { event: number })).toThrow(/event/);
    expect(String(recorder)).toContain(`${events.length} events held, ${dropped} dropped; 9 steps.`);
    expect(recorder.whoMoved("1").calls).toMatchObject([{ calls: 9, first: { step: 0, index: 0 }, last: { step: 8 } }]);
  });

  test("goes no further than the steps that were asked for", () => {
    const model = network();
    const recorder = recordStatistics(model, { steps: 2 });
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    for (let step = 0; step < 6; step++) learn(model, optimizer);
    expect(recorder.recording().events.map(({ step }) => step)).toEqual([4, 4, 5, 5]);
    expect(() => recorder.at(3)).toThrow(/the first one that is whole is 4/);
  });
});

describe("whoMoved", () => {
  /** Training in which validation forgets eval mode from a step on. */
  function forgetful(from: number): StatisticsRecorder {
    const model = network();
    const recorder = recordStatistics(model, { bytes: 2000 });
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    for (let step = 1; step <= 12; step++) {
      learn(model, optimizer);
      const look = (): Tensor => noGrad(() => model.forward(randn([8, 4])));
      if (step < from) evaluating(model, look);
      else look();
    }
    return recorder;
  }

  test("names the line and the step, also when the ring has dropped them", () => {
    const recorder = forgetful(3);
    expect(recorder.recording().events[0]!.step).toBeGreaterThan(5);
    const movers = recorder.whoMoved("4", { while: "evaluating" });
    expect(movers.calls).toMatchObject([{ calls: 10, mode: "train", first: { step: 3 }, last: { step: 12 } }]);
    expect(movers.calls[0]!.place).toMatch(/^packages\/inspect\/test\/looking-back\.test\.ts:\d+:\d+$/);
    expect(String(movers)).toMatch(
      /^The running statistics of 4 were moved while evaluating:\n {2}packages\/inspect\/test\/looking-back\.test\.ts:\d+:\d+ moved them 10 times while evaluating, from step 3 to step 12: the layer was in train mode, and gradients were not recorded$/,
    );
    expect(String(recorder)).toMatch(
      /Moved while evaluating, from step 3 on, by .*: 1, 4\. gradients were not recorded\.$/,
    );
    expect(recorder.timeline()).toContain('fill="#fca5a5"><title>');
  });

  test("finds nothing where nothing is wrong, and refuses names and words that there are not", () => {
    const recorder = forgetful(99);
    expect(recorder.whoMoved("4", { while: "evaluating" })).toMatchObject({ calls: [], changes: [] });
    expect(String(recorder.whoMoved("4", { while: "evaluating" }))).toBe(
      "Nothing moved the running statistics of 4 while evaluating.",
    );
    expect(String(recorder)).not.toContain("evaluating, from step");
    expect(recorder.timeline()).not.toContain('fill="#fca5a5"><title>');
    expect(() => recorder.whoMoved("2")).toThrow('no layer with running statistics is called "2"; there are 1, 4');
    expect(() => recorder.whoMoved("4", { while: "idle" as "learning" })).toThrow(
      /while must be "learning", .* got "idle"/,
    );
  });
});

test("a momentum that changes at each step makes no row of its own for each", () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.01 });
  const norm = model.at(1) as BatchNorm1d;
  const recorder = recordStatistics(model);
  for (let i = 0; i < 6; i++) {
    norm.momentum = i === 5 ? 1 : 0.5 * 0.9 ** i;
    learn(model, optimizer);
  }
  const rows = recorder.recording().tallies.filter(({ layer }) => layer === "1");
  expect(rows.map(({ calls, oddMomentum }) => [calls, oddMomentum])).toEqual([
    [5, null],
    [1, 1],
  ]);
  expect(recorder.findings().findings).toMatchObject([{ fault: "momentum", layers: ["1"], step: 5 }]);
  expect(String(recorder.findings())).toMatch(
    /^momentum .* of 1 .* from step 5 on, .*\[momentum\]\n {2}evidence: step 5/,
  );
});

test("a small batch that is left over at the end of an epoch is a hint, small batches are a fault", () => {
  const found = (sizes: readonly number[]): unknown => {
    const model = network();
    const recorder = recordStatistics(model);
    const optimizer = new SGD(model.parameters(), { lr: 0.01 });
    for (const size of sizes) {
      optimizer.zeroGrad();
      backward(sum(model.forward(randn([size, 4]))));
      optimizer.step();
    }
    recorder.stop();
    const { findings, hints } = recorder.findings();
    return [findings.map(({ fault }) => fault), hints.map(({ fault }) => fault)];
  };
  expect(found([16, 16, 3, 16, 16, 3])).toEqual([[], ["batchTooSmall"]]);
  expect(found([16, 3, 3])).toEqual([["batchTooSmall"], []]);
});

test("a model that is left in eval mode and goes on learning is found, with the step", () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.01 });
  const recorder = recordStatistics(model);
  for (let i = 0; i < 2; i++) learn(model, optimizer);
  model.eval();
  for (let i = 0; i < 3; i++) learn(model, optimizer);
  recorder.stop();
  const { findings, hints } = recorder.findings();
  expect(findings).toMatchObject([{ fault: "learnsInEval", layers: ["1", "4"], step: 2 }]);
  expect(findings[0]!.verdict).toMatch(/^the model learns in eval mode, from step 2 on, by /);
  expect(hints).toEqual([]);
});

test("what gradients are wanted for in eval mode, beside steps that learn in train mode, is no fault", () => {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.01 });
  const recorder = recordStatistics(model);
  const lookForChanges = (): void => {
    model.eval();
    backward(sum(model.forward(randn([8, 4], { requiresGrad: true }))));
    model.train();
  };
  for (let i = 0; i < 3; i++) {
    lookForChanges();
    learn(model, optimizer);
  }
  lookForChanges();
  recorder.stop();
  expect(recorder.recording().tallies.map(({ mode, activity }) => [mode, activity])).toContainEqual([
    "eval",
    "learning",
  ]);
  expect(recorder.findings().findings).toEqual([]);
});

describe("firstDrift", () => {
  test("finds the event that took accuracy away, and leaves the model as it is", async () => {
    const model = new Sequential(new BatchNorm1d(2, { affine: false, momentum: 0.5 }));
    const recorder = recordStatistics(model);
    const rows = Array.from({ length: 64 }, (_, i) => [i % 2, 1 - (i % 2)]);
    const inputs = tensor(rows);
    const targets = tensor(
      rows.map(([first]) => 1 - first!),
      { dtype: "int32" },
    );
    const looks = (count: number, x: Tensor): void => {
      for (let i = 0; i < count; i++) noGrad(() => model.forward(x));
    };
    looks(20, inputs);
    expect(await recorder.firstDrift([inputs, targets])).toBeNull();
    looks(1, add(inputs, tensor([0, 100])));
    looks(20, add(inputs, tensor([0, 0.1])));
    looks(10, add(inputs, tensor([50, 0])));
    const before = [...model.buffers()].map((buffer) => [...buffer.dataSync()]);
    const drift = await recorder.firstDrift({ inputs, targets });
    expect(drift).toMatchObject({ event: { index: 41 }, best: { accuracy: 1 }, before: 1, after: 0.5 });
    expect(String(drift)).toMatch(
      /could not be after event 41, which took it from 1 to 0\.5\. It moved 0: .*looking-back\.test\.ts:\d+:\d+ called it while evaluating/,
    );
    expect([...model.buffers()].map((buffer) => [...buffer.dataSync()])).toEqual(before);
    expect(model.training).toBe(true);
    expect(recorder.recording().events).toHaveLength(51);
    const other = await recorder.firstDrift(inputs, { measure: (outputs) => outputs.dataSync()[2]!, tolerance: 1 });
    expect(other!.event.index).toBe(41);
    const agreement = await recorder.firstDrift(inputs);
    expect(agreement).toMatchObject({ event: { index: 20 }, best: { accuracy: 1, index: -1 } });
    await expect(recorder.firstDrift({} as Tensor)).rejects.toThrow(/firstDrift: expected inputs/);
    await expect(recorder.firstDrift([inputs, tensor([1], { dtype: "int32" })])).rejects.toThrow(
      /as many targets as outputs, 64, got 1/,
    );
    const few = [tensor(rows.slice(0, 9)), tensor(new Array<number>(9).fill(0), { dtype: "int32" })] as const;
    await expect(recorder.firstDrift(few)).rejects.toThrow("firstDrift: expected 10 examples or more");
  });

  /** A batch norm whose running mean of channel 0 is one of these, after one event each; that of channel 1 is 0. */
  function withMeans(means: readonly number[]): StatisticsRecorder {
    const model = new Sequential(new BatchNorm1d(2, { affine: false, momentum: 1 }));
    const recorder = recordStatistics(model);
    for (const mean of means)
      noGrad(() =>
        model.forward(
          tensor([
            [mean - 1, -1],
            [mean + 1, 1],
          ]),
        ),
      );
    return recorder;
  }

  /** Class 0 is right where the first number is above the second, which is 0. */
  const numbers = (values: readonly number[], labels: readonly number[]): readonly [Tensor, Tensor] => [
    tensor(values.map((value) => [value, 0])),
    tensor(labels, { dtype: "int32" }),
  ];

  test("finds the first of several passes that moved statistics while evaluating, without trying all", async () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.02 });
    const rows = randn([40, 4]);
    const signs = rows.dataSync();
    const classesOf = tensor(Int32Array.from({ length: 40 }, (_, i) => (signs[4 * i]! > 0 ? 1 : 0)));
    const recorder = recordStatistics(model);
    for (let step = 1; step <= 60; step++) {
      optimizer.zeroGrad();
      backward(crossEntropy(model.forward(rows), classesOf));
      optimizer.step();
      if (step % 10 === 0 && step >= 40) noGrad(() => model.forward(mul(rows, -9)));
    }
    recorder.stop();
    const passes = recorder.whoMoved("1", { while: "evaluating" });
    expect(passes.calls).toMatchObject([{ calls: 3, first: { step: 40 } }]);
    const [drift, first] = [
      await recorder.firstDrift([rows, classesOf]),
      await recorder.firstDrift([rows, classesOf], { exhaustive: true }),
    ];
    expect(first!.event).toMatchObject({ step: 40, activity: "evaluating" });
    expect(drift!.event.index).toBe(first!.event.index);
  });

  test("exhaustive, finds the first of several, where halving finds one of them", async () => {
    const means = Array.from({ length: 60 }, (_, i) => ((i >= 5 && i < 8) || i >= 45 ? 9 : 0));
    const batch = numbers(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 1 : -1)),
      Array.from({ length: 20 }, (_, i) => i % 2),
    );
    const recorder = withMeans(means);
    expect((await recorder.firstDrift(batch))!.event.index).toBe(45);
    const first = await recorder.firstDrift(batch, { exhaustive: true });
    expect(first).toMatchObject({ event: { index: 5 }, before: 1, after: 0.5, best: { accuracy: 1 } });
    expect(await withMeans(means.slice(0, 20)).firstDrift(batch, { exhaustive: true })).toBeNull();
    const below = (outputs: Tensor): number => (outputs.dataSync()[0]! < 0 ? 1 : NaN);
    expect(await withMeans([9, 9, 0]).firstDrift(batch, { measure: below, exhaustive: true })).toMatchObject({
      event: { index: 2 },
      best: { accuracy: 1, index: 1 },
      before: 1,
      after: NaN,
    });
    expect(await recorder.firstDrift(batch, { measure: () => NaN, exhaustive: true })).toBeNull();
    await expect(recorder.firstDrift(batch, { tolerance: -0.1 })).rejects.toThrow("tolerance must not be negative");
  });

  test("says nothing of a loss that chance explains", async () => {
    // Fourteen of class 0 at first and of class 1 later, and as many that stay in each class.
    const between = [0.5, 2, -1].flatMap((value) => new Array<number>(14).fill(value));
    const labels = (right: number): readonly number[] =>
      between.map((_, i) => (i < right || (i >= 14 && i < 28) ? 0 : 1));
    const recorder = withMeans([0, 1]);
    expect(await recorder.firstDrift(numbers(between, labels(10)))).toBeNull();
    expect(await recorder.firstDrift(numbers(between, labels(14)))).toMatchObject({ before: 1, after: 2 / 3 });
  });
});

describe("the law of running statistics", () => {
  test("is kept by batch norms of every configuration", () => {
    fc.assert(
      fc.property(batchNormRuns(), ({ configuration: { features, momentum, batchShapes }, batches }) => {
        const norm = new BatchNorm2d(features, { momentum });
        const recorder = recordStatistics(norm);
        for (const [t, values] of batches.entries()) {
          noGrad(() => norm.forward(fromHost(Float32Array.from(values), batchShapes[t]!)));
          norm.eval().forward(fromHost(Float32Array.from(values), batchShapes[t]!));
          norm.train();
        }
        recorder.stop();
        expect(recorder.checkLaw()).toEqual([]);
        const read = JSON.parse(JSON.stringify(recorder)) as StatisticsRecording;
        expect(read).toEqual(recorder.recording());
        expect(checkLaw(read)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  const wrong = (move: (norm: BatchNorm1d, before: Tensor, after: Tensor) => Tensor): BatchNorm1d => {
    class Wrong extends BatchNorm1d {
      override forward(input: Tensor): Tensor {
        const before = this.runningVar!.detach();
        const old = fromHost(before.dataSync() as Float32Array, [2]);
        const output = super.forward(input);
        this.runningVar!.assign(move(this, old, this.runningVar!));
        return output;
      }
    }
    return new Wrong(2, { momentum: 0.25 });
  };

  test.each([
    [
      "biased",
      ", as if the variance of the batch were biased",
      (_: BatchNorm1d, old: Tensor, now: Tensor) => add(mul(old, 0.75), mul(add(now, mul(old, -0.75)), 3 / 4)),
    ],
    [
      "reversed",
      ", as if momentum were the weight of the old value",
      (_: BatchNorm1d, old: Tensor, now: Tensor) => add(mul(old, 0.25), mul(add(now, mul(old, -0.75)), 3)),
    ],
    ["still", ", as if it did not move", (_: BatchNorm1d, old: Tensor) => old],
    ["elsewhere", "", (_: BatchNorm1d, old: Tensor) => add(old, tensor([9, 0]))],
  ])("is broken by one that is %s: step, layer, channel and line are named", (_, hint, move) => {
    const model = new Sequential(wrong(move));
    const recorder = recordStatistics(model);
    noGrad(() => model.forward(randn([4, 2])));
    const [found] = recorder.checkLaw();
    expect(found).toMatchObject({
      step: 0,
      index: 0,
      layer: "0",
      statistic: "runningVar",
      channel: 0,
    });
    expect(found!.message).toMatch(
      /^packages\/inspect\/test\/looking-back\.test\.ts:\d+:\d+, at step 0, in event 0: 0: runningVar of channel 0 is /,
    );
    expect(found!.message.endsWith(hint)).toBe(true);
  });

  test("holds the count of batches, and is asked of recordings alone", () => {
    const norm = new BatchNorm1d(2);
    const recorder = recordStatistics(norm);
    registerForwardHook(norm, () => void norm.numBatchesTracked!.assign(tensor(7, { dtype: "int32" })));
    recorder.stop();
    const again = recordStatistics(norm);
    noGrad(() => norm.forward(randn([4, 2])));
    expect(again.checkLaw()).toMatchObject([{ statistic: "numBatchesTracked", channel: null, got: 7, expected: 1 }]);
    expect(() => checkLaw({} as StatisticsRecording)).toThrow(/checkLaw: expected what recorder.recording\(\) gave/);
  });
});

describe("random trainings", () => {
  test("that are sound raise nothing", async () => {
    const property = fc.asyncProperty(recordedTrainings(), async (training) => {
      expect(await complaintsOf(await training.record(null))).toEqual([]);
    });
    await fc.assert(property, { numRuns: 2, seed: 1, endOnFailure: true });
  });

  test.each(mistakes)(
    "with a mistake, %s, have it named: what, which layers, since when, from which line",
    async (mistake) => {
      setModeGuard("off");
      try {
        const property = fc.asyncProperty(recordedTrainings(), async (training) => {
          expect(await complaintsOf(await training.record(mistake))).toEqual([]);
        });
        await fc.assert(property, { numRuns: 1, seed: 2, endOnFailure: true });
      } finally {
        setModeGuard("warn");
      }
    },
  );
});

describe("as text and picture", () => {
  test("a page needs nothing but itself, and escapes names", () => {
    const model = network();
    const recorder = recordStatistics(model);
    learn(model, new SGD(model.parameters(), { lr: 0.1 }));
    for (const buffer of model.buffers()) buffer.assign(add(buffer, 1).detach());
    const page = recorder.html({ title: "<b>&" });
    expect(page).toContain("<title>&lt;b&gt;&amp;</title>");
    expect(page).not.toMatch(/<script|href=|src=|<b>/);
    expect(page.match(/<circle/g)).toHaveLength(2);
    expect(String(recorder).split("\n").slice(0, 2)).toEqual([
      expect.stringMatching(/^layer +mode +while +calls +steps +called by +why$/),
      expect.stringMatching(
        /^1 +train +learning +1 +moved +0 +packages\/inspect\/test\/networks\.ts:\d+:\d+ +a backward pass used it$/,
      ),
    ]);
    expect(String(recorder)).toContain("Changed outside of calls, from step 1 on: 1, 4.");
    expect(() => recorder.timeline({ titel: "" } as object)).toThrow(/titel/);
  });

  test("steps are written below at round numbers", () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.01 });
    const recorder = recordStatistics(model);
    for (let i = 0; i < 23; i++) learn(model, optimizer);
    const numbers = [...recorder.timeline().matchAll(/<text[^>]*>(\d+)<\/text>/g)].map((match) => match[1]);
    expect(numbers.filter((each) => each !== "0").slice(-4)).toEqual(["5", "10", "15", "20"]);
  });

  test("more events are drawn than a call takes arguments", () => {
    const norm = new BatchNorm1d(1);
    const recorder = recordStatistics(norm);
    noGrad(() => norm.forward(randn([4, 1])));
    const recording = recorder.recording();
    // Of a layer that is not drawn, which takes less time.
    const event = { ...recording.events[0]!, layer: "other" };
    const events = Array.from({ length: 150_000 }, () => event);
    expect(timelineSvg({ ...recording, events })).toContain(">150000 events<");
  });

  test("numbers that JSON has not are texts", () => {
    const norm = new BatchNorm1d(1);
    const recorder = recordStatistics(norm);
    noGrad(() => norm.forward(tensor([[Number.NaN], [1]])));
    const read = JSON.parse(JSON.stringify(recorder));
    expect(read.events[0].batch.mean).toEqual(["NaN"]);
    expect(recorder.checkLaw()).toEqual([]);
    expect(checkLaw(read)).toEqual([]);
  });
});

describe("the ring", () => {
  test("holds the newest records that fit, in order, whatever their lengths", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }), (lengths) => {
        const dropped: number[] = [];
        const ring: EventRing = new EventRing(20 * 4, (offset) => dropped.push(ring.ints[offset + 1] ?? -1));
        for (const [i, length] of lengths.entries()) {
          const offset = ring.add(length + 1);
          ring.ints.fill(i, offset + 1, offset + 1 + length);
        }
        const held = [...ring.offsets()].map((offset) => [
          ...ring.ints.subarray(offset + 1, offset + ring.ints[offset]!),
        ]);
        expect(dropped).toEqual(lengths.slice(0, dropped.length).map((_, i) => i));
        expect(held).toEqual(lengths.map((length, i) => new Array<number>(length).fill(i)).slice(dropped.length));
        expect(ring.count).toBe(held.length);
        const room = held.reduce((sum, { length }) => sum + length + 1, 0);
        if (dropped.length > 0) expect(room + lengths[dropped.length - 1]! + 1 + 9).toBeGreaterThan(20 - 9);
      }),
      { numRuns: 100 },
    );
  });
});
