import {
  DisposedError,
  add,
  currentDevice,
  destroyDevices,
  memoryStats,
  mul,
  ones,
  tensor,
  useDevice,
} from "@tapegrad/tensor";
import { expectClose, portableDevices } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

describe.each(portableDevices)("on %s", (name) => {
  test("a tensor of a destroyed device says what happened to it, however it is used", async () => {
    await useDevice(name);
    const dead = ones([2000]);
    const held = mul(dead, 2);
    destroyDevices();
    await useDevice(name);
    const alive = ones([2000]);
    const uses = [
      () => dead.dataSync(),
      () => held.dataSync(),
      () => add(dead, 1),
      () => add(alive, dead),
      () => add(dead, alive),
      () => alive.assign(dead),
      () => dead.assign(alive),
    ];
    for (const use of uses) {
      expect(use).toThrow(DisposedError);
      expect(use).toThrow(
        /values were lost when destroyDevices\(\) destroyed its device, [\w:]+; copy values with data\(\)/,
      );
    }
    await expect(dead.data()).rejects.toThrow(DisposedError);
    const before = memoryStats().buffers;
    for (const each of [dead, held]) each.dispose();
    expect(memoryStats().buffers).toBe(before);
    expectClose(add(alive, tensor(1)), new Array<number>(2000).fill(2));
  });

  test("a device that was opened before is taken again, with its tensors", async () => {
    await useDevice(name);
    const device = currentDevice();
    await useDevice(name);
    expect(currentDevice()).toBe(device);
  });
});
