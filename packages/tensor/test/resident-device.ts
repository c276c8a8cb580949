import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Handle, InnerDevice, Operand, OutputSpec } from "../src/devices/device.ts";
import { integerLocal } from "../src/devices/gpu/integer-local.ts";
import { type GpuMode, openGpuDevice } from "../src/devices/gpu/open-gpu-device.ts";
import type { GpuProgram } from "../src/devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../src/devices/kernel.ts";
import { sizeOf } from "../src/tensor/shape.ts";
import { singleStep } from "./single-step.ts";

export function gpuKernel<P = void>(kernel: Omit<Kernel<P>, "wasm">): Kernel<P> {
  return defineKernel<P>({
    ...kernel,
    wasm() {
      throw new Error("not a wasm kernel");
    },
  });
}

export function float32(...shape: number[]): OutputSpec {
  return { shape, dtype: "float32" };
}

export const scaledSum = gpuKernel<{ scale: number }>({
  name: "scaledSum",
  key: () => "",
  uniforms: ({ scale }) => [scale],
  gpu: (_, [out]) =>
    singleStep("function(a, b, u) { return a[this.thread.x] + u[0] * b[this.thread.x]; }", 2, sizeOf(out!.shape), true),
});

/** Declares the tests of a device that keeps its values on the gpu. */
export function testResidentDevice(mode: GpuMode): void {
  let device: InnerDevice;
  beforeAll(async () => {
    device = await openGpuDevice(mode);
  });
  afterAll(() => device.destroy());

  function upload(values: readonly number[]): Operand {
    return { handle: device.upload(Float32Array.from(values)), shape: [values.length], dtype: "float32" };
  }

  async function download(handle: Handle): Promise<number[]> {
    return [...(await device.download(handle))];
  }

  test("values come back as they were uploaded, int32 and empty ones too", async () => {
    expect(await download(device.upload(Float32Array.of(1.5, Infinity, -0)))).toEqual([1.5, Infinity, -0]);
    expect(await device.download(device.upload(Int32Array.of(-3, 2 ** 24)))).toEqual(Int32Array.of(-3, 2 ** 24));
    expect(await download(device.upload(new Float32Array(0)))).toEqual([]);
  });

  test("calls that depend on each other run in order, though nothing is awaited between them", async () => {
    const one = upload([1, 1]);
    let sum = upload([0, 0]);
    for (let i = 1; i <= 50; i++) {
      const [next] = device.run(scaledSum, [sum, one], [float32(2)], { scale: i });
      device.free(sum.handle);
      sum = { ...sum, handle: next! };
    }
    expect(await download(sum.handle)).toEqual([1275, 1275]);
  });

  test("kernels see inputs as they were when they were called, before later outputs in place", async () => {
    const [a, b] = [upload([1, 2]), upload([10, 10])];
    const copy = device.copy(a.handle);
    const [before] = device.run(scaledSum, [a, b], [float32(2)], { scale: 1 });
    device.run(scaledSum, [a, b], [{ ...float32(2), inPlaceOf: 0 }], { scale: 2 });
    const [after] = device.run(scaledSum, [a, b], [float32(2)], { scale: 0 });
    expect([await download(before!), await download(after!), await download(a.handle), await download(copy)]).toEqual([
      [11, 12],
      [21, 22],
      [21, 22],
      [1, 2],
    ]);
  });

  test("grids and lanes give what flat threads give, for every extent", async () => {
    const extent = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(extent, extent, extent, async (x, y, z) => {
        const laned = gpuKernel({
          name: "laned",
          gpu: (): GpuProgram => ({
            steps: [
              {
                source: `function(a) { ${integerLocal("p", "4 * this.thread.y")} const s = a[0] * this.thread.x + a[2] * this.thread.z; return [s + a[1] * p, s + a[1] * (p + 1), s + a[1] * (p + 2), s + a[1] * (p + 3)]; }`,
                args: ["input0"],
                size: [x, y, z],
                lanes: 4,
              },
              { source: "function(a) { return a[this.thread.x] + 1.0; }", args: ["step0"], size: 4 * x * y * z },
            ],
            outputs: [0, 1],
          }),
        });
        const expected = Array.from(
          { length: 4 * x * y * z },
          (_, i) => (i % x) + 16 * (Math.floor(i / x) % (4 * y)) + 1024 * Math.floor(i / (4 * x * y)),
        );
        const [rows, more] = device.run(
          laned,
          [upload([1, 16, 1024])],
          [float32(z, 4 * y, x), float32(z, 4 * y, x)],
          undefined,
        );
        expect(await download(rows!)).toEqual(expected);
        expect(await download(more!)).toEqual(expected.map((value) => value + 1));
      }),
      { numRuns: 25 },
    );
  });

  test("comparisons written for NaN see it", async () => {
    const four = float32(4);
    const relu = gpuKernel({
      name: "relu",
      gpu: () => singleStep("function(a) { const x = a[this.thread.x]; return x <= 0.0 ? 0.0 : x; }", 1, 4),
    });
    const isNan = gpuKernel({
      name: "isNan",
      gpu: () => singleStep("function(a) { const x = a[this.thread.x]; return x === x ? 0.0 : 1.0; }", 1, 4),
    });
    const values = upload([Number.NaN, -1, 2, Infinity]);
    expect(await download(device.run(relu, [values], [four], undefined)[0]!)).toEqual([Number.NaN, 0, 2, Infinity]);
    expect(await download(device.run(isNan, [values], [four], undefined)[0]!)).toEqual([1, 0, 0, 0]);
  });

  test("what is freed, lost or an intermediate gives its memory back, also while calls on it are under way", async () => {
    const before = device.memoryStats();
    const twoSteps = gpuKernel({
      name: "twoSteps",
      gpu: (): GpuProgram => ({
        steps: [
          { source: "function(a) { return a[this.thread.x] * 2.0; }", args: ["input0"], size: 3 },
          { source: "function(a) { return a[this.thread.x] + 1.0; }", args: ["step0"], size: 3 },
        ],
      }),
    });
    const a = upload([1, 2, 3]);
    const [result] = device.run(twoSteps, [a], [float32(3)], undefined);
    device.free(a.handle);
    expect(await download(result!)).toEqual([3, 5, 7]);
    expect(device.memoryStats().buffers).toBe(before.buffers + 1);
    expect(device.memoryStats().bytes).toBeGreaterThanOrEqual(before.bytes + 12);
    const { token } = result!;
    device.reclaim(token);
    device.reclaim(token);
    const { buffers, bytes } = device.memoryStats();
    expect({ buffers, bytes }).toEqual({ buffers: before.buffers, bytes: before.bytes });
  });

  test("a length that no rectangle has is right to its last element", async () => {
    const ramp = Float32Array.from({ length: 100_003 }, (_, i) => i);
    const operand: Operand = { handle: device.upload(ramp), shape: [ramp.length], dtype: "float32" };
    const [sum] = device.run(scaledSum, [operand, operand], [float32(ramp.length)], { scale: 2 });
    expect(await device.download(sum!)).toEqual(ramp.map((value) => 3 * value));
  });
}
