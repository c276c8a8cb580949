export { backward } from "./backward.ts";
export type { BackwardOptions } from "./backward.ts";
export { grad } from "./grad.ts";
export type { GradOptions } from "./grad.ts";
export { enableGrad, isRecording, noGrad } from "@tapegrad/tensor";
export { retainGrad } from "./walk/retain-grad.ts";
export { registerHook } from "./hooks/register-hook.ts";
export type { TensorHook, TensorHookHandle } from "./hooks/register-hook.ts";
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
export { AnomalyError } from "./hooks/anomaly-error.ts";
export { detectAnomaly } from "./hooks/detect-anomaly.ts";
export type { AnomalyOptions } from "./hooks/detect-anomaly.ts";
export { checkGradGradients, checkGradients } from "./checks/check-gradients.ts";
export type { CheckGradientsOptions } from "./checks/check-gradients.ts";
