import { checkDevice, checkInteger, checkShape, readOptions } from "../../checks/index.ts";
import { type Shape, sizeOf, type Tensor, ValueError } from "../../core.ts";
import { currentDevice } from "../../devices/choose.ts";
import type { Device } from "../../devices/device.ts";
import { type RandomOptions, tensor } from "../../tensor/create.ts";
import { checkDType, type DType } from "../../tensor/dtype.ts";
import { uniforms } from "../../tensor/host-random.ts";
import { checkGenerator, defaultGenerator } from "../../tensor/random.ts";

/** Options of `randint` and `randperm`. */
export interface RandomIntegerOptions extends Omit<RandomOptions, "requiresGrad"> {
  /** @default "int32" */
  readonly dtype?: DType;
}

/**
 * Whole numbers from `low` up to but excluding `high`, each as likely as the others.
 *
 * @throws ValueError unless both are integers that int32 holds and `high` exceeds `low`.
 */
export function randint(low: number, high: number, shape: Shape, options: RandomIntegerOptions = {}): Tensor {
  checkInteger("randint", "low", low, -(2 ** 31));
  checkInteger("randint", "high", high);
  if (high <= low || high > 2 ** 31)
    throw new ValueError(`randint: high must exceed low ${low}, and not 2³¹, got ${high}`);
  checkShape("randint", shape);
  const { dtype, generator, device } = readIntegerOptions("randint", options);
  const size = sizeOf(shape);
  // 48 bits for each, so that wide ranges are even too.
  const [upper, lower] = [uniforms(generator, size), uniforms(generator, size)];
  const draw = (value: number, i: number): number => low + Math.floor((value + lower[i]! * 2 ** -24) * (high - low));
  const values = Float64Array.from(upper, draw);
  return tensor(values, { shape, dtype, device });
}

/** @throws ValueError naming `op` if an option is unknown or not what it should be. */
export function readIntegerOptions(op: string, options: RandomIntegerOptions): Required<RandomIntegerOptions> {
  return readOptions(op, options, {
    dtype: ["int32", (_, __, value) => checkDType(op, value as DType)],
    generator: [defaultGenerator(), checkGenerator],
    device: [currentDevice(), (_, __, value) => checkDevice(op, value as Device)],
  });
}
