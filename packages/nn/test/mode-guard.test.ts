import { backward } from "@tapegrad/autograd";
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  evaluating,
  Flatten,
  Linear,
  ModeError,
  type ModeFinding,
  ModuleDict,
  ModuleList,
  Sequential,
  setModeGuard,
  summary,
  withoutModeGuard,
} from "@tapegrad/nn";
import { withStrictModeGuard } from "@tapegrad/nn/internal";
import { SGD } from "@tapegrad/optim";
import { noGrad, randn, square, sum, ValueError } from "@tapegrad/tensor";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let told: { readonly message: string; readonly finding: ModeFinding }[];
beforeEach(() => {
  told = [];
  setModeGuard("warn", { sink: (message, finding) => told.push({ message, finding }) });
});
afterEach(() => setModeGuard("warn"));

const makeNet = (): Sequential =>
  new Sequential({
    conv: new Conv2d(3, 4, 3),
    norm: new BatchNorm2d(4),
    drop: new Dropout(0.5),
    flat: new Flatten(),
    head: new Linear(16, 2),
  });
const input = randn([2, 3, 4, 4]);
const predict = (net: Sequential): unknown => noGrad(() => net.forward(input));

describe("train mode under noGrad", () => {
  test("is told once for each model, with the layers' names and the cure", () => {
    const outer = new Sequential({ net: makeNet() });
    predict(outer);
    predict(outer);
    expect(told.map(({ finding }) => [finding.mistake, finding.layers])).toEqual([
      ["trainWithoutGrad", ["net.norm", "net.drop"]],
    ]);
    expect(told[0]!.finding.model).toBe(outer);
    expect(told[0]!.message).toContain("net.norm, net.drop");
    expect(told[0]!.message).toContain("model.eval()");
    predict(makeNet());
    expect(told.length).toBe(2);
  });

  test("is told whatever containers could not be made", () => {
    const wrong = [3, new Linear(1, 1), { a: 3 }] as unknown as never[];
    for (const make of [
      () => new ModuleList(3 as never),
      () => new ModuleList(wrong),
      () => new ModuleDict(3 as never),
      () => new ModuleDict({ a: 3 } as never),
      () => new Sequential(...wrong),
      () => new Sequential({ "a.b": new Linear(1, 1) }),
    ])
      expect(make).toThrow(ValueError);
    predict(makeNet());
    expect(told[0]!.finding.layers).toEqual(["norm", "drop"]);
  });

  test("is not told of eval mode, of learning, or of layers that do not look at their mode", () => {
    const net = makeNet();
    net.forward(input);
    predict(net.eval());
    predict(makeNet().freeze().train());
    predict(new Sequential(new Conv2d(3, 4, 3), new Dropout(0), new BatchNorm2d(4, { trackRunningStats: false })));
    expect(told.filter(({ finding }) => finding.mistake === "trainWithoutGrad")).toEqual([]);
  });

  test("can be made an error, which comes before the statistics have moved", () => {
    setModeGuard("error");
    const net = makeNet();
    const norm = net.at(1) as BatchNorm2d;
    expect(() => predict(net)).toThrow(ModeError);
    expect(() => predict(net)).toThrow(/Sequential runs in train mode under noGrad[^]*layers: norm, drop/);
    expect(norm.numBatchesTracked!.itemSync()).toBe(0);
  });

  test("can be silenced, for good or for one function, which may be asynchronous or throw", async () => {
    setModeGuard("off");
    predict(makeNet());
    setModeGuard("warn", { sink: (message, finding) => told.push({ message, finding }) });
    withoutModeGuard(() => predict(makeNet()));
    await withoutModeGuard(async () => {
      await Promise.resolve();
      predict(makeNet());
    });
    expect(() =>
      withoutModeGuard(() => {
        throw new Error("thrown");
      }),
    ).toThrow("thrown");
    await expect(withoutModeGuard(() => Promise.reject(new Error("rejected")))).rejects.toThrow("rejected");
    expect(told).toEqual([]);
    predict(makeNet());
    expect(told.length).toBe(1);
  });

  test("is an error inside withStrictModeGuard, and as it was after it, whether it threw or not", () => {
    setModeGuard("off");
    const net = makeNet();
    expect(() => withStrictModeGuard(() => predict(net))).toThrow(ModeError);
    expect(withStrictModeGuard(() => 3)).toBe(3);
    expect(() => predict(net)).not.toThrow();
  });

  test("the default sink is console.warn", () => {
    setModeGuard("warn");
    const { warn } = console;
    const said: unknown[] = [];
    console.warn = (message: unknown): void => void said.push(message);
    try {
      predict(makeNet());
    } finally {
      console.warn = warn;
    }
    expect(said).toEqual([expect.stringContaining("norm, drop")]);
  });
});

describe("learning in eval mode", () => {
  function learn(net: Sequential, steps: number): void {
    const optimizer = new SGD(net.parameters(), { lr: 0.01 });
    for (let step = 0; step < steps; step++) {
      optimizer.zeroGrad();
      backward(sum(square(net.forward(input))));
      optimizer.step();
    }
  }
  const mistakes = (): string[] => told.map(({ finding }) => finding.mistake);

  test("is told at the forward pass after the first step", () => {
    const net = makeNet();
    net.forward(input);
    net.eval();
    learn(net, 1);
    expect(mistakes()).toEqual([]);
    learn(net, 3);
    expect(mistakes()).toEqual(["evalWhileLearning"]);
    expect(told[0]!.finding.layers).toEqual(["norm", "drop"]);
    expect(told[0]!.message).toContain("model.train()");
  });

  test("is not told where layers are frozen, or only they are in eval mode", () => {
    const frozen = makeNet();
    frozen.forward(input);
    for (const module of frozen.modules()) if (module.modeSensitive) module.freeze();
    learn(frozen.train(), 4);
    learn(frozen.eval(), 4);
    const byHand = makeNet();
    byHand.forward(input);
    byHand.at(1).eval();
    byHand.at(2).eval();
    learn(byHand, 4);
    expect(mistakes()).toEqual([]);
  });

  test("is not told of gradients without a step, nor of parameters that were loaded", () => {
    const net = makeNet();
    net.forward(input);
    net.eval();
    for (let i = 0; i < 3; i++) backward(sum(net.forward(input)));
    const other = makeNet();
    other.forward(input);
    other.eval();
    for (let i = 0; i < 3; i++) {
      other.forward(input);
      other.loadStateDict(net.stateDict({ copy: true }));
    }
    expect(mistakes()).toEqual([]);
  });
});

describe("statistics that never saw a batch", () => {
  test("are told when eval mode uses them, once", () => {
    const net = makeNet();
    predict(net.eval());
    predict(net);
    expect(told.map(({ finding }) => finding.mistake)).toEqual(["noStatistics"]);
    expect(told[0]!.message).toContain("never saw a batch");
  });

  test("are not told after training, loading or evaluating, nor of frozen layers and summaries", () => {
    const trained = makeNet();
    trained.forward(input);
    evaluating(trained, () => predict(trained));
    const loaded = makeNet();
    loaded.loadStateDict(trained.stateDict({ copy: true }));
    predict(loaded.eval());
    predict(makeNet().freeze());
    summary(makeNet(), input);
    expect(told).toEqual([]);
  });

  test("are told again of a layer that was reset", () => {
    const norm = new BatchNorm2d(3);
    norm.forward(input);
    norm.resetRunningStats();
    noGrad(() => norm.eval().forward(input));
    expect(told.map(({ finding }) => finding.mistake)).toEqual(["noStatistics"]);
  });
});
