import { backward, hessian, jacobian, vjp } from "@tapegrad/autograd";
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  ReLU,
  ReflectionPad2d,
  Sequential,
  Upsample,
  compareModes,
  foldBatchNorm,
  fuseConvBatchNorm,
  init,
  statisticsDrift,
  summary,
  updateBatchNorm,
} from "@tapegrad/nn";
import {
  type Device,
  deviceReport,
  Generator,
  randn,
  square,
  sum,
  tensor,
  type Tensor,
  toDevice,
  useDevice,
  withDevice,
} from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

describe.each([
  ["gpu:cpu", "wasm"],
  ["wasm", "gpu:cpu"],
] as const)("with a model on %s while %s is current", (home, elsewhere) => {
  const before = deviceReport().requested;
  let device: Device;
  let current: Device;
  beforeAll(async () => {
    device = await useDevice(home);
    current = await useDevice(elsewhere);
  });
  afterAll(() => useDevice(before));

  const network = (): Sequential =>
    withDevice(
      device,
      () =>
        new Sequential(
          new ReflectionPad2d(1),
          new Conv2d(1, 2, 3),
          new BatchNorm2d(2),
          new ReLU(),
          new Upsample({ scaleFactor: 1.5, mode: "bilinear" }),
          new Dropout(0.5),
          new Flatten(),
          new Linear(2 * 6 * 6, 3),
        ),
    );
  const images = (): Tensor => randn([4, 1, 4, 4], { device, generator: new Generator("images") });

  test("the tools of modes and statistics work, and leave the state where it is", async () => {
    const model = network();
    expect(summary(model, [1, 1, 4, 4]).rows.at(-1)!.outputShape).toEqual([1, 3]);
    expect(await updateBatchNorm(model, [images(), images()])).toBe(2);
    expect((await statisticsDrift(model, [images()])).layers).toHaveLength(1);
    expect((await compareModes(model, images())).atFault).not.toBeNull();
    const [conv, norm] = [model.at(1) as Conv2d, model.at(2) as BatchNorm2d];
    model.eval();
    const expected = model.forward(images());
    expect(fuseConvBatchNorm(conv, norm).weight.device).toBe(device);
    expectClose(foldBatchNorm(model, [1, 1, 4, 4]).forward(images()), expected, { rtol: 1e-4, atol: 1e-5 });
    for (const parameter of model.parameters()) expect(parameter.device).toBe(device);
  });

  test("initialisers fill it, gradients stay with it, and a state dict from elsewhere is moved", () => {
    const [model, other] = [network(), withDevice(current, () => new Linear(72, 3))];
    const head = model.at(7) as Linear;
    init.orthogonal(head.weight);
    init.truncatedNormal(head.weight);
    init.dirac((model.at(1) as Conv2d).weight);
    backward(sum(square(model.forward(images()))));
    for (const { grad } of model.parameters()) expect(grad!.device).toBe(device);
    head.loadStateDict(other.stateDict());
    expect(head.weight.device).toBe(device);
    expectClose(head.weight, other.weight.dataSync());
  });

  test("a tensor moves, and its gradient goes back", () => {
    const x = tensor([1, 2], { device, requiresGrad: true });
    const there = toDevice(x, current);
    expect(there.device).toBe(current);
    backward(sum(square(there)));
    expect(x.grad!.device).toBe(device);
    expectClose(x.grad!, [2, 4]);
    expect(toDevice(x, device)).not.toBe(x);
  });

  test("functions of derivatives run where their inputs live", () => {
    const x = tensor([1, 2], { device });
    expect(jacobian((v) => square(v), x).device).toBe(device);
    expectClose(
      hessian((v) => sum(square(v)), x),
      [2, 0, 0, 2],
    );
    expect(vjp((v) => square(v), x, tensor([1, 1], { device }))[1].device).toBe(device);
  });
});
