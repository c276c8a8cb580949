import { add, DeviceError, type DeviceName, ones, useDevice } from "@tapegrad/tensor";
import { expect, test, vi } from "vitest";

type Context = WebGLRenderingContext | WebGL2RenderingContext;

/** WebGL contexts that were made since, latest last. */
function watchContexts(): Context[] {
  const made: Context[] = [];
  const prototype = HTMLCanvasElement.prototype;
  const getContext = prototype.getContext;
  vi.spyOn(prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement, ...args: unknown[]) {
    const context = Reflect.apply(getContext, this, args) as Context | null;
    if (context !== null && "isContextLost" in context) made.push(context);
    return context as never;
  });
  return made;
}

test.each(["gpu:webgl2", "gpu:webgl"] satisfies DeviceName[])(
  "a lost context of %s is a DeviceError in the next await, and a new device opens",
  async (name) => {
    const contexts = watchContexts();
    await useDevice(name);
    vi.restoreAllMocks();
    const sum = add(ones([3]), 1);
    contexts.at(-1)!.getExtension("WEBGL_lose_context")!.loseContext();
    const next = async (): Promise<unknown> => await add(sum, 1).data();
    await expect(sum.data()).rejects.toThrow(DeviceError);
    await expect(sum.data()).rejects.toThrow(/WebGL context was lost.*useDevice/);
    await expect(next()).rejects.toThrow(/WebGL context was lost/);
    await useDevice(name);
    expect([...(await add(ones([3]), 1).data())]).toEqual([2, 2, 2]);
  },
);

test("a lost WebGPU device is a DeviceError in the next await, and a new device opens", async (context) => {
  const prototype = (globalThis as { GPUAdapter?: { prototype: GPUAdapterLike } }).GPUAdapter?.prototype;
  if (prototype === undefined) return context.skip("no WebGPU here");
  const devices: { destroy(): void }[] = [];
  const requestDevice = prototype.requestDevice;
  prototype.requestDevice = async function (...args) {
    const device = await Reflect.apply(requestDevice, this, args);
    devices.push(device);
    return device;
  };
  await useDevice("gpu:webgpu");
  prototype.requestDevice = requestDevice;
  const sum = add(ones([3]), 1);
  expect([...(await sum.data())]).toEqual([2, 2, 2]);
  devices.at(-1)!.destroy();
  await expect(add(sum, 1).data()).rejects.toThrow(DeviceError);
  await expect(sum.data()).rejects.toThrow(/WebGPU device was lost.*useDevice/);
  await useDevice("gpu:webgpu");
  expect([...(await add(ones([3]), 1).data())]).toEqual([2, 2, 2]);
});

interface GPUAdapterLike {
  requestDevice(...args: unknown[]): Promise<{ destroy(): void }>;
}
