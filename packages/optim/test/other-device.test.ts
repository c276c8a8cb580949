import { backward } from "@tapegrad/autograd";
import { LBFGS, SGD, WeightAverage, clipGradNorm, clipGradValue } from "@tapegrad/optim";
import {
  type Device,
  deviceReport,
  mul,
  square,
  sub,
  sum,
  Tensor,
  tensor,
  useDevice,
  withDevice,
} from "@tapegrad/tensor";
import { expectClose, optimizerKinds, optimizers, type OptimizerSpec } from "@tapegrad/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const start = [0.5, -2, 3];

function parameters(device: Device): Tensor[] {
  return [tensor(start, { requiresGrad: true, device }), tensor(1, { requiresGrad: true, device })];
}

/** Takes three steps towards `(1, 2, 3)` and 0. */
async function trained(spec: OptimizerSpec, params: readonly Tensor[]) {
  const optimizer = spec.make(params);
  const goal = tensor([1, 2, 3], { device: params[0]!.device });
  const closure = (): Tensor => {
    for (const param of params) param.grad = null;
    const loss = sum(mul(square(sub(params[0]!, goal)), square(params[1]!)));
    backward(loss);
    return loss;
  };
  for (let step = 0; step < 3; step++) {
    closure();
    await optimizer.step(closure);
  }
  return optimizer;
}

function devicesIn(value: unknown): readonly Device[] {
  if (value instanceof Tensor) return [value.device];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(devicesIn) : [];
}

describe.each([
  ["gpu:cpu", "wasm"],
  ["wasm", "gpu:cpu"],
] as const)("with parameters on %s while %s is current", (home, elsewhere) => {
  const before = deviceReport().requested;
  let device: Device;
  let current: Device;
  beforeAll(async () => {
    device = await useDevice(home);
    current = await useDevice(elsewhere);
  });
  afterAll(() => useDevice(before));

  test.each(optimizerKinds)("%s moves them, and what it remembers lives with them", async (kind) => {
    await fc.assert(
      fc.asyncProperty(optimizers({ kinds: [kind] }), async (spec) => {
        const [params, same] = [parameters(device), parameters(current)];
        const optimizer = await trained(spec, params);
        const other = await trained(spec, same);
        for (const [i, param] of params.entries()) expectClose(param, same[i]!.dataSync(), { rtol: 1e-4, atol: 1e-5 });
        expect(devicesIn(optimizer.stateDict()).filter((each) => each !== device)).toEqual([]);
        optimizer.loadStateDict(other.stateDict());
        expect(devicesIn(optimizer.stateDict()).filter((each) => each !== device)).toEqual([]);
        await optimizer.step(() => sum(square(params[0]!)));
      }),
      { numRuns: 4 },
    );
  });

  test("norms, clipped gradients and averages of weights live with them too", () => {
    const params = parameters(device);
    expect(clipGradNorm(params, 1).device).toBe(device);
    for (const param of params) backward(sum(square(param)));
    expect(clipGradNorm(params, 1).device).toBe(device);
    clipGradValue(params, 0.25);
    expect(params.map(({ grad }) => grad!.device)).toEqual([device, device]);
    const average = new WeightAverage(params);
    average.update();
    average.loadStateDict(new WeightAverage(parameters(current)).stateDict());
    expect(devicesIn(average.stateDict())).toEqual([device, device]);
    average.swap();
    expectClose(params[0]!, start);
  });
});

test("state that was saved from another device is moved by the optimizers that have some", async () => {
  const before = deviceReport().requested;
  const wasm = await useDevice("wasm");
  const gpu = await useDevice("gpu:cpu");
  try {
    const step = (optimizer: SGD, params: readonly Tensor[]): void => {
      for (const param of params)
        param.grad = tensor(new Float32Array(param.size).fill(1), { shape: param.shape, device: param.device });
      optimizer.step();
    };
    const [params, others] = [parameters(wasm), parameters(gpu)];
    const make = (list: readonly Tensor[]): SGD => new SGD(list, { lr: 0.1, momentum: 0.5 });
    const [optimizer, loaded] = [make(params), make(others)];
    step(optimizer, params);
    step(loaded, others);
    loaded.loadStateDict(optimizer.stateDict());
    step(optimizer, params);
    step(loaded, others);
    expectClose(others[0]!, params[0]!.dataSync());
    withDevice(wasm, () => expect(() => new LBFGS(others).loadStateDict(new LBFGS(params).stateDict())).not.toThrow());
  } finally {
    await useDevice(before);
  }
});
