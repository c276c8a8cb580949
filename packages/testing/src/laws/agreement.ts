import { grad } from "@tapegrad/autograd";
import {
  type Device,
  type DeviceName,
  deviceReport,
  setThreads,
  type Tensor,
  useDevice,
  withDevice,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import fc from "fast-check";
import { checkMembers } from "./check-members.ts";
import { expectNear, largest } from "./near.ts";
import { expectSame, snapshot, type Snapshot } from "./same-bits.ts";
import { seeded, seeds } from "./seeded.ts";
import type { TrainableModule, TrainableSubject } from "./training.ts";

/** How devices are compared. */
export interface DeviceAgreementOptions {
  /** The devices; the first is compared with each of the others. @default ["wasm", "gpu:webasm", "gpu:cpu"] */
  readonly devices?: readonly DeviceName[];
  /** Whether gradients are compared too. Draw modules without kinks then. @default false */
  readonly gradients?: boolean;
  /** Tolerance relative to the largest magnitude in all outputs and buffers, or in all gradients. @default 1e-4 */
  readonly rtol?: number;
}

/**
 * The law that a module computes the same on every device: with the same seed, the same outputs in train and eval mode, the
 * same statistics after training, and if asked for the same gradients. Masks are equal too, since random numbers are.
 *
 * The device that was in use is put back. Each shape compiles kernels on the gpu devices: keep `numRuns` low.
 */
export function deviceAgreement(
  subjects: fc.Arbitrary<TrainableSubject>,
  { devices = ["wasm", "gpu:webasm", "gpu:cpu"], gradients = false, rtol = 1e-4 }: DeviceAgreementOptions = {},
): fc.IAsyncProperty<[TrainableSubject, number]> {
  return fc.asyncProperty(subjects, seeds(), async (subject, seed) => {
    const before = deviceReport().requested;
    try {
      const found: Snapshot[] = [];
      for (const name of devices) {
        await useDevice(name);
        found.push(computed(subject, seed, gradients));
      }
      const [expected, ...others] = found as [Snapshot, ...Snapshot[]];
      for (const [i, other] of others.entries()) {
        for (const [name, values] of other) {
          const complaint = `${name} differs on ${devices[0]} and on ${devices[i + 1]}`;
          expectNear(values, expected.get(name)!, rtol * scaleOf(name, expected), complaint);
        }
      }
    } finally {
      await useDevice(before);
    }
  });
}

/**
 * The law that the number of threads changes no bit: of outputs, statistics and gradients. Only large tensors are shared among
 * threads: draw some, `architectures({ minExtent: 24, maxExtent: 32, maxBatch: 32, maxChannels: 8 })`.
 *
 * The number that was set is put back.
 *
 * @throws Error, when it runs, on another device than `wasm`.
 */
export function threadCountAgreement(
  subjects: fc.Arbitrary<TrainableSubject>,
  counts: readonly number[] = [1, 2, 3],
): fc.IProperty<[TrainableSubject, number]> {
  return fc.property(subjects, seeds(), (subject, seed) => {
    const { device, threads: before } = deviceReport();
    if (device !== "wasm") throw new Error(`threadCountAgreement: only the wasm device has threads, not ${device}`);
    try {
      const found = counts.map((count) => {
        setThreads(count);
        return computed(subject, seed, true);
      });
      for (const [i, other] of found.entries()) {
        for (const [name, values] of other) {
          const complaint = `${name} differs between ${counts[0]} and ${counts[i]} threads`;
          expectSame(values, found[0]!.get(name)!, complaint);
        }
      }
    } finally {
      setThreads(before);
    }
  });
}

/**
 * The law that a module runs where its weights and inputs live: while another device is current, it computes the same bits, and
 * whatever it makes, gradients included, lives with them.
 *
 * @param elsewhere the device that is current meanwhile. @default one for double precision
 */
export function currentDeviceIndependence(
  subjects: fc.Arbitrary<TrainableSubject>,
  elsewhere: Device = new Float64Device(),
): fc.IProperty<[TrainableSubject, number]> {
  return fc.property(subjects, seeds(), (subject, seed) => {
    const expected = computed(subject, seed, true);
    for (const [name, values] of computed(subject, seed, true, elsewhere))
      expectSame(values, expected.get(name)!, `${name} is another while ${elsewhere.name} is current`);
  });
}

/** Everything that a module computes with a seed, on the current device; `elsewhere` is current once it is made. */
function computed(
  { make, input }: TrainableSubject,
  seed: number,
  gradients: boolean,
  elsewhere: Device | null = null,
): Snapshot {
  return seeded(seed, () => {
    const module = make();
    checkMembers("deviceAgreement", module, ["namedParameters", "namedBuffers", "train", "eval", "forward"]);
    const x = input();
    return withDevice(elsewhere ?? x.device, () => resultsOf(module, x, gradients));
  });
}

/** @throws Error if a result lives on another device than the input. */
function resultsOf(module: TrainableModule, x: Tensor, gradients: boolean): Snapshot {
  module.train();
  if (x.dtype === "float32") x.requiresGrad = gradients;
  const output = module.forward(x);
  const results: [string, Tensor][] = [["the output in train mode", output]];
  if (gradients && output.requiresGrad) {
    const named: (readonly [string, Tensor])[] = [...module.namedParameters()];
    if (x.requiresGrad) named.push(["the input", x]);
    const found = grad(
      output,
      named.map(([, leaf]) => leaf),
      { gradOutputs: [output.detach()], allowUnused: true },
    );
    for (const [i, gradient] of found.entries()) {
      if (gradient !== null) results.push([`the gradient of ${named[i]![0]}`, gradient]);
    }
  }
  for (const [name, buffer] of module.namedBuffers()) results.push([`the buffer ${name}`, buffer]);
  module.eval();
  results.push(["the output in eval mode", module.forward(x.detach())]);
  const stray = results.find(([, { device }]) => device !== x.device);
  if (stray !== undefined)
    throw new Error(`${stray[0]} lives on ${stray[1].device.name}, the input on ${x.device.name}`);
  return snapshot(results);
}

/** The largest magnitude among what is of the same kind: a mean or a gradient may be zero but for rounding. */
function scaleOf(name: string, all: Snapshot): number {
  const isGradient = (each: string): boolean => each.startsWith("the gradient of");
  const alike = [...all].filter(([other]) => isGradient(other) === isGradient(name));
  return Math.max(...alike.map(([, values]) => largest(values)));
}
