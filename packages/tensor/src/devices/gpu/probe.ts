import { DeviceError } from "../../errors.ts";
import { divide } from "../../kernels/lib/gpu-index.ts";
import type { Device, Handle, HostValues, Operand, OutputSpec } from "../device.ts";
import { Float64Device } from "../float64/device.ts";
import type { Kernel } from "../kernel.ts";
import { integerLocal } from "./integer-local.ts";
import { ProgramSteps } from "./program.ts";

const lanes = [0, 1, 2, 3];

/**
 * A kernel with a step of each kind that kernels are made of: a function of each element with uniforms and a condition; a
 * grid of threads with four lanes, whose integer local goes through a loop; values picked by what another tensor holds; sums
 * over what a step before made, with an early return.
 */
export const probeKernel: Kernel = {
  name: "probe",
  key: () => "",
  uniforms: () => [0.25, 3],
  wasm() {
    throw new DeviceError("probe: it is for gpu devices only");
  },
  gpu() {
    const steps = new ProgramSteps();
    const [x, t] = ["input0", "input1"] as const;
    const perElement = "const a = x[this.thread.x]; return a <= 0.0 ? u[0] * a : Math.sqrt(a) + Math.exp(-a) / u[1];";
    const elements = steps.add(24, { x, u: "uniforms" }, perElement);
    const grid = `${divide("this.thread.x", 6, 3, "row", "column")}
      ${integerLocal("o", "this.thread.z * 12 + row * 4 + column")}
      ${lanes.map((lane) => `let s${lane} = 0.0;`).join(" ")}
      for (let c = 0; c < 2; c++) {
        const v = x[o];
        ${lanes.map((lane) => `s${lane} += v * w[this.thread.y * 8 + (c | 0) * 4 + ${lane}];`).join(" ")}
        o += 1;
      }
      return [${lanes.map((lane) => `s${lane}`).join(", ")}];`;
    const rows = steps.add([6, 2, 2], { x: elements, w: x }, grid, 4);
    const pick = `${divide("this.thread.x", 12, 4, "row", "column")}
      ${integerLocal("p", "Math.max(t[this.thread.x], 0.0) * 4 + column")}
      return t[this.thread.x] === row ? x[p] : -x[p];`;
    const picked = steps.add(12, { x, t }, pick);
    const add = `if (this.thread.x < 1) { return 0.0; }
      ${integerLocal("q", "this.thread.x")}
      let sum = 0.0;
      for (let i = 0; i < 24; i++) { sum += Math.max(p[q], x[this.thread.y]); q += 4; }
      return sum;`;
    const sums = steps.add([4, 12], { p: rows, x: picked }, add);
    return steps.program(elements, picked, rows, sums);
  },
};

const values = Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 24) / 8 - 1);
const rows = Int32Array.from({ length: 12 }, (_, i) => ((i * 5) % 7) - 1);
const outputs: readonly OutputSpec[] = [24, 12, 96, 48].map((size) => ({ shape: [size], dtype: "float32" }));

/** By how much a value may differ from double precision, relative to the largest. */
const TOLERANCE = 1e-4;

/**
 * Runs the probe on a device that was opened, and compares what comes out with double precision.
 *
 * @throws DeviceError if the device cannot run one of its programs, or computes something else.
 */
export async function probeDevice(device: Device): Promise<void> {
  const oracle: Device = new Float64Device();
  const expected = runProbe(oracle);
  for (const [i, handle] of runProbe(device).entries()) {
    const [found, right] = [await device.download(handle), oracle.read(expected[i]!)];
    const wrong = firstDifference(found, right);
    if (wrong >= 0) {
      throw new DeviceError(
        `gpu.js computes wrong values on ${device.name}: expected ${right[wrong]} from a small kernel, got ${found[wrong]}`,
      );
    }
    device.free(handle);
  }
}

function runProbe(device: Device): Handle[] {
  const inputs = [values, rows].map((host): Operand => {
    const dtype = host instanceof Int32Array ? "int32" : "float32";
    return { handle: device.upload(host), shape: [host.length], dtype };
  });
  const handles = device.run(probeKernel, inputs, outputs, undefined);
  for (const { handle } of inputs) device.free(handle);
  return handles;
}

/** Where values differ first; −1 if nowhere. */
function firstDifference(found: HostValues, right: HostValues): number {
  const largest = Math.max(...right.map(Math.abs));
  return right.findIndex((value, i) => !(Math.abs(found[i]! - value) <= TOLERANCE * largest));
}
