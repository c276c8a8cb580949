import type { AdamStepOptions } from "../../ops/optimizers/adam-step.ts";

/**
 * lr/(1−β₁ᵗ), β₁, β₂, √(1−β₂ᵗ), eps, weight decay, what the parameter is multiplied by first, 1−β₁, 1−β₂.
 * The last two are made here, in double precision: 1 − 0.999 in float32 is off by 13 parts in a million.
 */
export function adamUniforms(options: AdamStepOptions): readonly number[] {
  const { lr, beta1, beta2, eps, weightDecay, decoupled, step } = options;
  const stepSize = lr / (1 - beta1 ** step);
  const shrink = decoupled ? 1 - lr * weightDecay : 1;
  const rootCorrection = Math.sqrt(1 - beta2 ** step);
  return [stepSize, beta1, beta2, rootCorrection, eps, weightDecay, shrink, 1 - beta1, 1 - beta2];
}
