import { type DeviceName, deviceReport, useDevice } from "@tapegrad/tensor";
import { testRunner } from "./test-runner.ts";

/** Devices that need no hardware: they run everywhere, so tests can. */
export const portableDevices: readonly DeviceName[] = ["wasm", "gpu:webasm", "gpu:cpu"];

let testDevices = portableDevices;

/** Sets the devices of tests that name none, in place of `portableDevices`: for a setup file, where there are others. */
export function setTestDevices(devices: readonly DeviceName[]): void {
  testDevices = devices;
}

/**
 * Declares a block of tests once for each device, which is in use while they run.
 *
 * Make tensors inside the tests or in `beforeAll`, not directly in the block, which runs before the device is chosen.
 *
 * ```ts
 * eachDevice((name) => {
 *   test("0 is neutral", () => expectClose(add(ones([3]), 0), [1, 1, 1]));
 * });
 * ```
 */
export function eachDevice(block: (name: DeviceName) => void, devices: readonly DeviceName[] = testDevices): void {
  const { afterAll, beforeAll, describe } = testRunner("eachDevice");
  for (const name of devices) {
    describe(name, () => {
      let before: DeviceName;
      beforeAll(async () => {
        before = deviceReport().requested;
        await useDevice(name);
      });
      afterAll(async () => {
        await useDevice(before);
      });
      block(name);
    });
  }
}
