export { backward, type BackwardOptions } from "./backward.ts";
export { grad, type GradOptions } from "./grad.ts";
export { enableGrad, isRecording, noGrad } from "@tapegrad/tensor";
export { retainGrad } from "./walk/retain-grad.ts";
export { registerHook, type TensorHook, type TensorHookHandle } from "./hooks/register-hook.ts";
export { jacobian, type Jacobian } from "./functional/jacobian.ts";
export { hessian, type Hessian } from "./functional/hessian.ts";
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
export { customFunction, type CustomFunction } from "./custom-function.ts";
export { AnomalyError } from "./hooks/anomaly-error.ts";
export { detectAnomaly, type AnomalyOptions } from "./hooks/detect-anomaly.ts";
export { checkGradGradients, checkGradients, type CheckGradientsOptions } from "./checks/check-gradients.ts";
export type { TensorFunction } from "./checks/finite-differences.ts";
