import type { Device } from "../devices/device.ts";
import { DeviceError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { showValue } from "./show-value.ts";

/** @throws DeviceError naming `op` unless it is a device that has not been destroyed. */
export function checkDevice(op: string, device: Device): void {
  if (typeof device !== "object" || device === null || typeof device.upload !== "function")
    throw new DeviceError(
      `${op}: device must be one that useDevice gave, or the device of a tensor, got ${showValue(device)}`,
    );
  if (device.destroyed === true) throw new DeviceError(`${op}: the device ${device.name} was destroyed`);
}

/**
 * Checks that all tensors live on one device; those that are null do not count.
 *
 * @param device which one it shall be. @default that of the first
 * @throws DeviceError naming `op` unless they do. @throws DisposedError if one is dead.
 */
export function checkSameDevice(op: string, tensors: readonly (Tensor | null)[], device?: Device): void {
  let expected = device;
  for (let i = 0; i < tensors.length; i++) {
    const tensor = tensors[i]!;
    if (tensor === null) continue;
    expected ??= tensor.device;
    if (tensor.device === expected) continue;
    for (const each of tensors) each?.storage.checkAlive();
    throw new DeviceError(
      `${op}: tensors live on different devices, ${expected.name} and ${tensor.device.name}; toDevice(x, device) moves one`,
    );
  }
}
