import { readFileSync } from "node:fs";
import { backward } from "@tapegrad/autograd";
import * as nn from "@tapegrad/nn";
import { ones } from "@tapegrad/tensor";
import { goldenTensor, type GoldenTensor, type GoldenTensors } from "@tapegrad/test-support";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";
import { stateOf } from "./torch-checks.ts";
import { fieldName } from "./torch-modules.ts";

/** What `fixtures/make_parametrize_cases.py` wrote. */
interface ParametrizeCase {
  readonly name: string;
  readonly layer: "Linear" | "Conv2d" | "ConvTranspose2d";
  readonly args: readonly number[];
  readonly wrap: "weight_norm" | "spectral_norm";
  readonly options: Readonly<Record<string, unknown>>;
  readonly before: GoldenTensors;
  readonly x: GoldenTensor;
  readonly trained: GoldenTensor;
  readonly seed: GoldenTensor;
  readonly gradX: GoldenTensor;
  readonly gradients: GoldenTensors;
  readonly after: GoldenTensors;
  readonly evaluated: GoldenTensor;
}

const cases = JSON.parse(
  readFileSync(new URL("fixtures/parametrize-cases.json", import.meta.url), "utf8"),
) as readonly ParametrizeCase[];

const layers = { Linear: nn.Linear, Conv2d: nn.Conv2d, ConvTranspose2d: nn.ConvTranspose2d };

function build({ layer, args, wrap, options }: ParametrizeCase): nn.Layer {
  const Layer = layers[layer] as new (...args: readonly number[]) => nn.Layer;
  const wrapper = (wrap === "weight_norm" ? nn.weightNorm : nn.spectralNorm) as (m: nn.Layer, o: object) => nn.Layer;
  const named = Object.entries(options).map(([name, value]) => [fieldName(name), value]);
  return wrapper(new Layer(...args), Object.fromEntries(named));
}

eachDevice(() => {
  test.each(cases)("$name does what PyTorch's does, from its state dict on", (each) => {
    const module = build(each);
    module.loadStateDict(stateOf(each.before));
    const x = goldenTensor(each.x, { requiresGrad: true });
    const trained = module.forward(x);
    expectClose(trained, each.trained);
    backward(trained, { gradient: goldenTensor(each.seed) });
    expectClose(x.grad!, each.gradX);
    const parameters = new Map(module.namedParameters());
    expect([...parameters.keys()].sort()).toEqual(Object.keys(each.gradients).sort());
    for (const [key, gradient] of Object.entries(each.gradients)) expectClose(parameters.get(key)!.grad!, gradient);
    module.eval();
    expectClose(module.forward(x), each.evaluated);
    for (const [key, value] of module.stateDict()) expectClose(value, each.after[key]!);
  });
}, ["wasm", "gpu:webasm"]);

test("weight norm computes what the layer did, under either name of its state", () => {
  for (const [keys, names] of [
    ["suffixes", ["bias", "weight_g", "weight_v"]],
    ["parametrizations", ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]],
  ] as const) {
    const linear = new nn.Linear(3, 2);
    const x = ones([1, 3]);
    const before = linear.forward(x).dataSync();
    nn.weightNorm(linear, { keys });
    expectClose(linear.forward(x), [...before]);
    expect([...linear.stateDict().keys()]).toEqual(names);
    expect(() => nn.weightNorm(linear)).toThrow('weightNorm: Linear has no parameter in a field "weight"');
  }
});

test("only train mode moves spectral norm's vectors, and a graph may hold several passes", () => {
  const linear = nn.spectralNorm(new nn.Linear(3, 3));
  const state = (): string => JSON.stringify(linear.buffers().map((each) => [...each.dataSync()]));
  linear.eval();
  const first = state();
  linear.forward(ones([1, 3]));
  expect(state()).toBe(first);
  linear.train();
  const twice = linear.forward(linear.forward(ones([1, 3])));
  expect(state()).not.toBe(first);
  backward(twice, { gradient: ones(twice.shape) });
  expect(linear.modeSensitive).toBe(true);
});
