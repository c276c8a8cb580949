import { backward } from "@tapegrad/autograd";
import * as optim from "@tapegrad/optim";
import { Adam, LBFGS, SGD, WeightAverage, clipGradNorm } from "@tapegrad/optim";
import { div, log, mul, noGrad, ones, sum, tensor, type Tensor, ValueError, withDevice, zeros } from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

let warned: string[];
beforeEach(() => {
  warned = [];
  vi.spyOn(console, "warn").mockImplementation((message: string) => void warned.push(message));
});
afterEach(() => void vi.restoreAllMocks());

// Advice names the class, and is given once in a process, which other tests share.
class Gradless extends SGD {}
class Diverged extends SGD {}
class Unread extends SGD {}
class ReadBetween extends SGD {}
class ReadAfter extends SGD {}
class ReadBefore extends SGD {}
class ReadSound extends SGD {}
class Quiet extends Adam {}
class Searching extends LBFGS {}

const one = (): Tensor => ones([2], { requiresGrad: true });
const nan = (x: Tensor): Tensor => sum(log(mul(x, -1)));

describe("a step without any gradient", () => {
  test("is told once, with the cure", () => {
    const x = one();
    const optimizer = new Gradless([x], { lr: 0.1 });
    for (let step = 0; step < 3; step++) {
      backward(sum(x));
      optimizer.zeroGrad(); // in the wrong place
      optimizer.step();
    }
    new Gradless([one()], { lr: 0.1 }).step();
    expect(warned).toEqual([
      expect.stringMatching(/^Gradless\.step: no parameter has a gradient.*Call backward\(loss\) between/),
    ]);
  });

  test("says nothing where one parameter has a gradient, or all are frozen", () => {
    const [x, y] = [one(), one()];
    backward(sum(x));
    new Quiet([x, y]).step();
    new Quiet([{ params: [y] }, { params: [x] }]).step();
    new Quiet([ones([2])]).step();
    expect(warned).toEqual([]);
  });
});

describe("a step on a loss that is NaN", () => {
  const stepOn = (makeLoss: (x: Tensor) => Tensor, make: (x: Tensor) => { step(): void }): void => {
    const x = one();
    const optimizer = make(x);
    backward(makeLoss(x));
    optimizer.step();
  };

  test("is told once, with the tool that finds the cause", () => {
    for (let times = 0; times < 2; times++) stepOn(nan, (x) => new Diverged([x], { lr: 0.1 }));
    expect(warned).toEqual([expect.stringMatching(/^Diverged\.step: the loss is NaN.*detectAnomaly/)]);
  });

  test("LBFGS looks at the losses that it reads", async () => {
    const x = one();
    const optimizer = new Searching([x]);
    await optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = nan(x);
      backward(loss);
      return loss;
    });
    expect(warned).toEqual([expect.stringMatching(/^Searching\.step: the loss is NaN/)]);
  });

  test("does not look where that would hold the program up until a gpu has computed", () => {
    const device = Object.assign(new Float64Device(), { stalls: true });
    const read = vi.spyOn(device, "read");
    withDevice(device, () => stepOn(nan, (x) => new Unread([x], { lr: 0.1 })));
    expect(read).not.toHaveBeenCalled();
    expect(warned).toEqual([]);
  });

  test("tells there as soon as its value is read anyway, before the step or after it", async () => {
    const device = Object.assign(new Float64Device(), { stalls: true });
    const x = withDevice(device, one);
    const loss = nan(x);
    backward(loss);
    expect(Number.isNaN(await loss.item())).toBe(true);
    expect(warned).toEqual([]); // who looks may well leave the step out
    new ReadBetween([x], { lr: 0.1 }).step();
    expect(warned).toEqual([expect.stringMatching(/^ReadBetween\.step: the loss is NaN/)]);

    const second = nan(x);
    backward(second);
    new ReadAfter([x], { lr: 0.1 }).step();
    expect(warned).toHaveLength(1);
    second.itemSync();
    expect(warned.slice(1)).toEqual([expect.stringMatching(/^ReadAfter\.step: the loss is NaN/)]);

    const third = nan(x);
    await third.item();
    backward(third);
    new ReadBefore([x], { lr: 0.1 }).step();
    expect(warned.slice(2)).toEqual([expect.stringMatching(/^ReadBefore\.step: the loss is NaN/)]);

    // A value that is no loss, a loss that is none of the step's, and a sound loss.
    await sum(log(mul(x, -1))).item();
    const sound = sum(mul(withDevice(device, one), 0));
    backward(sound);
    new ReadSound([x], { lr: 0.1 }).step();
    await sound.item();
    expect(warned).toHaveLength(3);
  });

  test("says nothing of an infinite loss, a NaN that was not stepped on, or one that is no loss", () => {
    const adam = (x: Tensor): Quiet => new Quiet([x]);
    stepOn((x) => sum(div(x, zeros([2]))), adam);
    const x = one();
    const optimizer = adam(x);
    backward(nan(x)); // which the program notices, and skips
    optimizer.zeroGrad();
    backward(sum(x));
    optimizer.step();
    optimizer.step();
    nan(x).itemSync();
    optimizer.step();
    backward(mul(x, tensor([NaN, 1])), { gradient: tensor([0, 1]) });
    noGrad(() => (x.grad = ones([2])));
    optimizer.step();
    expect(warned).toEqual([]);
  });
});

describe("what is no list of parameters is refused with the cure", () => {
  class Model {
    readonly weight = one();

    parameters(): Tensor[] {
      return [this.weight];
    }

    namedParameters(): [string, Tensor][] {
      return [["weight", this.weight]];
    }

    /** As a `Sequential` gives its layers. */
    *[Symbol.iterator](): Iterator<Model> {
      yield new Model();
    }
  }
  const model = new Model();
  const given: readonly (readonly [unknown, string])[] = [
    [model, "expected parameters, got a model, a value of type Model; give model.parameters()"],
    [[model], "expected parameters, got models, such as a value of type Model; give their parameters()"],
    [model.parameters, "expected parameters, got the function parameters; call it: model.parameters()"],
    [model.namedParameters(), "expected parameters, got pairs of name and tensor; give model.parameters()"],
    [new Map(model.namedParameters()), "expected parameters, got pairs of name and tensor; give model.parameters()"],
    [7, "expected parameters in an iterable, such as an array, got 7"],
    [null, "expected parameters in an iterable, such as an array, got null"],
  ];

  test.each(given)("%#", (parameters, message) => {
    const bad = parameters as never;
    for (const make of [optim.SGD, optim.Adam, optim.LBFGS, optim.RMSprop] as const)
      expect(() => new (make as typeof SGD)(bad, { lr: 0.1 })).toThrow(new ValueError(`${make.name}: ${message}`));
    expect(() => new SGD([{ params: bad }], { lr: 0.1 })).toThrow(new ValueError(`SGD: params of a group: ${message}`));
    expect(() => new WeightAverage(bad)).toThrow(new ValueError(`WeightAverage: ${message}`));
    expect(() => clipGradNorm(bad, 1)).toThrow(new ValueError(`clipGradNorm: ${message}`));
  });
});
