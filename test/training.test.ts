import { backward } from "@tapegrad/autograd";
import { LeNet } from "@tapegrad/models/lenet";
import { SGD } from "@tapegrad/optim/sgd";
import {
  crossEntropy,
  destroyDevices,
  type DeviceName,
  memoryStats,
  randn,
  setFusion,
  setThreads,
  tensor,
  useDevice,
} from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";
import { trainLeNet } from "./train-lenet.ts";

/** Why WebGPU cannot be tested here; null if an adapter answers. */
const noWebgpu = await useDevice("gpu:webgpu").then(
  () => null,
  (error: Error) => error.message,
);

const train = (batchSize = 32): ReturnType<typeof trainLeNet> => trainLeNet({ steps: 20, batchSize });

describe("twenty training steps from one seed", () => {
  test("have the same losses on every device, dropout included", async () => {
    const losses = new Map<DeviceName, number[]>();
    for (const device of ["wasm", "gpu:webasm", "gpu:cpu"] as const) {
      await useDevice(device);
      losses.set(device, (await train()).losses);
    }
    const expected = losses.get("wasm")!;
    expect(expected).toHaveLength(20);
    expect(expected.at(-1)!).toBeLessThan(expected[0]!);
    for (const each of losses.values()) expectClose(each, expected, { rtol: 1e-4, atol: 0 });
  });

  const webgpuTitle = noWebgpu === null ? "" : ` (skipped: ${noWebgpu})`;
  test.skipIf(noWebgpu !== null)(`have the same losses on gpu:webgpu${webgpuTitle}`, { timeout: 300_000 }, async () => {
    await useDevice("wasm");
    const { losses } = await train(8);
    await useDevice("gpu:webgpu");
    expectClose((await train(8)).losses, losses, { rtol: 1e-4, atol: 0 });
  });

  test("end in the same parameters, bit by bit, for any number of threads", async () => {
    await useDevice("wasm");
    const [first, ...others] = await [1, 2, 3].reduce<Promise<number[][][]>>(async (done, threads) => {
      const before = await done;
      setThreads(threads);
      return [...before, (await train()).parameters];
    }, Promise.resolve([]));
    for (const each of others) expect(each).toEqual(first);
  });

  test("end in the same parameters twice in a row, and, to rounding, without fusion", async () => {
    await useDevice("wasm");
    const first = await train();
    expect(await train()).toEqual(first);
    setFusion(false);
    const plain = await train();
    expectClose(plain.losses, first.losses, { rtol: 1e-4, atol: 0 });
  });
});

test("a training step of 64 digits leaves nothing in linear memory, and fits into 17 MiB of it", async () => {
  destroyDevices();
  await useDevice("wasm");
  setFusion(true);
  setThreads(1);
  const model = new LeNet();
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const x = randn([64, 1, 28, 28]);
  const y = tensor(Int32Array.from({ length: 64 }, (_, i) => i % 10));
  const step = async (): Promise<void> => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), y);
    backward(loss);
    optimizer.step();
    await loss.item();
  };
  for (let i = 0; i < 2; i++) await step();
  const after = memoryStats();
  for (let i = 0; i < 2; i++) await step();
  expect(memoryStats()).toEqual(after);
  expect(after.reservedBytes).toBeLessThanOrEqual(17 * 2 ** 20);
});
