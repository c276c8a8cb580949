import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Handle, InnerDevice, Operand, OutputSpec } from "../src/devices/device.ts";
import { createGpu } from "../src/devices/gpu/gpujs.ts";
import { KernelCache } from "../src/devices/gpu/kernel-cache.ts";
import { openGpuDevice } from "../src/devices/gpu/open-gpu-device.ts";
import type { GpuProgram } from "../src/devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../src/devices/kernel.ts";
import { DeviceError } from "../src/errors.ts";
import { type Shape, sizeOf } from "../src/tensor/shape.ts";
import { singleStep } from "./single-step.ts";

/** A kernel that only gpu devices run. */
function gpuKernel<P = void>(kernel: Omit<Kernel<P>, "wasm">): Kernel<P> {
  return defineKernel<P>({
    ...kernel,
    wasm() {
      throw new Error("not a wasm kernel");
    },
  });
}

function operand(handle: Handle, shape: Shape): Operand {
  return { handle, shape, dtype: handle.dtype };
}

function float32(...shape: number[]): OutputSpec {
  return { shape, dtype: "float32" };
}

const scaledSum = gpuKernel<{ scale: number }>({
  name: "scaledSum",
  key: () => "",
  uniforms: ({ scale }) => [scale],
  gpu: (_, [out]) =>
    singleStep("function(a, b, u) { return a[this.thread.x] + u[0] * b[this.thread.x]; }", 2, sizeOf(out!.shape), true),
});

const sumOfInput = gpuKernel({
  name: "sumOfInput",
  gpu: ([input]) =>
    singleStep(
      `function(a) { let s = 0.0; for (let i = 0; i < ${sizeOf(input!.shape)}; i++) { s += a[(i | 0)]; } return s; }`,
      1,
      1,
    ),
});

/** Two outputs that are one step's, 2·(a + 1), from a step that nobody sees. */
const doubledTwice = gpuKernel({
  name: "doubledTwice",
  gpu: ([a]) => ({
    steps: [
      {
        source: `function(a) { let p = 0; p++; p = 4 * this.thread.y; return [a[p] + 1.0, a[p + 1] + 1.0, a[p + 2] + 1.0, a[p + 3] + 1.0]; }`,
        args: ["input0"],
        size: [1, sizeOf(a!.shape) / 4],
        lanes: 4,
      },
      { source: "function(b) { return b[this.thread.x] * 2.0; }", args: ["step0"], size: sizeOf(a!.shape) },
    ],
    outputs: [1, 1],
  }),
});

describe.each(["webasm", "cpu"] as const)("gpu:%s", (mode) => {
  let device: InnerDevice;
  beforeAll(async () => {
    device = await openGpuDevice(mode);
  });
  afterAll(() => device.destroy());

  function upload(values: readonly number[]): Operand {
    return operand(device.upload(Float32Array.from(values)), [values.length]);
  }

  test("values come back as they were uploaded, and neither side shares the caller's array", () => {
    const values = Float32Array.of(1.5, -2, Number.NaN, Infinity);
    const handle = device.upload(values);
    values[0] = 9;
    expect(device.read(handle)).toEqual(Float32Array.of(1.5, -2, Number.NaN, Infinity));
    device.read(handle)[1] = 9;
    expect(device.read(handle)[1]).toBe(-2);
  });

  test("int32 values come back as an Int32Array", async () => {
    const handle = device.upload(Int32Array.of(-(2 ** 24), 0, 7, 2 ** 24));
    expect(await device.download(handle)).toEqual(Int32Array.of(-(2 ** 24), 0, 7, 2 ** 24));
  });

  test("an empty tensor can be uploaded and read", () => {
    expect(device.read(device.upload(new Float32Array(0)))).toEqual(new Float32Array(0));
  });

  test("a kernel runs at once, with uniforms that change from call to call", () => {
    const [a, b] = [upload([1, 2, 3]), upload([10, 20, 30])];
    for (const scale of [0.5, 2, -1]) {
      const [sum] = device.run(scaledSum, [a, b], [float32(3)], { scale });
      expect([...device.read(sum!)]).toEqual([1 + 10 * scale, 2 + 20 * scale, 3 + 30 * scale]);
    }
  });

  test("a kernel that is compiled makes no memory of its own", () => {
    const made = vi.spyOn(WebAssembly, "Memory");
    try {
      const [sum] = device.run(sumOfInput, [upload([1, 2, 3, 4, 5])], [float32(1)], undefined);
      expect([...device.read(sum!)]).toEqual([15]);
      expect(made).not.toHaveBeenCalled();
    } finally {
      made.mockRestore();
    }
  });

  test("the same operand may be given twice", () => {
    const a = upload([1, 2]);
    expect([...device.read(device.run(scaledSum, [a, a], [float32(2)], { scale: 1 })[0]!)]).toEqual([2, 4]);
  });

  test("an output in place gives its input new values, and copies made before keep the old ones", () => {
    const [a, b] = [upload([1, 2]), upload([1, 1])];
    const before = device.copy(a.handle);
    const [result] = device.run(scaledSum, [a, b], [{ ...float32(2), inPlaceOf: 0 }], { scale: 1 });
    expect([...device.read(result!)]).toEqual([2, 3]);
    expect([...device.read(before)]).toEqual([1, 2]);
    expect([...device.read(b.handle)]).toEqual([1, 1]);
  });

  test("a program of several steps makes several outputs", () => {
    const minMax = gpuKernel({
      name: "minMax",
      gpu: (): GpuProgram => ({
        steps: [
          { source: "function(a) { return Math.min(a[0], a[1]); }", args: ["input0"], size: 1 },
          { source: "function(a) { return Math.max(a[0], a[1]); }", args: ["input0"], size: 1 },
          { source: "function(low, high) { return high[0] - low[0]; }", args: ["step0", "step1"], size: 1 },
        ],
        outputs: [2, 0],
      }),
    });
    const [range, low] = device.run(minMax, [upload([5, 3])], [float32(1), float32(1)], undefined);
    expect([device.read(range!)[0], device.read(low!)[0]]).toEqual([2, 3]);
  });

  test("a kernel with a host implementation is computed in JavaScript", () => {
    const countdown = gpuKernel<{ from: number }>({
      name: "countdown",
      host: (_, { from }) => [Int32Array.of(from, from - 1)],
    });
    const [result] = device.run(countdown, [], [{ shape: [2], dtype: "int32" }], { from: 5 });
    expect(device.read(result!)).toEqual(Int32Array.of(5, 4));
  });

  test("grids and lanes give what flat threads give, for every extent", () => {
    const extent = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(extent, extent, extent, (x, y, z) => {
        const gridded = gpuKernel({
          name: "gridded",
          gpu: (): GpuProgram => ({
            steps: [
              {
                source: "function(a) { return a[0] * this.thread.x + a[1] * this.thread.y + a[2] * this.thread.z; }",
                args: ["input0"],
                size: [x, y, z],
              },
            ],
          }),
        });
        const laned = gpuKernel({
          name: "laned",
          gpu: (): GpuProgram => ({
            steps: [
              {
                source:
                  "function(a) { let p = 0; p++; p = 4 * this.thread.y; const s = a[0] * this.thread.x + a[2] * this.thread.z; return [s + a[1] * p, s + a[1] * (p + 1), s + a[1] * (p + 2), s + a[1] * (p + 3)]; }",
                args: ["input0"],
                size: [x, y, z],
                lanes: 4,
              },
            ],
          }),
        });
        const weights = upload([1, 16, 1024]);
        const expected = (rows: number): number[] =>
          Array.from(
            { length: x * rows * z },
            (_, i) => (i % x) + 16 * (Math.floor(i / x) % rows) + 1024 * Math.floor(i / (x * rows)),
          );
        expect([...device.read(device.run(gridded, [weights], [float32(z, y, x)], undefined)[0]!)]).toEqual(
          expected(y),
        );
        expect([...device.read(device.run(laned, [weights], [float32(z, 4 * y, x)], undefined)[0]!)]).toEqual(
          expected(4 * y),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("kernels called in turn do not disturb one another's arguments and results", () => {
    const sizes = [3, 50_000, 7, 4096];
    const results = sizes.map((size) => {
      const ones = upload(Array.from({ length: size }, () => 1));
      return device.run(scaledSum, [ones, ones], [float32(size)], { scale: size })[0]!;
    });
    sizes.forEach((size, i) => expect(device.read(results[i]!).every((value) => value === 1 + size)).toBe(true));
  });

  test("a kernel called with other shapes is compiled for them", () => {
    for (const length of [3, 1, 8, 3]) {
      const ones = upload(Array.from({ length }, () => 1));
      expect(device.read(device.run(sumOfInput, [ones], [float32(1)], undefined)[0]!)[0]).toBe(length);
    }
  });

  test("a kernel called with other parameters is compiled for them, infinities, NaN and -0 included", () => {
    const classify = gpuKernel<{ value: number }>({
      name: "classify",
      gpu: (_, __, { value }) =>
        singleStep(
          `function(a) { return a[0] + ${Object.is(value, -0) ? 3 : Number.isNaN(value) ? 2 : value > 0 ? 1 : value < 0 ? -1 : 0}.0; }`,
          1,
          1,
        ),
    });
    const zero = upload([0]);
    const results = [Infinity, -Infinity, Number.NaN, 0, -0].map(
      (value) => device.read(device.run(classify, [zero], [float32(1)], { value })[0]!)[0],
    );
    expect(results).toEqual([1, -1, 2, 0, 3]);
  });

  test("kernels that share a name are told apart", () => {
    const constant = (value: number): Kernel =>
      gpuKernel({ name: "constant", gpu: () => singleStep(`function(a) { return a[0] * 0.0 + ${value}.0; }`, 1, 1) });
    const zero = upload([0]);
    const results = [1, 2].map(
      (value) => device.read(device.run(constant(value), [zero], [float32(1)], undefined)[0]!)[0],
    );
    expect(results).toEqual([1, 2]);
  });

  test("memoryStats counts live handles, and a handle is given back only once", () => {
    const before = device.memoryStats();
    const handle = device.upload(new Float32Array(100));
    const copy = device.copy(handle);
    expect(device.memoryStats()).toMatchObject({ buffers: before.buffers + 2, bytes: before.bytes + 800 });
    const { token } = handle;
    device.free(handle);
    device.reclaim(token);
    device.reclaim(copy.token);
    expect(device.memoryStats()).toMatchObject({ buffers: before.buffers, bytes: before.bytes });
  });

  test("values stay what they are, whatever else is computed, copied, changed in place and freed", () => {
    const command = fc.record({
      what: fc.constantFrom("upload", "copy", "free", "add", "double", "change"),
      length: fc.constantFrom(4, 8),
      first: fc.nat(),
      second: fc.nat(),
      scale: fc.constantFrom(1, -1),
    });
    fc.assert(
      fc.property(fc.array(command, { minLength: 5, maxLength: 40 }), (commands) => {
        let live: { handle: Handle; values: Float32Array }[] = [];
        for (const [i, { what, length, first, second, scale }] of commands.entries()) {
          const alike = live.filter(({ values }) => values.length === length);
          const [a, b] = [alike[first % alike.length], alike[second % alike.length]];
          const spec = float32(length);
          if (what === "upload" || a === undefined || b === undefined) {
            const values = Float32Array.from({ length }, (_, k) => 10 * i + k);
            live.push({ handle: device.upload(values), values });
          } else if (what === "copy") {
            live.push({ handle: device.copy(a.handle), values: a.values });
          } else if (what === "free") {
            device.free(a.handle);
            live = live.filter((each) => each !== a);
          } else if (what === "double") {
            const values = a.values.map((value) => Math.fround(value + 1) * 2);
            const handles = device.run(doubledTwice, [operand(a.handle, [length])], [spec, spec], undefined);
            live.push(...handles.map((handle) => ({ handle, values })));
          } else {
            const inputs = [operand(a.handle, [length]), operand(b.handle, [length])];
            const output = what === "add" ? spec : { ...spec, inPlaceOf: 0 };
            const values = a.values.map((value, k) => value + scale * b.values[k]!);
            const [handle] = device.run(scaledSum, inputs, [output], { scale });
            if (what === "change") live = live.filter((each) => each !== a);
            live.push({ handle: handle!, values });
          }
          for (const { handle, values } of live) expect(device.read(handle)).toEqual(values);
        }
        for (const { handle } of live) device.free(handle);
      }),
      { numRuns: 60 },
    );
  });

  test("what is freed is used again, up to a bound", () => {
    const values = new Float32Array(2 ** 20);
    const reserve = (live: number): void => {
      const handles = Array.from({ length: live }, () => device.upload(values));
      for (const handle of handles) device.free(handle);
    };
    reserve(3);
    const { bytes, reservedBytes } = device.memoryStats();
    expect(reservedBytes - bytes).toBeGreaterThanOrEqual(mode === "webasm" ? 3 * values.byteLength : 0);
    reserve(3);
    expect(device.memoryStats()).toMatchObject({ bytes, reservedBytes });
    reserve(50);
    expect(device.memoryStats().reservedBytes - bytes).toBeLessThanOrEqual(mode === "webasm" ? 128 * 2 ** 20 : 0);
  });

  test("compiled programs are bounded in number, and one that was dropped is compiled again", () => {
    const gpu = createGpu(mode);
    const cache = new KernelCache(gpu, { resident: false, memory: null });
    const compile = (length: number) => {
      const inputs = [operand(device.upload(new Float32Array(1)), [length])];
      return cache.get({ kernel: sumOfInput, inputs, outputs: [float32(1)], params: undefined });
    };
    const first = compile(1);
    expect(compile(1)).toBe(first);
    for (let length = 2; length <= 600; length++) compile(length);
    expect(cache.size).toBe(512);
    const again = compile(1);
    expect(again).not.toBe(first);
    expect([...(again.steps[0]!.kernel(Float32Array.of(4)) as Float32Array)]).toEqual([4]);
    cache.destroy();
  });
});

test.each([
  ["webgl2", "WebGL 2"],
  ["webgl", "WebGL"],
] as const)("%s is an error in Node, and says what it needs", async (mode, need) => {
  await expect(openGpuDevice(mode)).rejects.toThrow(DeviceError);
  await expect(openGpuDevice(mode)).rejects.toThrow(need);
});

test.skipIf(hasHeadlessGl())("headlessgl is an error without the package gl, and says so", async () => {
  await expect(openGpuDevice("headlessgl")).rejects.toThrow(DeviceError);
  await expect(openGpuDevice("headlessgl")).rejects.toThrow('"gl"');
});

function hasHeadlessGl(): boolean {
  try {
    createGpu("headlessgl");
    return true;
  } catch {
    return false;
  }
}
