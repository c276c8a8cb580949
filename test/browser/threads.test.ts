import { conv2d, deviceReport, manualSeed, matmul, randn, setThreads, sum, useDevice } from "@tapegrad/tensor";
import { afterAll, expect, test } from "vitest";
import { TaskWorker } from "./in-worker.ts";
import { shareRounds } from "./share-rounds.ts";

const worker = new TaskWorker();
afterAll(() => {
  worker.terminate();
  setThreads(1);
});

test("an isolated page has a thread for each processor, and says why", async () => {
  await useDevice("wasm");
  expect(crossOriginIsolated).toBe(true);
  expect(deviceReport()).toMatchObject({
    threads: Math.min(16, navigator.hardwareConcurrency),
    threadsReason: "one for each processor, and 16 at most",
  });
});

test("workers do a part of a kernel, in the page and in a Worker", async () => {
  const page = await shareRounds();
  expect(page).toMatchObject({ running: 3, wrong: 0 });
  expect(page.rounds).toBeLessThan(500);
  const { rounds } = await worker.run({ device: "wasm", shareRounds: true });
  expect(rounds).toMatchObject({ running: 3, wrong: 0 });
  expect(rounds!.rounds).toBeLessThan(500);
});

test("any number of threads computes the same bits", async () => {
  await useDevice("wasm");
  const results: number[][] = [];
  for (const count of [1, 2, 3]) {
    setThreads(count);
    // The first rounds find the workers starting, later ones at work.
    for (let again = 0; again < 4; again++) {
      manualSeed(3);
      const product = matmul(randn([151, 97]), randn([97, 203]));
      const image = conv2d(randn([9, 3, 23, 19]), randn([8, 3, 3, 3]), null, { padding: 1 });
      results.push([...(await product.data()), ...(await image.data()), await sum(image).item()]);
    }
  }
  for (const each of results) expect(each).toEqual(results[0]);
});
