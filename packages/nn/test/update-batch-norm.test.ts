import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  ReLU,
  Sequential,
  setModeGuard,
  statisticsDrift,
  updateBatchNorm,
} from "@tapegrad/nn";
import { add, mul, randn, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const said: string[] = [];
beforeEach(() => setModeGuard("warn", { sink: (message) => said.push(message) }));
afterEach(() => {
  setModeGuard("warn");
  expect(said.splice(0)).toEqual([]);
});

const statistics = (norm: BatchNorm1d | BatchNorm2d): number[][] =>
  norm.buffers().map((buffer) => [...buffer.dataSync()]);

describe("updateBatchNorm", () => {
  test("averages the batches' means and unbiased variances, from nothing", async () => {
    const norm = new BatchNorm1d(1, { momentum: 0.5 });
    norm.forward(tensor([[100], [200]]));
    const net = new Sequential(norm).eval();
    const batches = [tensor([[1], [3]]), tensor([[4], [8]]), tensor([[0], [0]])];
    expect(await updateBatchNorm(net, batches)).toBe(3);
    expectClose(norm.runningMean!, [(2 + 6 + 0) / 3]);
    expectClose(norm.runningVar!, [(2 + 8 + 0) / 3]);
    expect(norm.numBatchesTracked!.itemSync()).toBe(3);
    expect(norm.momentum).toBe(0.5);
    expect(net.modules().map((module) => module.training)).toEqual([false, false]);
  });

  test("takes the inputs of tensors, pairs and loaders' batches, asynchronous or not, up to maxBatches", async () => {
    const inputs = tensor([[1], [3]]);
    async function* later(): AsyncGenerator<{ readonly inputs: Tensor; readonly targets: Tensor }> {
      for (;;) yield { inputs, targets: inputs };
    }
    for (const loader of [[inputs], [[inputs, "target"] as const], later()]) {
      const norm = new BatchNorm1d(1);
      await updateBatchNorm(new Sequential(norm), loader, { maxBatches: 1 });
      expectClose(norm.runningMean!, [2]);
    }
  });

  test("leaves frozen batch norms alone, and those that do not track", async () => {
    const [frozen, untracked, plain] = [new BatchNorm1d(2), new BatchNorm1d(2), new BatchNorm1d(2)];
    frozen.freeze();
    untracked.trackRunningStats = false;
    await updateBatchNorm(new Sequential(plain, frozen, untracked), [randn([8, 2])]);
    expect(statistics(frozen)).toEqual([[0, 0], [1, 1], [0]]);
    expect(statistics(untracked)).toEqual([[0, 0], [1, 1], [0]]);
    expect(statistics(plain)[2]).toEqual([1]);
  });

  test("puts everything back if a batch is refused or there is none", async () => {
    const norm = new BatchNorm1d(2, { momentum: 0.3 });
    const net = new Sequential(norm);
    norm.forward(randn([4, 2]));
    net.eval();
    const before = statistics(norm);
    await expect(updateBatchNorm(net, [randn([4, 2]), randn([4, 3])])).rejects.toThrow(/2 channels|expected 2/);
    await expect(updateBatchNorm(net, [])).rejects.toThrow(ValueError);
    await expect(updateBatchNorm(net, [{ inputs: 3 } as unknown as Tensor])).rejects.toThrow(
      /expected batches that are tensors/,
    );
    expect(statistics(norm)).toEqual(before);
    expect([norm.momentum, norm.training]).toEqual([0.3, false]);
  });
});

describe("statisticsDrift", () => {
  test("is near nothing where the statistics are the data's, and names the layer whose are not", async () => {
    const norms = [new BatchNorm2d(4), new BatchNorm2d(4), new BatchNorm2d(4)] as const;
    const net = new Sequential({
      c1: new Conv2d(3, 4, 3),
      b1: norms[0],
      r1: new ReLU(),
      c2: new Conv2d(4, 4, 1),
      b2: norms[1],
      r2: new ReLU(),
      c3: new Conv2d(4, 4, 1),
      b3: norms[2],
      drop: new Dropout(0),
    });
    const data = Array.from({ length: 4 }, () => randn([16, 3, 6, 6]));
    await updateBatchNorm(net, data);
    const calm = await statisticsDrift(net, data);
    for (const { meanDrift, varianceDrift } of calm.layers) expect(meanDrift + varianceDrift).toBeLessThan(1e-4);
    norms[1].runningMean!.assign(add(norms[1].runningMean!, 2).detach());
    norms[2].runningVar!.assign(mul(norms[2].runningVar!, 1.5).detach());
    const before = norms.map(statistics);
    const drift = await statisticsDrift(net, data);
    expect(drift.worst!.name).toBe("b2");
    expect(drift.layers.find(({ name }) => name === "b3")!.varianceDrift).toBeCloseTo(Math.log(1.5), 3);
    expect(String(drift)).toMatch(/b2 .*farthest/);
    expect(norms.map(statistics)).toEqual(before);
  });

  test("the same batch any number of times over drifts as far as once: numbers by hand", async () => {
    const norm = new BatchNorm1d(1, { eps: 0 });
    norm.runningMean!.assign(tensor([1]));
    norm.runningVar!.assign(tensor([4]));
    // Mean 5, unbiased variance 8.
    const batch = tensor([[3], [7]]);
    for (const times of [1, 2, 5]) {
      const { layers } = await statisticsDrift(new Sequential(norm), new Array<Tensor>(times).fill(batch));
      expectClose(layers[0]!.meanShift, [2]);
      expectClose(layers[0]!.varianceRatio, [2]);
      expectClose([layers[0]!.meanDrift, layers[0]!.varianceDrift], [2, Math.log(2)]);
    }
  });

  test("changes nothing if the loader fails, and has nothing to say of networks without batch norms", async () => {
    const norm = new BatchNorm1d(2);
    norm.forward(randn([4, 2]));
    const before = statistics(norm);
    await expect(statisticsDrift(new Sequential(norm), [randn([4, 5])])).rejects.toThrow();
    expect(statistics(norm)).toEqual(before);
    expect((await statisticsDrift(new Sequential(new ReLU()), [randn([2, 2])])).worst).toBeNull();
  });
});
