import { describe, expect, test } from "vitest";
import { withDevice } from "../src/devices/choose.ts";
import type { Operand } from "../src/devices/device.ts";
import { Float64Device } from "../src/devices/float64/device.ts";
import type { GpuProgram } from "../src/devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../src/devices/kernel.ts";
import { DeviceError } from "../src/errors.ts";
import { launchOne } from "../src/launch.ts";
import { Storage } from "../src/tensor/storage.ts";
import { Tensor } from "../src/tensor/tensor.ts";

function kernel<P = void>(name: string, program: GpuProgram, rest: Partial<Kernel<P>> = {}): Kernel<P> {
  return defineKernel<P>({
    name,
    gpu: () => program,
    wasm() {
      throw new Error("not a wasm kernel");
    },
    ...rest,
  });
}

const device = new Float64Device();

function upload(values: readonly number[]): Operand {
  return { handle: device.from(values), shape: [values.length], dtype: "float32" };
}

describe("the float64 device", () => {
  test("keeps doubles as they are", () => {
    expect(device.read(device.from([0.1, 1 + 2 ** -50]))).toEqual(Float64Array.of(0.1, 1 + 2 ** -50));
  });

  test("computes in double precision, so that a difference of 1e-10 is not lost", () => {
    const square = kernel("square", {
      steps: [{ source: "function(a) { return a[this.thread.x] * a[this.thread.x]; }", args: ["input0"], size: 1 }],
    });
    const at = (x: number): number =>
      device.read(device.run(square, [upload([x])], [{ shape: [1], dtype: "float32" }], undefined)[0]!)[0]!;
    expect((at(3 + 1e-6) - at(3 - 1e-6)) / 2e-6).toBeCloseTo(6, 8);
    expect(at(0.1)).toBe(0.1 * 0.1);
  });

  test("runs steps, grids, lanes and uniforms", () => {
    const program: GpuProgram = {
      steps: [
        {
          source: "function(a, u) { return a[this.thread.y] * u[0] + this.thread.x; }",
          args: ["input0", "uniforms"],
          size: [3, 2],
        },
        {
          source: "function(a) { const v = a[this.thread.x]; return [v, v + 0.25, v + 0.5, v + 0.75]; }",
          args: ["step0"],
          size: [6, 1],
          lanes: 4,
        },
      ],
      outputs: [0, 1],
    };
    const both = kernel<{ scale: number }>("both", program, { uniforms: ({ scale }) => [scale] });
    const [grid, lanes] = device.run(
      both,
      [upload([1, 2])],
      [
        { shape: [2, 3], dtype: "float32" },
        { shape: [4, 6], dtype: "float32" },
      ],
      { scale: 0.1 },
    );
    const expected = [0.1, 1.1, 2.1, 0.2, 1.2, 2.2];
    expect([...device.read(grid!)]).toEqual(expected);
    expect([...device.read(lanes!)]).toEqual(
      [0, 0.25, 0.5, 0.75].flatMap((more) => expected.map((value) => value + more)),
    );
  });

  test("tensors on it are used through withDevice and read back as doubles", async () => {
    const half = kernel("half", {
      steps: [{ source: "function(a) { return a[this.thread.x] / 2.0; }", args: ["input0"], size: 2 }],
    });
    const x = new Tensor(new Storage(device, device.from([0.1, 0.2])), [2], "float32");
    const y = withDevice(device, () => launchOne(half, [x], { shape: [2], dtype: "float32" }, undefined));
    expect(y.device.name).toBe("float64");
    expect(y.dataSync()).toEqual(Float64Array.of(0.05, 0.1));
    expect(await y.data()).toEqual(Float64Array.of(0.05, 0.1));
  });

  test("an output in place changes its input, but not copies", () => {
    const twice = kernel("twice", {
      steps: [{ source: "function(a) { return a[this.thread.x] * 2.0; }", args: ["input0"], size: 1 }],
    });
    const a = upload([0.1]);
    const copy = device.copy(device.from([0.1]));
    const [result] = device.run(twice, [a], [{ shape: [1], dtype: "float32", inPlaceOf: 0 }], undefined);
    expect(result).toBe(a.handle);
    expect([device.read(result!)[0], device.read(copy)[0]]).toEqual([0.2, 0.1]);
  });

  test("host kernels serve it too, and a kernel without a program is an error naming it", () => {
    const drawn = kernel("drawn", { steps: [] }, { host: () => [Int32Array.of(7)] });
    const [result] = device.run(drawn, [], [{ shape: [1], dtype: "int32" }], undefined);
    expect([result!.dtype, device.read(result!)[0]]).toEqual(["int32", 7]);
    const none = defineKernel<void>({
      name: "none",
      wasm() {
        throw new Error("not a wasm kernel");
      },
    });
    expect(() => device.run(none, [], [{ shape: [1], dtype: "float32" }], undefined)).toThrow(DeviceError);
    expect(() => device.run(none, [], [{ shape: [1], dtype: "float32" }], undefined)).toThrow(/^none:/);
  });
});
