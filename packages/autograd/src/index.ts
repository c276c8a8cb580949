export { backward } from "./backward.ts";
export type { BackwardOptions } from "./backward.ts";
export { grad } from "./grad.ts";
export type { GradOptions } from "./grad.ts";
export { enableGrad, isRecording, noGrad } from "@tapegrad/tensor";
export { retainGrad } from "./retain-grad.ts";
export { registerHook } from "./register-hook.ts";
export type { TensorHook, TensorHookHandle } from "./register-hook.ts";
export { jacobian } from "./functional/jacobian.ts";
export type { Jacobian } from "./functional/jacobian.ts";
export { hessian } from "./functional/hessian.ts";
export type { Hessian } from "./functional/hessian.ts";
export { jvp } from "./functional/jvp.ts";
export { vjp } from "./functional/vjp.ts";
export { hvp } from "./functional/hvp.ts";
export { vhp } from "./functional/vhp.ts";
export type {
  DerivativeOptions,
  DifferentiableFunction,
  ForEach,
  Tensors,
} from "./functional/differentiable-function.ts";
export { customFunction } from "./custom-function.ts";
export type { CustomFunction } from "./custom-function.ts";
export { AnomalyError } from "./anomaly-error.ts";
export { detectAnomaly } from "./detect-anomaly.ts";
export type { AnomalyOptions } from "./detect-anomaly.ts";
export { checkGradGradients, checkGradients } from "./check-gradients.ts";
export type { CheckGradientsOptions } from "./check-gradients.ts";
