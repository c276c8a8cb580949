import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Device, Operand, OutputSpec } from "../src/devices/device.ts";
import { checkMode, createGpu, createKernel } from "../src/devices/gpu/gpujs.ts";
import { gpuHalfOf } from "../src/devices/gpu/half-of.ts";
import { integerLocal, withoutIntegers } from "../src/devices/gpu/integer-local.ts";
import { openGpuDevice } from "../src/devices/gpu/open-gpu-device.ts";
import { probeDevice } from "../src/devices/gpu/probe.ts";
import { type GpuProgram, type GpuStep, ProgramSteps, stepLength } from "../src/devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../src/devices/kernel.ts";
import { DeviceError } from "../src/errors.ts";
import { conv2dInputGrad } from "../src/kernels/conv2d/gpu.ts";
import { maxPool2dGrad } from "../src/kernels/pool2d/max-pool2d-gpu.ts";
import { singleStep } from "./single-step.ts";

const one: readonly OutputSpec[] = [{ shape: [1], dtype: "float32" }];

/** A kernel of this program, called "sample" in messages. */
function sample(program: GpuProgram): Kernel {
  return defineKernel<void>({
    name: "sample",
    gpu: () => program,
    wasm() {
      throw new Error("not a wasm kernel");
    },
  });
}

function sampleSource(source: string): Kernel {
  return sample(singleStep(source, 1, 1));
}

describe.each(["webasm", "cpu"] as const)("gpu:%s", (mode) => {
  let device: Device;
  beforeAll(async () => {
    device = await openGpuDevice(mode);
  });
  afterAll(() => device.destroy());

  function upload(values: readonly number[]): Operand {
    return { handle: device.upload(Float32Array.from(values)), shape: [values.length], dtype: "float32" };
  }

  test("a tensor of more than 2^24 elements is refused, on upload and as an output", () => {
    expect(() => device.upload(new Float32Array(2 ** 24 + 1))).toThrow(/16777217 elements.*16777216.*wasm device/);
    const huge = sample({ steps: [{ source: "function(a) { return a[0]; }", args: ["input0"], size: 2 ** 24 + 1 }] });
    expect(() => device.run(huge, [upload([1])], [{ shape: [2 ** 24 + 1], dtype: "float32" }], undefined)).toThrow(
      /^sample: 16777217 elements/,
    );
  });

  test.each([2 ** 24 + 1, -(2 ** 24) - 1, 2 ** 31 - 1])(
    "the int32 value %i, which float32 cannot hold, is refused",
    (value) => {
      expect(() => device.upload(Int32Array.of(0, value))).toThrow(DeviceError);
      expect(() => device.upload(Int32Array.of(0, value))).toThrow(new RegExp(`exact up to ±16777216, got ${value}`));
    },
  );

  test.each([
    ["too large", "a[0] * 16777216.0"],
    ["not an integer", "a[0] / 2.0"],
    ["NaN", "(a[0] - a[0]) / (a[0] - a[0])"],
  ])("an int32 result that is %s is an error when it is read", (_, expression) => {
    const [result] = device.run(
      sampleSource(`function(a) { return ${expression}; }`),
      [upload([3])],
      [{ shape: [1], dtype: "int32" }],
      undefined,
    );
    expect(() => device.read(result!)).toThrow(/an int32 tensor holds/);
  });

  test("a program that makes another number of outputs than the kernel is launched for", () => {
    const step = { source: "function(a) { return a[0]; }", args: ["input0"], size: 1 } as const;
    const two = sample({ steps: [step, step], outputs: [0, 1] });
    expect(() => device.run(two, [upload([1])], one, undefined)).toThrow(
      "sample: the program makes 2 outputs, the kernel was launched for 1",
    );
  });

  test("empty inputs and outputs are refused", () => {
    const kernel = sampleSource("function(a) { return a[0]; }");
    expect(() => device.run(kernel, [upload([])], one, undefined)).toThrow(/^sample: input 0: .*at least one element/);
    const empty = sample({ steps: [{ source: "function(a) { return a[0]; }", args: ["input0"], size: 0 }] });
    expect(() => device.run(empty, [upload([1])], [{ shape: [0], dtype: "float32" }], undefined)).toThrow(
      /^sample: .*at least one element/,
    );
  });

  test("a loop of 5000 literal iterations runs to its end", () => {
    const kernel = sampleSource("function(a) { let s = 0.0; for (let i = 0; i < 5000; i++) { s += a[0]; } return s; }");
    expect(device.read(device.run(kernel, [upload([1])], one, undefined)[0]!)[0]).toBe(5000);
  });

  test.each([
    ["a bound that is computed", "for (let i = 0; i < a[0]; i++) { s += 1.0; }"],
    ["a start that is computed", "for (let i = a[0]; i < 9; i++) { s += 1.0; }"],
    ["a step that is computed", "for (let i = 0; i < 9; i += a[0]) { s += 1.0; }"],
    ["a counter declared elsewhere", "let i = 0; for (; i < 9; i++) { s += 1.0; }"],
    ["another counter", "let j = 0; for (let i = 0; j < 9; j++) { s += 1.0; }"],
  ])("a loop with %s, which gpu.js would cut at 1000 iterations, is refused", (_, loop) => {
    const kernel = sampleSource(`function(a) { let s = 0.0; ${loop} return s; }`);
    expect(() => device.run(kernel, [upload([1])], one, undefined)).toThrow(
      /^sample: its source has the loop "for .*not literal integers/,
    );
  });

  test.each([
    ["while", "let s = 0.0; while (s < a[0]) { s += 1.0; } return s;"],
    ["do", "let s = 0.0; do { s += 1.0; } while (s < a[0]); return s;"],
    ["nested arrays", "return a[0][0];"],
    ["isNaN", "return isNaN(a[0]) ? 1.0 : 0.0;"],
    ["NaN literal", "return NaN;"],
    ["Infinity literal", "return -Infinity;"],
    ["x !== x", "const x = a[0]; return x !== x ? 1.0 : 0.0;"],
    ["x !== x", "return a[this.thread.x] !== a[this.thread.x] ? 1.0 : 0.0;"],
    ["Math.random", "return Math.random();"],
    ["property of this", "return this.output.x;"],
    ["arrow function", "const f = (x) => x; return f(a[0]);"],
    ["remainder by %", "return a[this.thread.x % 3];"],
    ["without its accuracy", "return Math.log1p(a[0]);"],
    ["begins whole", "let p = 0; p = a[0]; return p;"],
    ["begins whole", "let p = this.thread.x * 3 + 1; p = p / 2.0; return a[p];"],
  ])("a source with %s is refused", (what, body) => {
    expect(() => device.run(sampleSource(`function(a) { ${body} }`), [upload([1])], one, undefined)).toThrow(
      new RegExp(`^sample: its source has .*${what}`),
    );
  });

  test("an integer local may take any number, and be advanced", () => {
    const source = `function(a) { ${integerLocal("p", "this.thread.x * 3 + a[0]")} p += 1; return a[p]; }`;
    expect(device.read(device.run(sampleSource(source), [upload([1, 5, 7])], one, undefined)[0]!)[0]).toBe(7);
  });

  test("comparing two different values is no NaN test", () => {
    const kernel = sampleSource("function(a) { return a[0] !== a[1] ? 1.0 : 0.0; }");
    expect(device.read(device.run(kernel, [upload([1, 2])], one, undefined)[0]!)[0]).toBe(1);
  });

  test("a step that does not make what its output holds is refused", () => {
    const kernel = sample(singleStep("function(a) { return a[0]; }", 1, 2));
    expect(() => device.run(kernel, [upload([1])], one, undefined)).toThrow(
      /^sample: output 0 has 1 elements but its step makes 2/,
    );
  });

  test("an output that no step makes is refused", () => {
    const steps = new ProgramSteps();
    steps.add(1, { a: "input0" }, "return a[0];");
    expect(() => device.run(sample(steps.program("input0")), [upload([1])], one, undefined)).toThrow(
      /^sample: output 0 has 1 elements but its step makes 0/,
    );
  });

  test("a step that reads a later step, or binds another number of parameters than it takes, is refused", () => {
    const early = sample({ steps: [{ source: "function(a) { return a[0]; }", args: ["step0"], size: 1 }] });
    expect(() => device.run(early, [upload([1])], one, undefined)).toThrow(
      /^sample: it reads step0, which is not there/,
    );
    const unbound = sample(singleStep("function(a, b) { return a[0]; }", 1, 1));
    expect(() => device.run(unbound, [upload([1])], one, undefined)).toThrow(
      /^sample: its source takes 2 parameters but 1 are bound/,
    );
    const many = sample(singleStep(`function(${"abcdefgh".split("").join(", ")}) { return a[0]; }`, 8, 1));
    expect(() => device.run(many, [upload([1])], one, undefined)).toThrow(/^sample: 8 parameters are more than the 7/);
  });

  test("a program that reads an input which the kernel lacks is refused", () => {
    const kernel = sample({ steps: [{ source: "function(a) { return a[0]; }", args: ["input1"], size: 1 }] });
    expect(() => device.run(kernel, [upload([1])], one, undefined)).toThrow(
      /^sample: it reads input1, which is not there/,
    );
  });

  test("a source that gpu.js cannot compile is an error naming the kernel", () => {
    const kernel = sampleSource("function(a) { return nothing(a[0]); }");
    expect(() => device.run(kernel, [upload([1])], one, undefined)).toThrow(
      new RegExp(`^sample: gpu.js could not run it in ${mode} mode`),
    );
  });

  test("comparisons written for NaN see it", () => {
    const relu = sample(singleStep("function(a) { const x = a[this.thread.x]; return x <= 0.0 ? 0.0 : x; }", 1, 4));
    const isNan = sample(singleStep("function(a) { const x = a[this.thread.x]; return x === x ? 0.0 : 1.0; }", 1, 4));
    const values = upload([Number.NaN, -1, 2, Infinity]);
    const four: readonly OutputSpec[] = [{ shape: [4], dtype: "float32" }];
    expect([...device.read(device.run(relu, [values], four, undefined)[0]!)]).toEqual([Number.NaN, 0, 2, Infinity]);
    expect([...device.read(device.run(isNan, [values], four, undefined)[0]!)]).toEqual([1, 0, 0, 0]);
  });

  test("a failed call leaves the device usable", () => {
    expect(() =>
      device.run(sampleSource("function(a) { return nothing(a[0]); }"), [upload([1])], one, undefined),
    ).toThrow(DeviceError);
    expect(
      device.read(device.run(sampleSource("function(a) { return a[0] + 1.0; }"), [upload([1])], one, undefined)[0]!)[0],
    ).toBe(2);
  });
});

describe("programs do no work in vain", () => {
  const inputGrad = (stride: number, kernel: number): readonly GpuStep[] =>
    conv2dInputGrad.gpu!([], [], {
      images: 2,
      inChannels: 4,
      outChannels: 8,
      groups: 1,
      input: [16, 16],
      output: [16 / stride, 16 / stride],
      kernel: [kernel, kernel],
      stride: [stride, stride],
      dilation: [1, 1],
      padding: [Math.floor(kernel / 2), Math.floor(kernel / 2)],
    }).steps;
  const loads = (step: GpuStep): number => step.source.split(/const v\d+ = x\[/).length - 1;

  test.each([1, 2, 4])("an input gradient of stride %i has each tap once, for all of its phases", (stride) => {
    const step = inputGrad(stride, 5).find(({ lanes }) => lanes === 4)!;
    expect(loads(step)).toBe(25);
    expect(stepLength(step)).toBe(2 * 4 * 16 * 16);
  });

  test("phases that no tap reaches are not computed", () => {
    const step = inputGrad(2, 1).find(({ lanes }) => lanes === 4)!;
    expect(loads(step)).toBe(1);
    expect(stepLength(step)).toBe(2 * 4 * 8 * 8);
  });

  test.each([
    [2, 2, 0],
    [3, 2, 2],
    [3, 3, 0],
    [5, 2, 2],
  ])("max pooling's gradient asks only windows that reach: extent %i, stride %i", (kernel, stride, loops) => {
    const program = maxPool2dGrad.gpu!([], [], {
      planes: 3,
      input: [20, 20],
      output: [8, 8],
      kernel: [kernel, kernel],
      stride: [stride, stride],
      padding: [0, 0],
      dilation: [1, 1],
    });
    const bounds = [...program.steps[0]!.source.matchAll(/for \(.*?< (\d+);/g)].map(([, bound]) => Number(bound));
    expect(bounds).toEqual(Array.from({ length: loops }, () => Math.ceil(kernel / stride)));
  });
});

test("a call that gpu.js served in its cpu mode instead is noticed", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const gpu = createGpu("webasm");
  const kernel = createKernel(
    gpu,
    { source: "function(a) { return a[this.thread.x]; }", args: ["input0"], size: 2 },
    { resident: false, memory: null },
  );
  // A texture is what its webasm mode cannot take, and its cpu mode can.
  expect(kernel({ type: "NumberTexture", toArray: () => Float32Array.of(1, 2) })).toEqual(Float32Array.of(1, 2));
  expect(() => checkMode("sample", kernel, gpu)).toThrow(/^sample: gpu.js ran it in its cpu mode instead of webasm/);
  warn.mockRestore();
});

test("WebGL gets a source without what only makes integers", () => {
  const source = `${integerLocal("p", "row * 3")} for (let c = 0; c < 2; c++) { s += w[(c | 0) * 9 + p]; p += 9; }`;
  expect(withoutIntegers(source)).toBe("let p = row * 3; for (let c = 0; c < 2; c++) { s += w[c * 9 + p]; p += 9; }");
});

describe("a device is checked with a program of each kind", () => {
  test("and passes if it computes what double precision does", async () => {
    const device = await openGpuDevice("cpu");
    const before = device.memoryStats();
    await probeDevice(device);
    expect(device.memoryStats()).toEqual(before);
    device.destroy();
  });

  test.each([0, 1, 2, 3])("and not if output %i is wrong in one place", async (output) => {
    const device = await openGpuDevice("cpu");
    const download = device.download.bind(device);
    let reads = 0;
    device.download = async (handle) => {
      const values = await download(handle);
      if (reads++ === output) values[values.length - 1]! += 0.01;
      return values;
    };
    await expect(probeDevice(device)).rejects.toThrow(/wrong values on gpu:cpu: expected/);
    device.destroy();
  });
});

test("every kernel has a half for gpu devices, but those that only wasm makes of others", async () => {
  const folder = fileURLToPath(new URL("../src/kernels", import.meta.url));
  const lacking: string[] = [];
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const exported: Record<string, Partial<Kernel>> = await import(join(folder, file));
    for (const kernel of Object.values(exported)) {
      if (typeof kernel !== "object" || typeof kernel.wasm !== "function") continue;
      const half = gpuHalfOf(kernel as Kernel);
      if (half.gpu === undefined && half.host === undefined) lacking.push(kernel.name!);
    }
  }
  expect([...new Set(lacking)]).toEqual(["conv2dFused", "pictureBlocks"]);
});
