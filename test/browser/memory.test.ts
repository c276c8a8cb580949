import { backward } from "@tapegrad/autograd";
import { BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim/sgd";
import { crossEntropy, memoryStats, randn, tensor, useDevice } from "@tapegrad/tensor";
import { expect, test } from "vitest";

/** In use once finalizers have run: they run in a task of their own, some time after a collection. */
async function bytesAfterCollection(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    (globalThis as { gc?: () => void }).gc!();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return memoryStats().bytes;
}

test("2,000 steps on gpu:webgl2 leave no memory behind", { timeout: 200_000 }, async () => {
  await useDevice("gpu:webgl2");
  const model = new Sequential(
    new Conv2d(1, 4, 3, { padding: 1 }),
    new BatchNorm2d(4),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(64, 4),
  );
  const optimizer = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const left: number[] = [];
  for (let step = 1; step <= 2000; step++) {
    const loss = crossEntropy(model.forward(randn([4, 1, 8, 8])), tensor(Int32Array.of(0, 1, 2, 3)));
    optimizer.zeroGrad();
    backward(loss);
    optimizer.step();
    await loss.item();
    if (step % 1000 === 0) left.push(await bytesAfterCollection());
  }
  const [halfway, end] = left as [number, number];
  expect(end - halfway, "bytes more than halfway").toBeLessThan(2 ** 12);
});
