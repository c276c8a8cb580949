// What a page, or a Worker, is asked to do. Results are plain objects.
import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { LeNet } from "@tapegrad/models/lenet";
import { evaluating } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim/sgd";
import { deviceReport, manualSeed, memoryStats, noGrad, setThreads, useDevice } from "@tapegrad/tensor";
import { argmax } from "@tapegrad/tensor/ops/argmax";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";

function createTrainer() {
  manualSeed(5);
  const model = new LeNet();
  const optimizer = new SGD(model.parameters(), { lr: 0.02, momentum: 0.9 });
  const step = ({ inputs, targets }) => {
    const loss = crossEntropy(model.forward(inputs), targets);
    optimizer.zeroGrad();
    backward(loss);
    optimizer.step();
    return loss.item();
  };
  return { model, step };
}

export const tasks = {
  processors: () => ({ count: navigator.hardwareConcurrency }),

  /** Opens a device. */
  async open({ device }) {
    await useDevice(device);
    return deviceReport();
  },

  /** Trains on synthetic digits, and tells how many unseen ones are recognised. */
  async learn({ count, epochs }) {
    const { model, step } = createTrainer();
    const losses = [];
    const batches = new DataLoader(syntheticDigits({ count, seed: "learn" }), {
      batchSize: 50,
      shuffle: true,
      seed: 0,
    });
    for (let epoch = 0; epoch < epochs; epoch++) for await (const batch of batches) losses.push(await step(batch));
    const { inputs, targets } = syntheticDigits({ count: 500, seed: "test" }).getBatch([...new Array(500).keys()]);
    const guesses = await evaluating(model, () => noGrad(() => argmax(model.forward(inputs), 1))).data();
    const wanted = await targets.data();
    return { losses, accuracy: guesses.filter((guess, i) => guess === wanted[i]).length / 500 };
  },

  /** The first and the fastest step, in milliseconds, and the losses, on so many threads. */
  async time({ threads, steps }) {
    setThreads(threads);
    // Workers start while the page waits.
    await useDevice("wasm");
    const { step } = createTrainer();
    const digits = syntheticDigits({ count: 64, seed: "time" }).getBatch([...new Array(64).keys()]);
    const losses = [];
    let first = null;
    let best = Infinity;
    for (let i = 0; i < steps; i++) {
      const start = performance.now();
      losses.push(await step(digits));
      const time = performance.now() - start;
      first ??= time;
      best = Math.min(best, time);
    }
    return { first, best, losses, running: deviceReport().threads };
  },

  /** The losses of a few small steps on a device. */
  async follow({ device, steps }) {
    await useDevice(device);
    const { step } = createTrainer();
    const digits = syntheticDigits({ count: 4, seed: "follow" }).getBatch([0, 1, 2, 3]);
    const losses = [];
    for (let i = 0; i < steps; i++) losses.push(await step(digits));
    return { losses };
  },

  /** What many small steps leave in use once garbage is collected, halfway and in the end, and the most that was reserved. */
  async remember({ steps }) {
    const { step } = createTrainer();
    const digits = syntheticDigits({ count: 4, seed: "remember" }).getBatch([0, 1, 2, 3]);
    const half = async () => {
      for (let i = 0; i < steps / 2; i++) await step(digits);
      return bytesAfterCollection();
    };
    return { halfway: await half(), end: await half(), reserved: memoryStats().reservedBytes };
  },
};

/** What is in use once finalizers have run: they run in a task of their own, some time after a collection. */
async function bytesAfterCollection() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return memoryStats().bytes;
}

/** Does a task; an error is a result too. */
export async function perform({ task, ...options }) {
  try {
    return await tasks[task](options);
  } catch (error) {
    return { error: error.name, message: error.message };
  }
}
