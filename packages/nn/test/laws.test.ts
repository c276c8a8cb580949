import { BatchNorm1d, BatchNorm2d, Conv2d } from "@tapegrad/nn";
import { deviceReport, reshape, type Tensor, useDevice } from "@tapegrad/tensor";
import {
  architectures,
  batchPermutationEquivariance,
  channelPermutationEquivariance,
  conv2dConfigurations,
  currentDeviceIndependence,
  deviceAgreement,
  evalChangesNothing,
  evalIgnoresTheBatch,
  layerKinds,
  layers,
  moduleGradientLaw,
  moduleSecondGradientLaw,
  runningStatisticsLaw,
  saveLoadIdentity,
  scaleAndShiftInvariance,
  shiftEquivariance,
  threadCountAgreement,
  trainingMovesStatisticsOnly,
} from "@tapegrad/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, test } from "vitest";

describe.each(layerKinds)("%s", (kind) => {
  const subjects = layers({ kinds: [kind] });
  const runs = { numRuns: 20 };

  test("eval mode is deterministic, pure, and looks at each example alone", () => {
    fc.assert(evalChangesNothing(subjects), runs);
    fc.assert(evalIgnoresTheBatch(subjects), runs);
    fc.assert(batchPermutationEquivariance(subjects), runs);
  });

  test("training moves statistics only, and what was saved is what is loaded", () => {
    fc.assert(trainingMovesStatisticsOnly(subjects), runs);
    fc.assert(saveLoadIdentity(subjects), runs);
  });

  test("it runs where its weights live", () => {
    fc.assert(currentDeviceIndependence(subjects), { numRuns: 5 });
  });
});

describe("networks of all kinds of layers", () => {
  const networks = architectures();

  test("obey the laws of train and eval mode", () => {
    fc.assert(evalChangesNothing(networks));
    fc.assert(evalIgnoresTheBatch(networks));
    fc.assert(trainingMovesStatisticsOnly(networks));
    fc.assert(saveLoadIdentity(networks));
  });

  test("do not see the order of a batch, and without dropout not in train mode either", () => {
    fc.assert(batchPermutationEquivariance(networks));
    fc.assert(batchPermutationEquivariance(architectures({ dropout: false }), { mode: "train", rtol: 1e-4 }));
  });
});

describe("gradients of parameters and inputs equal finite differences", () => {
  test("layer by layer, once and twice", () => {
    fc.assert(moduleGradientLaw(layers({ smooth: true })), { numRuns: 200 });
    fc.assert(moduleSecondGradientLaw(layers({ smooth: true })), { numRuns: 200 });
  });

  test("in networks, in either mode", () => {
    const networks = architectures({ smooth: true });
    fc.assert(moduleGradientLaw(networks), { numRuns: 60 });
    fc.assert(moduleGradientLaw(networks, { mode: "eval" }), { numRuns: 60 });
    fc.assert(moduleSecondGradientLaw(networks), { numRuns: 40 });
  });
});

describe("batch norm", () => {
  test("keeps its running statistics as the law says, for any momentum", () => {
    fc.assert(
      runningStatisticsLaw(
        ({ features, momentum, eps, affine }) => new BatchNorm2d(features, { momentum, eps, affine }),
      ),
    );
  });

  test("does not see scale and shift of its input", () => {
    fc.assert(scaleAndShiftInvariance(({ features, eps }) => new BatchNorm2d(features, { eps })));
    fc.assert(
      scaleAndShiftInvariance(({ features, eps }) => {
        const norm = new BatchNorm1d(features, { eps });
        return { train: () => norm.train(), forward: (x) => norm.forward(reshape(x, [x.shape[0]!, features, -1])) };
      }),
    );
  });
});

describe("Conv2d", () => {
  test("knows no order of channels", () => {
    fc.assert(
      channelPermutationEquivariance(
        conv2dConfigurations({ maxBatch: 2 }).map(({ inputShape, weightShape, stride, padding, dilation, groups }) => ({
          inputShape,
          weightShape,
          groups,
          fn: (x: Tensor, weight: Tensor, bias: Tensor): Tensor => {
            const [filters, , kh, kw] = weightShape;
            const conv = new Conv2d(inputShape[1], filters, [kh, kw], { stride, padding, dilation, groups });
            conv.loadStateDict(new Map(Object.entries({ weight, bias })));
            return conv.forward(x);
          },
        })),
      ),
    );
  });

  test("with circular padding works on a torus", () => {
    const axis = fc.tuple(fc.constantFrom(1, 3, 5), fc.integer({ min: 1, max: 2 }), fc.nat({ max: 3 }));
    const subjects = fc.tuple(fc.integer({ min: 1, max: 3 }), axis, axis).map(([channels, y, x]) => {
      const padding = [y, x].map(([kernel, dilation]) => (dilation * (kernel - 1)) / 2) as [number, number];
      const conv = new Conv2d(channels, 2, [y[0], x[0]], {
        padding,
        dilation: [y[1], x[1]],
        paddingMode: "circular",
      });
      const shape = [2, channels, Math.max(1, padding[0]) + y[2], Math.max(1, padding[1]) + x[2]];
      return { shape, fn: (input: Tensor) => conv.forward(input) };
    });
    fc.assert(shiftEquivariance(subjects));
  });
});

describe("networks compute the same", () => {
  test("on every portable device", async () => {
    await fc.assert(deviceAgreement(layers()), { numRuns: 40 });
    await fc.assert(deviceAgreement(architectures()), { numRuns: 10 });
    const smooth = architectures({ smooth: true, maxLayers: 3 });
    await fc.assert(deviceAgreement(smooth, { gradients: true, rtol: 1e-3 }), { numRuns: 5 });
  });

  describe("on the wasm device", () => {
    let before: ReturnType<typeof deviceReport>["requested"];
    beforeAll(async () => {
      before = deviceReport().requested;
      await useDevice("wasm");
    });
    afterAll(() => useDevice(before));

    test("bit by bit, for any number of threads", () => {
      const large = architectures({ minExtent: 24, maxExtent: 32, maxBatch: 32, maxChannels: 8 });
      fc.assert(threadCountAgreement(large, [1, 2, 3]), { numRuns: 30 });
    });
  });
});
