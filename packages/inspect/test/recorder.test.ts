import { backward } from "@tapegrad/autograd";
import { recordStatistics } from "@tapegrad/inspect";
import { BatchNorm1d, evaluating, Linear, ReLU, Sequential } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { crossEntropy, manualSeed, noGrad, randn, type Tensor, tensor } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { beforeEach, describe, expect, test } from "vitest";

beforeEach(() => void manualSeed(0));

function network(): Sequential {
  return new Sequential(new Linear(4, 5), new BatchNorm1d(5), new ReLU(), new Linear(5, 3), new BatchNorm1d(3));
}

const targets = (): Tensor => tensor([0, 1, 2, 0, 1, 2, 0, 1], { dtype: "int32" });

/** A step of training, as people write it. */
function learn(model: Sequential, optimizer: SGD, x: Tensor = randn([8, 4])): void {
  optimizer.zeroGrad();
  backward(crossEntropy(model.forward(x), targets()));
  optimizer.step();
}

describe("a recording", () => {
  test("tells of every call what it did, and while what", () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const recorder = recordStatistics(model);
    learn(model, optimizer);
    evaluating(model, () => noGrad(() => model.forward(randn([6, 4]))));
    const { events, steps } = recorder.recording();
    expect(steps).toBe(1);
    expect(events).toMatchObject([
      {
        event: "call",
        index: 0,
        step: 0,
        pass: 0,
        layer: "1",
        mode: "train",
        moved: true,
        gradients: true,
        activity: "learning",
        batchSize: 8,
        count: 8,
        momentum: 0.1,
      },
      { event: "call", index: 1, step: 0, pass: 0, layer: "4", moved: true, activity: "learning" },
      {
        event: "call",
        index: 2,
        step: 1,
        pass: 1,
        layer: "1",
        mode: "eval",
        moved: false,
        gradients: false,
        activity: "evaluating",
        batchSize: 6,
      },
      { event: "call", index: 3, step: 1, pass: 1, layer: "4", mode: "eval", moved: false },
    ]);
  });
});

describe("going back", () => {
  test("to a step gives the predictions of that step, bit by bit", () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0 });
    const recorder = recordStatistics(model);
    const x = randn([5, 4]);
    const predict = (): readonly number[] => [...evaluating(model, () => noGrad(() => model.forward(x))).dataSync()];
    const then: (readonly number[])[] = [predict()];
    for (let step = 0; step < 5; step++) {
      learn(model, optimizer);
      then.push(predict());
    }
    for (const step of [3, 0, 5, 1]) {
      recorder.restore(step);
      expect(predict()).toEqual(then[step]);
    }
    expect([...new Set(then.map(String))]).toHaveLength(6);
  });

  test("tells the statistics of that step", () => {
    const model = network();
    const norm = model.at(1) as BatchNorm1d;
    const recorder = recordStatistics(model);
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    learn(model, optimizer);
    const after = [...norm.runningVar!.dataSync()];
    learn(model, optimizer);
    expect(recorder.at(1).get("1")).toMatchObject({ variance: after, batches: 1 });
    expectClose(recorder.at(0).get("1")!.variance, [1, 1, 1, 1, 1]);
  });
});
