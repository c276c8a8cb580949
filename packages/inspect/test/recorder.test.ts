import { backward } from "@tapegrad/autograd";
import { diagnose, recordStatistics, type RecordedCall, type StatisticsRecorder } from "@tapegrad/inspect";
import {
  BatchNorm1d,
  BatchNorm2d,
  Buffer,
  Conv2d,
  evaluating,
  Flatten,
  InstanceNorm1d,
  Linear,
  Module,
  ReLU,
  Sequential,
  statisticsDrift,
  updateBatchNorm,
  withoutModeGuard,
  replaceModules,
} from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { crossEntropy, manualSeed, memoryStats, noGrad, ones, randn, scope, sum, type Tensor } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { classes, learn, network } from "./networks.ts";

let warn: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  manualSeed(5);
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => void warn.mockRestore());

function calls(recorder: StatisticsRecorder): readonly RecordedCall[] {
  return recorder.recording().events.filter((event) => event.event === "call");
}

/** The line that calls it, as places name it. */
function lineHere(): string {
  return /recorder\.test\.ts:\d+/.exec(new Error().stack!.split("\n")[2]!)![0];
}

describe("a recording", () => {
  test("tells of every call what it did, and while what", () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const recorder = recordStatistics(model);
    learn(model, optimizer);
    const line = lineHere();
    evaluating(model, () => noGrad(() => model.forward(randn([6, 4]))));
    const { events, steps, dropped, layers } = recorder.recording();
    expect({ steps, dropped }).toEqual({ steps: 1, dropped: 0 });
    expect(layers).toEqual([
      { name: "1", kind: "BatchNorm1d", channels: 5, counts: true },
      { name: "4", kind: "BatchNorm1d", channels: 3, counts: true },
    ]);
    const learning = {
      event: "call",
      step: 0,
      pass: 0,
      mode: "train",
      moved: true,
      gradients: true,
      activity: "learning",
    };
    const looking = {
      event: "call",
      step: 1,
      pass: 1,
      mode: "eval",
      moved: false,
      gradients: false,
      activity: "evaluating",
    };
    expect(events).toMatchObject([
      { ...learning, index: 0, layer: "1", batchSize: 8, count: 8, momentum: 0.1 },
      { ...learning, index: 1, layer: "4" },
      { ...looking, index: 2, layer: "1", batchSize: 6, count: 6 },
      { ...looking, index: 3, layer: "4" },
    ]);
    const next = line.replace(/\d+$/, (number) => String(Number(number) + 1));
    expect((events[2] as RecordedCall).place).toContain(`packages/inspect/test/${next}:`);
    expect((events[0] as RecordedCall).place).toContain("packages/inspect/test/networks.ts:");
  });

  test("holds mean and variance of the batch, and the running ones before and after", () => {
    const norm = new BatchNorm1d(2, { momentum: 0.25 });
    const recorder = recordStatistics(norm);
    const x = ones([4, 2]);
    x.assign(randn([4, 2]));
    norm.forward(x);
    norm.eval();
    noGrad(() => norm.forward(x));
    const [inTrain, inEval] = calls(recorder);
    const columns = [0, 1].map((c) => [0, 2, 4, 6].map((i) => x.dataSync()[i + c]!));
    const means = columns.map((values) => values.reduce((a, b) => a + b) / 4);
    const variances = columns.map((values, c) => values.reduce((a, b) => a + (b - means[c]!) ** 2, 0) / 4);
    for (const { batch } of [inTrain!, inEval!])
      expectClose([...batch!.mean, ...batch!.variance], [...means, ...variances]);
    expect(inTrain!.before).toEqual({ mean: [0, 0], variance: [1, 1], batches: 0 });
    expectClose(
      inTrain!.after.mean,
      means.map((mean) => 0.25 * mean),
    );
    expectClose(
      inTrain!.after.variance,
      variances.map((variance) => 0.75 + (0.25 * variance * 4) / 3),
    );
    expect(inTrain!.after.batches).toBe(1);
    expect(inEval!.before).toEqual(inTrain!.after);
    expect(inEval!.after).toEqual(inTrain!.after);
  });

  test("knows what learns from what is only looked at, whatever the mode", () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const recorder = recordStatistics(model);
    const x = randn([8, 4]);
    learn(model, optimizer, x); // passes 0
    noGrad(() => model.forward(x)); // 1: the forgotten eval
    model.forward(x); // 2: and the forgotten noGrad
    model.eval();
    (model.at(1) as BatchNorm1d).train();
    model.forward(x); // 3: a layer thawed
    model.train();
    const first = crossEntropy(model.forward(x), classes()); // 4 and 5 make one loss
    const second = crossEntropy(model.forward(x), classes());
    backward(first);
    backward(second);
    optimizer.step();
    withoutModeGuard(() => noGrad(() => model.forward(x))); // 6
    model.forward(x); // 7: too early to say
    const found = new Map(calls(recorder).map(({ pass, activity, because }) => [pass, `${activity}: ${because}`]));
    expect([...found.values()]).toEqual([
      "learning: a backward pass used it",
      "evaluating: gradients were not recorded",
      "evaluating: gradients were recorded, but no backward pass used them",
      "evaluating: gradients were recorded, but the model as a whole was in eval mode and no backward pass used them",
      "learning: a backward pass used it",
      "learning: a backward pass used it",
      "renewing: statistics were moved on purpose, without gradients, inside training() or withoutModeGuard()",
      "undecided: gradients were recorded, and it is too early to say whether they are used",
    ]);
    recorder.stop();
    expect(calls(recorder).at(-1)!.activity).toBe("evaluating");
  });

  test("takes back a verdict when a backward pass comes after the step", () => {
    const model = network();
    const optimizer = new SGD([(model.at(0) as Linear).bias!], { lr: 0.1 });
    const recorder = recordStatistics(model);
    const late = sum(model.forward(randn([8, 4])));
    learn(model, optimizer);
    expect(calls(recorder)[0]!.activity).toBe("evaluating");
    expect(recorder.whoMoved("1", { while: "evaluating" }).calls).toHaveLength(1);
    backward(late);
    expect(calls(recorder)[0]!.activity).toBe("learning");
    expect(recorder.whoMoved("1", { while: "evaluating" }).calls).toHaveLength(0);
  });

  test("counts optimizers that step together once, and none that has other parameters", () => {
    const model = network();
    const recorder = recordStatistics(model);
    const [weight, ...others] = model.parameters();
    const optimizers = [new SGD([weight!], { lr: 0.1 }), new SGD(others, { lr: 0.1 })];
    const stranger = new SGD(new Linear(2, 2).parameters(), { lr: 0.1 });
    for (let i = 0; i < 3; i++) {
      backward(crossEntropy(model.forward(randn([8, 4])), classes()));
      for (const optimizer of [...optimizers, stranger]) optimizer.step();
    }
    expect(recorder.steps).toBe(3);
    optimizers[0]!.step();
    expect(recorder.steps).toBe(4);
    model.forward(randn([8, 4]));
    stranger.step();
    expect(recorder.steps).toBe(4);
  });

  test("sees layers that are called twice, shared, frozen, put in later, or of one's own", () => {
    class Own extends Module {
      readonly runningMean = new Buffer(randn([3]));
      readonly runningVar = new Buffer(ones([3]));

      forward(x: Tensor): Tensor {
        if (this.training) this.runningMean.assign(randn([3]));
        return x;
      }
    }
    class Twice extends Module {
      readonly norm = new BatchNorm1d(3);
      readonly same = this.norm;
      readonly held = new BatchNorm1d(3).freeze();
      own: Module = new Linear(3, 3);

      forward(x: Tensor): Tensor {
        const y = this.held.forward(this.same.forward(this.norm.forward(x)));
        return (this.own as Linear).forward(y);
      }
    }
    const model = new Twice();
    const recorder = recordStatistics(model);
    model.forward(randn([4, 3]));
    model.own = new Own();
    model.forward(randn([4, 3]));
    expect(calls(recorder).map(({ pass, layer, mode, moved }) => [pass, layer, mode, moved])).toEqual([
      [0, "norm", "train", true],
      [0, "norm", "train", true],
      [0, "held", "frozen", false],
      [1, "norm", "train", true],
      [1, "norm", "train", true],
      [1, "held", "frozen", false],
      [1, "own", "train", true],
    ]);
    expect(calls(recorder).at(-1)).toMatchObject({ momentum: undefined, batchSize: 4 });
  });

  test("sees instance norms, whose statistics are those of the examples, batched or not", () => {
    const norm = new InstanceNorm1d(2, { trackRunningStats: true });
    const recorder = recordStatistics(norm);
    norm.forward(randn([3, 2, 5]));
    norm.forward(randn([2, 5]));
    const [batched, single] = calls(recorder);
    expect(calls(recorder)).toHaveLength(2);
    expect([batched!.count, single!.count, single!.batchSize]).toEqual([5, 5, 1]);
    expect(recorder.checkLaw()).toEqual([]);
  });

  test("goes on after a forward that throws", () => {
    const model = new Sequential(new BatchNorm1d(2), new Linear(3, 2));
    const recorder = recordStatistics(model);
    expect(() => model.forward(randn([4, 2]))).toThrow(/expected input/);
    expect(() => model.forward(randn([1, 2]))).toThrow(/more than 1 value/);
    const inner = model.at(0);
    inner.forward(randn([4, 2]));
    expect(calls(recorder).map(({ pass, layer, batchSize }) => [pass, layer, batchSize])).toEqual([
      [0, "0", 4],
      [2, "0", 4],
    ]);
    expect(calls(recorder)[1]!.place).toContain("recorder.test.ts:");
  });

  test("finds statistics that were changed outside of calls, and says by what, and between which", () => {
    const model = network();
    const norm = model.at(1) as BatchNorm1d;
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const recorder = recordStatistics(model);
    learn(model, optimizer); // events 0 and 1
    const saved = model.stateDict({ copy: true });
    learn(model, optimizer); // 2 and 3
    const line = lineHere();
    model.loadStateDict(saved); // 4 and 5
    learn(model, optimizer); // 6 and 7
    norm.runningMean!.requiresGrad = true;
    norm.runningMean!.grad = ones([5]);
    new SGD([norm.runningMean!, ...model.parameters()], { lr: 0.1 }).step(); // 8
    norm.runningVar!.assign(ones([5])); // 9, found by the next call
    noGrad(() => model.forward(randn([8, 4]))); // 10 and 11
    norm.resetRunningStats(); // 12
    const changes = recorder.recording().events.filter((event) => event.event === "change");
    expect(changes).toMatchObject([
      { index: 4, layer: "1", kind: "put back", same: 0, between: [2, 6], step: 2, by: "loadStateDict" },
      { index: 5, layer: "4", kind: "put back", same: 1, between: [3, 7], step: 2, by: "loadStateDict" },
      {
        index: 8,
        layer: "1",
        kind: "assigned",
        between: [6, 9],
        step: 3,
        by: "a step of an optimizer that holds them",
      },
      { index: 9, layer: "1", kind: "assigned", between: [8, 10], step: 3, by: null, place: null },
      { index: 12, layer: "1", kind: "put back", same: -1, between: [10, null], step: 3, by: "resetRunningStats" },
    ]);
    const next = line.replace(/\d+$/, (number) => String(Number(number) + 1));
    expect(changes[0]!.place).toContain(`packages/inspect/test/${next}:`);
    expect(recorder.checkLaw().map(({ index, statistic, place }) => [index, statistic, place])).toEqual([
      [8, "runningMean", null],
      [9, "runningVar", null],
    ]);
    expect(String(recorder.whoMoved("1"))).toMatch(
      /at step 2, after event 2 and before event 6, they were put back to what they were after event 0 by loadStateDict, called by packages.*\n.*by a step of an optimizer that holds them\n.*they were assigned outside of any call, and nothing of tapegrad's says so\n/,
    );
  });

  test("looks away from tools that try a model and put everything back", async () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const recorder = recordStatistics(model);
    learn(model, optimizer);
    const { steps, events } = recorder.recording();
    await diagnose(model, { batch: { inputs: randn([8, 4]), targets: classes() }, loss: crossEntropy, optimizer });
    expect(recorder.recording()).toMatchObject({ steps, events });
    await statisticsDrift(model, [randn([8, 4])]);
    expect(recorder.recording().events.findLast(({ event }) => event === "change")).toMatchObject({
      kind: "put back",
      by: "statisticsDrift",
    });
    expect(recorder.checkLaw()).toEqual([]);
  });

  test("changes nothing: the model computes the same bits, and holds no more memory", () => {
    const make = (): Sequential =>
      new Sequential(new Conv2d(1, 8, 3), new BatchNorm2d(8), new ReLU(), new Flatten(), new Linear(8 * 36, 3));
    const saved = make().stateDict({ copy: true });
    const inputs = Array.from({ length: 3 }, () => randn([8, 1, 8, 8]));
    const bits = (recorded: boolean): readonly number[] => {
      const model = make();
      model.loadStateDict(saved);
      const recorder = recorded ? recordStatistics(model) : null;
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      const outputs: number[] = [];
      for (const x of inputs) {
        scope(() => learn(model, optimizer, x));
        outputs.push(...evaluating(model, () => noGrad(() => model.forward(x))).dataSync());
      }
      recorder?.stop();
      for (const tensor of [...model.parameters(), ...model.buffers()]) outputs.push(...tensor.dataSync());
      return outputs;
    };
    expect(bits(true)).toEqual(bits(false));
    const model = make();
    const recorder = recordStatistics(model);
    const look = (): void => scope(() => void noGrad(() => model.forward(inputs[0]!)));
    look();
    const before = memoryStats().buffers;
    for (let i = 0; i < 5; i++) look();
    expect(memoryStats().buffers).toBe(before);
    recorder.stop();
  });

  test("two at once see the same; once stopped, a model is as it was", () => {
    const model = network();
    const recorder = recordStatistics(model);
    {
      using other = recordStatistics(model, { steps: 1 });
      learn(model, new SGD(model.parameters(), { lr: 0.1 }));
      noGrad(() => model.forward(randn([4, 4])));
      expect(other.recording().events).toEqual(recorder.recording().events);
    }
    expect(Object.hasOwn(model, "forward")).toBe(true);
    const held = recorder.recording();
    recorder.stop();
    recorder.stop();
    for (const module of model.modules()) expect(Object.hasOwn(module, "forward")).toBe(false);
    model.forward(randn([4, 4]));
    expect(recorder.recording().events).toHaveLength(held.events.length);
  });

  test("counts renewed statistics as meant", async () => {
    const model = network();
    const recorder = recordStatistics(model);
    await updateBatchNorm(model, [randn([8, 4]), randn([8, 4])]);
    expect(calls(recorder).map(({ activity, momentum }) => [activity, momentum])).toEqual(
      Array.from({ length: 4 }, () => ["renewing", null]),
    );
    expect(recorder.checkLaw()).toEqual([]);
    expect(recorder.whoMoved("4", { while: "evaluating" }).calls).toEqual([]);
  });

  test("reads a device that cannot be read at once many values at a time, and has to be awaited", async () => {
    const model = network();
    const { device } = model.parameters()[0]!;
    const read = vi.spyOn(device, "read").mockImplementation(() => {
      throw new Error("read at once");
    });
    const download = vi.spyOn(device, "download");
    const synchronous = Object.getOwnPropertyDescriptor(device, "synchronous")!;
    Object.defineProperty(device, "synchronous", { ...synchronous, value: false });
    try {
      const recorder = recordStatistics(model);
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      for (let i = 0; i < 20; i++) scope(() => learn(model, optimizer));
      model.eval();
      scope(() => void noGrad(() => model.forward(randn([8, 4]))));
      expect(() => recorder.recording()).toThrow(
        "recorder.recording: values are still on the device; await recorder.ready() before",
      );
      await recorder.ready();
      expect(download.mock.calls.length).toBeLessThan(6);
      expect(recorder.checkLaw()).toEqual([]);
      expect(calls(recorder).map(({ index }) => index)).toEqual(Array.from({ length: 42 }, (_, i) => i));
      expect(calls(recorder)[41]!.after.batches).toBe(20);
      expect(recorder.at(20).get("4")).toEqual(calls(recorder)[39]!.after);
      model.train();
      learn(model, optimizer);
      download.mockRejectedValueOnce(new Error("device lost"));
      await expect(recorder.ready()).rejects.toThrow("device lost");
      expect(() => recorder.recording()).toThrow("device lost");
      recorder.stop();
    } finally {
      Object.defineProperty(device, "synchronous", synchronous);
      read.mockRestore();
      download.mockRestore();
    }
  });

  test("leaves a layer out that is put in later and too large, and says so, instead of stopping the run", () => {
    const model = network();
    const recorder = recordStatistics(model, { bytes: 500 });
    const large = new BatchNorm1d(50);
    replaceModules(model, new Map<Module, Module>([[model.at(2), large]]));
    expect(() => model.forward(randn([8, 4]))).toThrow(/50/);
    large.forward(randn([8, 50]));
    expect(calls(recorder).map(({ layer }) => layer)).toEqual(["1"]);
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/^recordStatistics: 2, which .* is too large for the ring/),
    );
  });

  test("is refused of what has no statistics, in a ring that is too small, and with options it does not know", () => {
    expect(() => recordStatistics(new Linear(2, 2))).toThrow("no layer of the model keeps running statistics");
    expect(() => recordStatistics(network(), { bytes: 100 })).toThrow(/takes 128 bytes, and the ring has 36/);
    expect(() => recordStatistics(network(), { steps: 0 })).toThrow(/steps/);
    expect(() => recordStatistics(network(), { byte: 1 } as object)).toThrow(/byte/);
    expect(() => recordStatistics({} as Module)).toThrow(/recordStatistics: model must be a Module/);
  });
});
