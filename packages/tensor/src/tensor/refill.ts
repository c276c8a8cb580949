import { checkInPlace } from "../checks/check-in-place.ts";
import { checkFloat, checkNumber, readOptions } from "../checks/index.ts";
import type { Kernel } from "../devices/kernel.ts";
import { fillKernel } from "../kernels/movement.ts";
import { normalKernel, uniformKernel } from "../kernels/random.ts";
import { checkGenerator, defaultGenerator, type Generator } from "./random.ts";
import type { Tensor } from "./tensor.ts";

/** Where random values come from. */
export interface RefillOptions {
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/**
 * Gives every element one value: in place, on the tensor's own device, not recorded (torch: `Tensor.fill_`).
 *
 * @throws GradientError outside `noGrad`, if the tensor is a leaf that requires grad or a view of one.
 * @throws DTypeError if it is not float32.
 */
export function refill<T extends Tensor>(target: T, value: number): T {
  checkNumber("refill", "value", value);
  return rewrite("refill", target, fillKernel, value);
}

/**
 * Draws every element uniformly from `[low, high)`: in place, on the tensor's own device, not recorded (torch:
 * `Tensor.uniform_`). Element `i` is `low + (high − low) · u` in doubles, `u` being what `uniforms` gives.
 *
 * @throws GradientError outside `noGrad`, if the tensor is a leaf that requires grad or a view of one.
 * @throws DTypeError if it is not float32.
 */
export function refillUniform<T extends Tensor>(
  target: T,
  options: RefillOptions & { readonly low?: number; readonly high?: number } = {},
): T {
  const { low, high, generator } = readOptions("refillUniform", options, {
    low: [0, checkNumber],
    high: [1, checkNumber],
    generator: [defaultGenerator(), checkGenerator],
  });
  return rewrite("refillUniform", target, uniformKernel, { ...generator.key(), offset: low, scale: high - low });
}

/**
 * Draws every element from a normal distribution: in place, on the tensor's own device, not recorded (torch:
 * `Tensor.normal_`). Element `i` is `mean + std · z` in doubles, `z` being what `normals` gives.
 *
 * @throws GradientError outside `noGrad`, if the tensor is a leaf that requires grad or a view of one.
 * @throws DTypeError if it is not float32.
 */
export function refillNormal<T extends Tensor>(
  target: T,
  options: RefillOptions & { readonly mean?: number; readonly std?: number } = {},
): T {
  const { mean, std, generator } = readOptions("refillNormal", options, {
    mean: [0, checkNumber],
    std: [1, checkNumber],
    generator: [defaultGenerator(), checkGenerator],
  });
  return rewrite("refillNormal", target, normalKernel, { ...generator.key(), offset: mean, scale: std });
}

/** Replaces the values by those of a kernel without inputs. */
function rewrite<T extends Tensor, P>(name: string, target: T, kernel: Kernel<P>, params: P): T {
  checkFloat(name, target, "target");
  checkInPlace(name, target);
  const { device, dtype, shape, storage } = target;
  if (target.size > 0) storage.replace(device.run(kernel, [], [{ shape, dtype }], params)[0]!, false);
  return target;
}
