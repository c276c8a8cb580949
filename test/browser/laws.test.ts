import { BatchNorm2d } from "@tapegrad/nn/batch-norm2d";
import {
  architectures,
  batchPermutationEquivariance,
  deviceAgreement,
  eachDevice,
  evalChangesNothing,
  evalIgnoresTheBatch,
  layers,
  moduleGradientLaw,
  runningStatisticsLaw,
  saveLoadIdentity,
  trainingMovesStatisticsOnly,
} from "@tapegrad/testing";
import fc from "fast-check";
import { test } from "vitest";

/** Each case makes shaders of its own. */
const runs = { numRuns: 8 };

eachDevice(() => {
  test("layers are pure in eval mode, and look at each example alone", () => {
    fc.assert(evalChangesNothing(layers()), runs);
    fc.assert(evalIgnoresTheBatch(layers()), runs);
  });

  test("training moves statistics only, and what was saved is what is loaded", () => {
    fc.assert(trainingMovesStatisticsOnly(layers()), runs);
    fc.assert(saveLoadIdentity(layers()), runs);
  });

  test("gradients of networks equal finite differences", () => {
    fc.assert(moduleGradientLaw(architectures({ smooth: true })), runs);
  });

  test("networks do not see the order of a batch", () => {
    fc.assert(batchPermutationEquivariance(architectures()), runs);
  });

  test("batch norm keeps its running statistics", () => {
    fc.assert(
      runningStatisticsLaw(
        ({ features, momentum, eps, affine }) => new BatchNorm2d(features, { momentum, eps, affine }),
      ),
      runs,
    );
  });
});

test("networks compute the same on every device that answers at once", async () => {
  await fc.assert(deviceAgreement(architectures(), { devices: ["wasm", "gpu:webgl2", "gpu:webasm"] }), runs);
});

test.skip("laws on gpu:webgpu (skipped: they read values at once, which it cannot)", () => {});
