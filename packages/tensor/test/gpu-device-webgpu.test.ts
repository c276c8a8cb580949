import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { deviceReport, useDevice } from "../src/devices/choose.ts";
import type { InnerDevice, Operand } from "../src/devices/device.ts";
import { findWebgpu } from "../src/devices/gpu/find-webgpu.ts";
import { type GpuMode, openGpuDevice } from "../src/devices/gpu/open-gpu-device.ts";
import { DeviceError } from "../src/errors.ts";
import { float32, gpuKernel, scaledSum, testResidentDevice } from "./resident-device.ts";
import { singleStep } from "./single-step.ts";

/** Why WebGPU cannot be tested here; null where it can. */
const missing: string | null = await findWebgpu().then(
  () => null,
  (error: unknown) => (error as Error).message,
);

const broken = gpuKernel({ name: "broken", gpu: () => singleStep("function(a) { return nothing(a[0]); }", 1, 1) });

/** Why WebGPU is not what `useDevice("auto")` wants: it is missing, or computes on the CPU. */
const unwanted: string | null = await findWebgpu({ software: false }).then(
  () => null,
  (error: unknown) => (error as Error).message,
);

test.runIf(unwanted !== null)("without an adapter that is hardware, auto takes wasm and says why", async () => {
  const report = await useDevice("auto").then(() => deviceReport());
  expect(report.device).toBe("wasm");
  expect(report.attempts).toEqual([{ name: "gpu:webgpu", outcome: unwanted }]);
});

test("a software adapter that was opened by name is not what auto and gpu take", async () => {
  const softwareAdapter = "SwiftShader";
  vi.doMock("../src/devices/gpu/open-gpu-device.ts", async (original) => ({
    ...(await original<typeof import("../src/devices/gpu/open-gpu-device.ts")>()),
    openGpuDevice: async (mode: GpuMode) =>
      Object.assign(await openGpuDevice("cpu"), {
        name: `gpu:${mode}`,
        softwareAdapter: mode === "webgpu" ? softwareAdapter : null,
      }),
  }));
  vi.resetModules();
  try {
    const choose = await import("../src/devices/choose.ts");
    expect((await choose.useDevice("gpu:webgpu")).name).toBe("gpu:webgpu");
    for (const [name, expected] of [
      ["auto", "wasm"],
      ["gpu", "gpu:webgl2"],
      ["gpu:webgpu", "gpu:webgpu"],
    ] as const) {
      expect((await choose.useDevice(name)).name).toBe(expected);
      const { attempts } = choose.deviceReport();
      if (name === "gpu:webgpu") expect(attempts).toEqual([]);
      else expect(attempts[0]!.outcome).toMatch(/the WebGPU adapter is software \(SwiftShader\)/);
    }
  } finally {
    vi.doUnmock("../src/devices/gpu/open-gpu-device.ts");
    vi.resetModules();
  }
});

test.runIf(missing !== null)("where WebGPU is missing, gpu:webgpu is an error that says what it needs", async () => {
  await expect(openGpuDevice("webgpu")).rejects.toThrow(DeviceError);
  await expect(openGpuDevice("webgpu")).rejects.toThrow(/webgpu|adapter/);
});

describe.skipIf(missing !== null)(missing === null ? "gpu:webgpu" : `gpu:webgpu (skipped: ${missing})`, () => {
  testResidentDevice("webgpu");

  let device: InnerDevice;
  beforeAll(async () => {
    device = await openGpuDevice("webgpu");
  });
  afterAll(() => device.destroy());

  function upload(values: readonly number[]): Operand {
    return { handle: device.upload(Float32Array.from(values)), shape: [values.length], dtype: "float32" };
  }

  test("reading at once is an error", () => {
    expect(() => device.read(device.upload(Float32Array.of(1)))).toThrow(/await/);
  });

  test("an error surfaces where values that depend on it are read, and names the kernel", async () => {
    const [failed] = device.run(broken, [upload([1])], [float32(1)], undefined);
    const [dependent] = device.run(
      scaledSum,
      [{ handle: failed!, shape: [1], dtype: "float32" }, upload([1])],
      [float32(1)],
      { scale: 1 },
    );
    await expect(device.download(dependent!)).rejects.toThrow(DeviceError);
    await expect(device.download(failed!)).rejects.toThrow(/^broken: gpu.js could not run it/);
    expect(
      await device.download(device.run(scaledSum, [upload([1]), upload([2])], [float32(1)], { scale: 1 })[0]!),
    ).toEqual(Float32Array.of(3));
  });
});
