import { readdirSync } from "node:fs";
import { totalmem } from "node:os";
import { backward, grad } from "@tapegrad/autograd";
import { CifarResNet } from "@tapegrad/models/cifar-resnet";
import { LeNet } from "@tapegrad/models/lenet";
import type { Module } from "@tapegrad/nn";
import {
  DeviceError,
  Generator,
  Tensor,
  add,
  argmax,
  avgPool2d,
  cumsum,
  defineKernel,
  destroyDevices,
  indexSelect,
  launchOne,
  manualSeed,
  matmul,
  maxPool2d,
  memoryStats,
  ones,
  randn,
  reshape,
  scope,
  setThreads,
  slice,
  sort,
  square,
  sum,
  tensor,
  useDevice,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import {
  architectures,
  expectClose,
  layerKinds,
  layers,
  optimizerKinds,
  optimizers,
  type OptimizerSpec,
} from "@tapegrad/testing";
import * as fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { movementModule } from "../packages/tensor/src/devices/wasm/generated/movement.ts";
import { floatBits } from "../packages/tensor/src/kernels/lib/float-bits.ts";

const GIB = 2 ** 30;
/** Memory that is filled is never touched, so it takes addresses; but some systems promise no more than they have. */
const missing = totalmem() < 6 * GIB ? `needs a machine with 6 GiB, this one has ${totalmem() / GIB}` : null;

/** A float32 tensor whose memory is left as it is, zeros in a fresh device, but for single values at flat positions. */
const untouchedKernel = defineKernel<ReadonlyMap<number, number>>({
  name: "untouched",
  wasm(context, _inputs, [out], values) {
    for (const [at, value] of values) context.call(movementModule, "fill", at, at + 1, out!.ptr, floatBits(value));
  },
});

function untouched(shape: readonly number[], values: Readonly<Record<number, number>> = {}): Tensor {
  const entries = new Map(Object.entries(values).map(([at, value]) => [Number(at), value]));
  return launchOne(untouchedKernel, [], { shape, dtype: "float32" }, entries);
}

/** Tensors that fill linear memory up to an address, about; each in a task of its own, so that none is moved out. */
async function fillTo(address: number): Promise<Tensor[]> {
  const made: Tensor[] = [];
  for (let left = address - memoryStats().bytes - 2 ** 17; left > 0; left -= GIB / 2) {
    made.push(untouched([Math.ceil(Math.min(left, GIB / 2) / 4)]));
    await nextTask();
  }
  return made;
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** All values of tensors, as bits: NaNs are equal. */
function bitsOf(tensors: readonly Tensor[]): number[][] {
  return tensors.map((each) => [...new Int32Array(each.dataSync().slice().buffer)]);
}

const folder = new URL("../packages/tensor/test/conformance/", import.meta.url);
const rows: ConformanceRow[] = [];
for (const file of readdirSync(folder).sort()) {
  const module: { readonly rows: readonly ConformanceRow[] } = await import(new URL(file, folder).href);
  rows.push(...module.rows);
}

/** A row's outputs, gradients and gradients of gradients. */
function resultsOf(row: ConformanceRow): number[][] {
  const { gradients = true, secondGradients = gradients } = row;
  const inputs = row.inputs(new Generator("high memory"));
  const learned = gradients ? inputs.filter(({ dtype }) => dtype === "float32") : [];
  for (const input of learned) input.requiresGrad = true;
  const made = row.fn(...inputs);
  const outputs = made instanceof Tensor ? [made] : made;
  const results = bitsOf(outputs);
  if (learned.length === 0) return results;
  const first = grad(lossOf(outputs), learned, { createGraph: secondGradients, allowUnused: true }).filter(isTensor);
  results.push(...bitsOf(first));
  if (!secondGradients || first.every(({ requiresGrad }) => !requiresGrad)) return results;
  results.push(...bitsOf(grad(lossOf(first), learned, { allowUnused: true }).filter(isTensor)));
  return results;
}

function isTensor(value: Tensor | null): value is Tensor {
  return value !== null;
}

function lossOf(outputs: readonly Tensor[]): Tensor {
  return outputs
    .filter(({ requiresGrad }) => requiresGrad)
    .map((each) => sum(square(each)))
    .reduce((a, b) => add(a, b));
}

/** A training step of everything: random networks, a layer of each kind, and networks of usual sizes, whose kernels fuse. */
const subjects: readonly Subject[] = [
  ...fc.sample(architectures({ maxExtent: 9, maxChannels: 20 }), { seed: 3, numRuns: 12 }),
  ...layerKinds.flatMap((kind) => fc.sample(layers({ kinds: [kind] }), { seed: 4, numRuns: 1 })),
  { description: "LeNet", make: () => new LeNet(), input: () => randn([8, 1, 28, 28]) },
  { description: "CifarResNet", make: () => new CifarResNet(8), input: () => randn([2, 3, 32, 32]) },
];
const learners = fc.sample(optimizers({ kinds: optimizerKinds.filter((kind) => kind !== "LBFGS") }), {
  seed: 5,
  numRuns: subjects.length,
});

interface Subject {
  readonly description: string;
  make(): Module & { forward(x: Tensor): Tensor };
  input(): Tensor;
}

/** Parameters, gradients and statistics after two steps. */
function trained({ make, input }: Subject, learner: OptimizerSpec): number[][] {
  manualSeed(1);
  const module = make();
  const parameters = [...module.parameters()];
  const optimizer = parameters.length > 0 ? learner.make(parameters) : null;
  const results: Tensor[] = [];
  for (let step = 0; step < 2; step++) {
    const x = input();
    if (x.dtype === "float32") x.requiresGrad = true;
    const loss = sum(square(module.forward(x)));
    for (const parameter of parameters) parameter.grad = null;
    backward(loss);
    optimizer?.step(() => loss);
    results.push(loss, ...[x, ...parameters].map((each) => each.grad).filter(isTensor));
  }
  return bitsOf([...results, ...parameters, ...[...module.namedBuffers()].map(([, buffer]) => buffer)]);
}

/** What all rows and subjects compute. */
function allResults(): Map<string, number[][]> {
  const results = new Map<string, number[][]>();
  for (const row of rows)
    results.set(
      `${row.name}, ${row.case ?? ""}`,
      scope(() => resultsOf(row)),
    );
  for (const [i, subject] of subjects.entries()) {
    const name = `${subject.description} by ${learners[i]!.description}`;
    results.set(
      name,
      scope(() => trained(subject, learners[i]!)),
    );
  }
  return results;
}

const reason = missing === null ? "" : ` (skipped: ${missing})`;
describe.skipIf(missing !== null)(`wasm with much memory in use${reason}`, () => {
  let expected: Map<string, number[][]>;

  beforeAll(async () => {
    await fresh();
    setThreads(2);
    expected = allResults();
  });
  afterEach(() => fresh());

  for (const [title, address] of [
    ["1.9 GiB", 1.9 * GIB],
    ["all but a few kilobytes of 2 GiB", 2 * GIB - 2 ** 14],
    ["2.1 GiB", 2.1 * GIB],
    ["3.9 GiB", 3.9 * GIB],
  ] as const) {
    test(`every op and layer computes the same bits with ${title} in use`, async () => {
      await fresh();
      const filling = await fillTo(address);
      const results = allResults();
      const differing = [...expected].filter(([name, bits]) => !isSame(results.get(name)!, bits)).map(([name]) => name);
      expect(differing).toEqual([]);
      expect(results.size).toBe(expected.size);
      expect(filling.length).toBeGreaterThan(3);
    });
  }

  test("what no longer fits is an error that says what is in use, and afterwards the device works", async () => {
    await fresh();
    const filling = await fillTo(3.9 * GIB);
    const { bytes, reservedBytes } = memoryStats();
    for (let i = 0; i < 3; i++) {
      const message = messageOf(() => untouched([GIB / 8]));
      const inUse = Number(
        /^wasm: out of memory: (\d+) bytes are in use, and 536870976 more .* 4 GiB/.exec(message)![1],
      );
      expect(inUse).toBeGreaterThanOrEqual(bytes);
      expect(inUse).toBeLessThan(bytes + 2 ** 20);
      expect(memoryStats()).toMatchObject({ bytes, reservedBytes });
    }
    expect(sum(ones([100_000])).itemSync()).toBe(100_000);
    // What is free at the end can be had, and what is freed can be had again.
    expect(sum(untouched([2 ** 23], { [2 ** 23 - 1]: 3 })).itemSync()).toBe(3);
    for (const each of filling) each.dispose();
    await nextTask();
    const extent = 900 * 2 ** 20;
    const large = untouched([extent], { [extent - 1]: 5 });
    await nextTask();
    expect([...slice(large, 0, extent - 2).dataSync()].at(-1)).toBe(5);
  });
});

describe.skipIf(missing !== null)(`a wasm tensor of more than 2 GiB${reason}`, () => {
  beforeEach(() => fresh());
  afterEach(() => fresh());
  /** Zeros, but for a few values whose addresses lie about the middle and at the end. */
  const size = 537_000_000;
  const last = size - 1;
  const values = { 7: 1, [2 ** 28]: 2, [2 ** 29]: 4, [last - 3]: -16, [last]: 8 };

  test("is summed and searched", () => {
    const x = untouched([size], values);
    expect(sum(x).itemSync()).toBe(-1);
    expect(argmax(x).itemSync()).toBe(last);
  });

  test.each([size, 1_073_000_000])("of %d elements is read from, up to the end", async (extent) => {
    const last = extent - 1;
    const x = untouched([extent], { 1: 3, [last - 9]: 1, [last - 3]: -16, [last]: 8 });
    // What was made in another task stays where it is.
    await nextTask();
    const tail = slice(x, 0, last - 9);
    expect([...tail.dataSync()]).toEqual([1, 0, 0, 0, 0, 0, -16, 0, 0, 8]);
    expect([...slice(x, 0, 1, undefined, last - 4).dataSync()]).toEqual([3, -16]);
    expect([...indexSelect(x, 0, tensor([last, 2, last - 9], { dtype: "int32" })).dataSync()]).toEqual([8, 0, 1]);
    // Two windows that lie as far apart as can be.
    const plane = reshape(x, [1, 1, 1000, extent / 1000]);
    const options = { stride: [998, extent / 1000 - 10] } as const;
    expect([...maxPool2d(plane, [2, 10], options).dataSync()]).toEqual([3, 0, 0, 8]);
    expectClose(avgPool2d(plane, [2, 10], options), [3 / 20, 0, 0, -7 / 20]);
    const column = reshape(slice(x, 0, last - 9), [10, 1]);
    expect(matmul(reshape(tail, [1, 10]), column).itemSync()).toBe(1 + 256 + 64);
    expect([...cumsum(tail, 0).dataSync()]).toEqual([1, 1, 1, 1, 1, 1, -15, -15, -15, -7]);
    expect([...sort(tail).values.dataSync()]).toEqual([-16, 0, 0, 0, 0, 0, 0, 0, 1, 8]);
  });
});

async function fresh(): Promise<void> {
  destroyDevices();
  await useDevice("wasm");
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DeviceError);
    return (error as DeviceError).message;
  }
  throw new Error("expected an error");
}

function isSame(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): boolean {
  return (
    a.length === b.length &&
    a.every((values, i) => values.length === b[i]!.length && values.every((v, k) => v === b[i]![k]))
  );
}
