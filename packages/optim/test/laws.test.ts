import {
  gradientScaleLaw,
  maximizeLaw,
  maximizingOptimizers,
  optimizerKinds,
  optimizers,
  rescalableOptimizers,
  resumeLaw,
  scheduleResumeLaw,
  schedules,
  zeroGradientLaw,
} from "@tapegrad/testing";
import fc from "fast-check";
import { describe, test } from "vitest";

describe.each(optimizerKinds)("%s", (kind) => {
  test("moves nothing without a gradient", () =>
    fc.assert(zeroGradientLaw(optimizers({ kinds: [kind], weightDecay: false })), { numRuns: 30 }));

  test("goes on from its state dict as if nothing had happened", () =>
    fc.assert(resumeLaw(optimizers({ kinds: [kind] })), { numRuns: 30 }));
});

test("to maximize is to minimize the negative", () => fc.assert(maximizeLaw(maximizingOptimizers()), { numRuns: 150 }));

test("the scale of the gradients is a matter of lr or eps", () =>
  fc.assert(gradientScaleLaw(rescalableOptimizers()), { numRuns: 150 }));

test("a schedule goes on from its state dict, through JSON", () =>
  fc.assert(scheduleResumeLaw(schedules()), { numRuns: 500 }));
