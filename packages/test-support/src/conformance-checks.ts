import { checkGradGradients, checkGradients } from "@tapegrad/autograd";
import { type DeviceName, Generator, Tensor, currentDevice, withDevice } from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { expectClose } from "@tapegrad/testing/expect-close";
import type { ConformanceRow, HostTensor } from "./conformance-row.ts";

/** Something that must hold of an op on the current device. */
export interface ConformanceCheck {
  /** `"conv2d, stride over kernel: forward agrees with double precision"`. */
  readonly title: string;
  /** Rejects if it does not hold. */
  run(): Promise<void>;
}

/** The checks of a row, for any runner; `conformance` makes vitest's tests of them. */
export function conformanceChecks(row: ConformanceRow): readonly ConformanceCheck[] {
  const title = row.case === undefined ? row.name : `${row.name}, ${row.case}`;
  const { gradients = true, secondGradients = gradients } = row;
  const [known, knownSecond] = knownDifferences(row);
  const checks = [{ title: `${title}: forward agrees with double precision`, run: () => checkForward(row) }];
  if (gradients) {
    checks.push({
      title: `${title}: gradients equal finite differences`,
      run: () => checkGradients(row.fn, inputsOf(row), { known }),
    });
  }
  if (secondGradients) {
    checks.push({
      title: `${title}: gradients of gradients equal finite differences`,
      run: () => checkGradGradients(row.fn, inputsOf(row), { known: knownSecond }),
    });
  }
  return checks;
}

type Differences = Map<string, readonly number[]>;
const differences = new WeakMap<ConformanceRow, readonly [first: Differences, second: Differences]>();

/** The finite differences of a row: the same for all devices. */
function knownDifferences(row: ConformanceRow): readonly [first: Differences, second: Differences] {
  const known = differences.get(row) ?? [new Map(), new Map()];
  differences.set(row, known);
  return known;
}

/** Devices whose drivers may assume that there are no NaNs, and flush small numbers to 0. */
const gpus: ReadonlySet<DeviceName> = new Set(["gpu:webgl", "gpu:webgl2", "gpu:headlessgl", "gpu:webgpu"]);

/** Whether a device has what a row needs. */
export function runsOn({ needs }: ConformanceRow, device: DeviceName): boolean {
  if (needs === "IEEE 754") return !gpus.has(device);
  return needs === undefined || device !== "gpu:webgpu";
}

const float64 = new Float64Device();

/**
 * Checks a row's forward pass on the current device against double precision, and against its oracle if it has one.
 *
 * @throws Error if number, dtypes, shapes or values of the outputs differ, or one lives on another device.
 */
export async function checkForward(row: ConformanceRow): Promise<void> {
  const inputs = inputsOf(row);
  // Another device is current meanwhile: what an op makes shall live where its inputs live.
  const outputs = withDevice(float64, () => outputsOf(row, inputs));
  const stray = outputs.find(({ device }) => device !== currentDevice());
  if (stray !== undefined)
    throw new Error(`inputs live on ${currentDevice().name}, but an output on ${stray.device.name}`);
  const expected = withDevice(float64, () => outputsOf(row, inputsOf(row)));
  if (outputs.length !== expected.length) throw new Error(`expected ${expected.length} outputs, got ${outputs.length}`);
  for (const [i, output] of outputs.entries()) {
    if (output.dtype !== expected[i]!.dtype)
      throw new Error(`output ${i}: expected ${expected[i]!.dtype}, got ${output.dtype}`);
    const values = { shape: output.shape, data: await output.data() };
    expectClose(values, expected[i]!, toleranceOf(row, output, expected[i]!.dataSync()));
  }
  if (row.oracle === undefined) return;
  const hosts: HostTensor[] = [];
  for (const input of inputs) hosts.push({ shape: input.shape, data: await input.data() });
  const values = row.oracle(...hosts);
  expectClose(await outputs[0]!.data(), values, toleranceOf(row, outputs[0]!, values));
}

/** Integers agree exactly; a float's error is relative to the largest value, since sums cancel. */
function toleranceOf(
  { rtol = 1e-5, atol = 1e-6 }: ConformanceRow,
  { dtype }: Tensor,
  expected: ArrayLike<number>,
): { rtol: number; atol: number } {
  if (dtype === "int32") return { rtol: 0, atol: 0 };
  let largest = 0;
  for (let i = 0; i < expected.length; i++)
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]!));
  return { rtol, atol: atol * largest };
}

/** The row's inputs on the current device: the same values on each. */
function inputsOf(row: ConformanceRow): readonly Tensor[] {
  return row.inputs(new Generator(`${row.name} ${row.case ?? ""}`));
}

function outputsOf(row: ConformanceRow, inputs: readonly Tensor[]): readonly Tensor[] {
  const outputs = row.fn(...inputs);
  return outputs instanceof Tensor ? [outputs] : outputs;
}
