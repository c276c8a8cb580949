import { useDevice } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainLeNet } from "../train-lenet.ts";
import { browserDevices } from "./checks.ts";
import { TaskWorker } from "./in-worker.ts";

/** Few and small steps where a CPU stands in for the gpu. */
const short = { steps: 20, batchSize: 4 };

describe("training", () => {
  let expected: readonly number[];
  let worker: TaskWorker;
  beforeAll(async () => {
    worker = new TaskWorker();
    await useDevice("wasm");
    expected = (await trainLeNet(short)).losses;
  });
  afterAll(() => worker.terminate());

  test("200 steps on wasm learn the digits", async () => {
    await useDevice("wasm");
    const { losses } = await trainLeNet({ steps: 200, batchSize: 16, lr: 0.005 });
    expect(losses).toHaveLength(200);
    const mean = (some: readonly number[]): number => some.reduce((sum, loss) => sum + loss) / some.length;
    expect(mean(losses.slice(-20))).toBeLessThan(mean(losses.slice(0, 20)) / 3);
  });

  describe.each([...browserDevices, "gpu:webgl"] as const)("%s", (device) => {
    test("twenty steps have the losses of wasm", { timeout: 200_000 }, async () => {
      await useDevice(device);
      expectClose((await trainLeNet(short)).losses, expected, { rtol: 1e-3, atol: 0 });
    });

    test("so they have in a Worker", { timeout: 200_000 }, async () => {
      const { losses } = await worker.run({ device, train: short });
      expectClose(losses!, expected, { rtol: 1e-3, atol: 0 });
    });
  });
});
