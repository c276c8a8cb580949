import * as optim from "@tapegrad/optim";
import { Adam, type OptimizerStateDict, SGD, WeightAverage } from "@tapegrad/optim";
import { ShapeError, Tensor, ValueError, ones, tensor, useDevice } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

/** A state dict, to be broken. */
interface Dict {
  state?: Record<string, Record<string, unknown>>;
  paramGroups?: Record<string, unknown>[];
}

/** All that an optimizer remembers, as text. */
function bits(of: Adam): string {
  const { state, paramGroups } = of.stateDict();
  const values = Object.values(state).map((own) =>
    Object.keys(own)
      .sort()
      .map((name) => (own[name] instanceof Tensor ? [...own[name].dataSync()] : own[name])),
  );
  return JSON.stringify([values, paramGroups]);
}

describe("what is no such state is refused by name, and changes nothing", () => {
  const trained = (steps = 2): { x: Tensor; adam: Adam } => {
    const x = tensor([1, 2], { requiresGrad: true });
    const adam = new Adam([x], { lr: 0.1 });
    for (let step = 0; step < steps; step++) {
      x.grad = ones([2]);
      adam.step();
    }
    return { x, adam };
  };
  /** The state of an Adam with something else in the place of one value. */
  const broken = (change: (own: Record<string, unknown>, dict: Dict) => void): OptimizerStateDict => {
    const { state, paramGroups } = trained().adam.stateDict();
    const own: Record<string, unknown> = { ...state["0"] };
    const dict: Dict = { state: { 0: own }, paramGroups: paramGroups.map((group) => ({ ...group })) };
    change(own, dict);
    return dict as unknown as OptimizerStateDict;
  };
  class OtherTensor {
    readonly storage = {};
    readonly dtype = "float32";
    readonly shape = [2];
  }
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["nothing", undefined, "expected a saved state, a plain object or a Map, got undefined"],
    ["a list", [1], "expected a saved state, a plain object or a Map, got [1]"],
    [
      "an optimizer itself",
      trained().adam,
      "expected a saved state, a plain object or a Map, got a value of type Adam",
    ],
    ["a state without groups", { state: {} }, "paramGroups is missing"],
    ["groups without a state", broken((_, dict) => delete dict.state), "state is missing"],
    ["a moment that is missing", broken((own) => delete own["expAvgSq"]), "state of parameter 0: expAvgSq is missing"],
    ["null for a number", broken((own) => (own["step"] = null)), "step must be a number, got null"],
    ["no moments at all", broken((_, dict) => (dict.state![0] = {})), "state of parameter 0: step is missing"],
    [
      "a state that went through JSON",
      broken((own) => (own["expAvg"] = JSON.parse(JSON.stringify(own["expAvg"])))),
      '…"; JSON cannot hold tensors, saveTorch can',
    ],
    [
      "tensors of a second copy of the package",
      broken((own) => (own["expAvg"] = new OtherTensor())),
      "expAvg must be a tensor, got a tensor of float32 [2] of another copy of @tapegrad/tensor; install it once",
    ],
    ["a count that is no number", broken((own) => (own["step"] = NaN)), "parameter 0: step must be finite, got NaN"],
    ["null for a moment", broken((own) => (own["expAvgSq"] = null)), "expAvgSq must be a tensor, got null"],
    ["a list of numbers", broken((own) => (own["expAvg"] = [1, 2])), "expAvg must be a tensor, got [1, 2]"],
    [
      "a typed array",
      broken((own) => (own["expAvg"] = Float32Array.of(1, 2))),
      "expAvg must be a tensor, got a value of",
    ],
    ["text for a count", broken((own) => (own["step"] = "2")), 'step must be a number, got "2"'],
    [
      "a moment of another dtype",
      broken((own) => (own["expAvg"] = tensor([1, 2], { dtype: "int32" }))),
      "expAvg must be",
    ],
    ["what Adam does not know", broken((own) => (own["momentum"] = 1)), "state of parameter 0: momentum is unknown"],
    [
      "what every object has",
      broken((own) => (own["constructor"] = 1)),
      "state of parameter 0: constructor is unknown",
    ],
    [
      "a state of nobody",
      broken((own, dict) => (dict.state![7] = own)),
      "there is a state of parameter 7, which no group",
    ],
    ["the same name twice", broken((own) => (own["exp_avg"] = ones([2]))), "state of parameter 0: expAvg comes twice"],
    [
      "options that are missing",
      broken((_, dict) => delete dict.paramGroups![0]!["betas"]),
      "group 0: betas is missing",
    ],
    [
      "betas that are none",
      broken((_, dict) => (dict.paramGroups![0]!["betas"] = null)),
      "betas must be two numbers, got null",
    ],
    [
      "a rate that is none",
      broken((_, dict) => (dict.paramGroups![0]!["initialLr"] = NaN)),
      "initialLr must be finite",
    ],
    [
      "numbers that are none",
      broken((_, dict) => (dict.paramGroups![0]!["params"] = ["0"])),
      "params must be a list of numbers",
    ],
    ["a state of SGD", new SGD([ones([2])], { lr: 1 }).stateDict(), "unknown options momentum, dampening, nesterov"],
  ];

  test.each(cases)("%s", async (_, state, message) => {
    const { x, adam } = trained(1);
    const before = JSON.stringify([[...x.dataSync()], bits(adam)]);
    expect(() => adam.loadStateDict(state as never)).toThrow(message);
    expect(() => adam.loadStateDict(state as never)).toThrow(ValueError);
    await expect(adam.loadStoredStateDict(state as never)).rejects.toThrow(message);
    expect(JSON.stringify([[...x.dataSync()], bits(adam)])).toBe(before);
  });

  test("a moment of another shape", () => {
    const state = broken((own) => (own["expAvg"] = ones([3])));
    expect(() => trained().adam.loadStateDict(state)).toThrow(
      new ShapeError("Adam.loadStateDict: state of parameter 0: expAvg has shape [3], its parameter [2]"),
    );
  });

  test("one schedule of several that does not fit leaves all as they were", () => {
    const make = (): { group: { lr: number }; chain: optim.ChainedScheduler } => {
      const group = { lr: 1 };
      const optimizer = { paramGroups: [group] };
      return {
        group,
        chain: new optim.ChainedScheduler([new optim.StepLR(optimizer, 1), new optim.ExponentialLR(optimizer, 0.5)]),
      };
    };
    const saved = make().chain;
    saved.step();
    const { group, chain } = make();
    const [first, second] = saved.stateDict().schedulers as readonly object[];
    const bad: readonly (readonly [unknown, string])[] = [
      [{ schedulers: [first, { ...second, lastLr: [null] }] }, "ExponentialLR.loadStateDict: lastLr must be"],
      [{ schedulers: [first, {}] }, "ExponentialLR.loadStateDict: lastEpoch is missing"],
      [{ schedulers: [first] }, "expected the state of 2 schedules, got 1"],
      [{}, "ChainedScheduler.loadStateDict: schedulers is missing"],
      [null, "expected a saved state, a plain object or a Map, got null"],
    ];
    for (const [state, message] of bad) expect(() => chain.loadStateDict(state as never)).toThrow(message);
    expect(group.lr).toBe(1);
    chain.step();
    expect(group.lr).toBeCloseTo(0.05, 12);
  });

  test("a count or an average that is missing or of another kind", () => {
    const average = new WeightAverage([ones([2])]);
    const good = average.stateDict();
    const bad: readonly (readonly [unknown, string])[] = [
      [{ averages: good.averages }, "WeightAverage.loadStateDict: count is missing"],
      [{ ...good, count: "1" }, "count must be an integer of at least 0"],
      [{ ...good, averages: [] }, "expected averages of 1 parameters, got 0"],
      [{ ...good, averages: [{}] }, "averages: 0 must be a tensor, got {}; JSON cannot hold tensors, saveTorch can"],
      [{ ...good, averages: [null] }, "averages: 0 must be a tensor, got null"],
    ];
    for (const [state, message] of bad) expect(() => average.loadStateDict(state as never)).toThrow(message);
  });
});

test("a state on another device is moved to its parameters", async () => {
  await useDevice("gpu:cpu");
  const there = new Adam([tensor([1, 2], { requiresGrad: true })]);
  there.paramGroups[0]!.params[0]!.grad = ones([2]);
  there.step();
  await useDevice("wasm");
  const x = tensor([1, 2], { requiresGrad: true });
  for (const load of [
    (adam: Adam) => adam.loadStateDict(there.stateDict()),
    (adam: Adam) => adam.loadStoredStateDict(there.stateDict()),
  ]) {
    const here = new Adam([x]);
    await load(here);
    expect(bits(here)).toBe(bits(there));
    const { expAvg, expAvgSq } = here.stateDict().state["0"]!;
    expect([(expAvg as Tensor).device, (expAvgSq as Tensor).device]).toEqual([x.device, x.device]);
  }
  const average = new WeightAverage([x]);
  average.loadStateDict({ count: 2, averages: there.paramGroups[0]!.params });
  expect(average.stateDict().averages[0]!.device).toBe(x.device);
});

test("a state that lacks the buffers of momentum says so, unless there were none yet", () => {
  const x = tensor([1], { requiresGrad: true });
  const rms = new optim.RMSprop([x]);
  x.grad = ones([1]);
  rms.step();
  rms.paramGroups[0]!.momentum = 0.9;
  const saved = rms.stateDict();
  expect(saved.state["0"]!["momentumBuffer"]).toBeNull();
  expect(() => new optim.RMSprop([x]).loadStateDict(saved)).not.toThrow();
  const { momentumBuffer: _, ...lost } = saved.state["0"]!;
  expect(() => new optim.RMSprop([x]).loadStateDict({ ...saved, state: { 0: lost } })).toThrow(
    "RMSprop.loadStateDict: state of parameter 0: momentumBuffer is missing",
  );
});

test("a state need not hold what its options never use, as PyTorch's does not", () => {
  const x = tensor([1], { requiresGrad: true });
  for (const make of [
    () => new optim.RMSprop([x]),
    () => new optim.SGD([x], { lr: 0.1 }),
    () => new optim.Adam([x]),
    () => new optim.AdamW([x]),
  ]) {
    const optimizer = make();
    x.grad = ones([1]);
    optimizer.step();
    const { state, paramGroups } = optimizer.stateDict();
    const used = Object.entries(state["0"] ?? {}).filter(([, value]) => value !== null);
    const names = used.map(([name]) => name);
    for (const idle of ["momentumBuffer", "gradAvg", "maxExpAvgSq"]) expect(names).not.toContain(idle);
    const again = make();
    again.loadStateDict({ paramGroups, state: { 0: Object.fromEntries(used) } });
    expect(Object.keys(again.stateDict().state["0"] ?? {}).sort()).toEqual(Object.keys(state["0"] ?? {}).sort());
  }
});

test("a new schedule begins where the first schedule of a saved optimizer did", () => {
  const first = new SGD([ones([1])], { lr: 0.1 });
  const half = new optim.LambdaLR(first, (t) => 0.5 ** t);
  for (let epochs = 0; epochs < 3; epochs++) half.step();
  const second = new SGD([ones([1])], { lr: 9 });
  second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())));
  const again = new optim.LambdaLR(second, (t) => 0.5 ** t);
  for (let epochs = 0; epochs < 3; epochs++) again.step();
  expect(again.lastLrs).toEqual([0.0125]);
  second.loadStateDict(new SGD([ones([1])], { lr: 0.3 }).stateDict());
  expect(new optim.LambdaLR(second, () => 1).lastLrs).toEqual([0.3]);
});

test("Adagrad's sums begin with the constructor's value, whatever a group says, as in PyTorch", () => {
  const [x, y] = [tensor([1], { requiresGrad: true }), tensor([1], { requiresGrad: true })];
  const groups = [{ params: [x] }, { params: [y], initialAccumulatorValue: 5 }];
  const adagrad = new optim.Adagrad(groups, { initialAccumulatorValue: 0.5 });
  x.grad = ones([1]);
  y.grad = ones([1]);
  adagrad.step();
  const { state } = adagrad.stateDict();
  expectClose(state["0"]!["sum"] as Tensor, [1.5]);
  expectClose(state["1"]!["sum"] as Tensor, [1.5]);
});
