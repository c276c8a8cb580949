/**
 * Trains lenet-bn on handwritten digits, and shows what the same network scores if one forgets `model.eval()`.
 * `npm start -- --help` lists the options.
 */
import { backward } from "@tapegrad/autograd";
import { DataLoader, loadMnist, syntheticDigits } from "@tapegrad/data";
import type { DigitSets } from "@tapegrad/data";
import { LeNet } from "@tapegrad/models/lenet";
import { SGD } from "@tapegrad/optim/sgd";
import { TapegradError, add, crossEntropy, deviceReport, manualSeed, useDevice, zeros } from "@tapegrad/tensor";
import { evalAccuracy, trainModeAccuracy } from "./digits/accuracy.ts";
import { UsageError, readOptions, usage } from "./digits/options.ts";
import type { Options } from "./digits/options.ts";
import { Progress } from "./digits/progress.ts";
import { leastAccuracy, percent, printResults, saveResults } from "./digits/results.ts";
import type { Results } from "./digits/results.ts";

async function main({ data, device, epochs, batchSize, seed, json }: Options): Promise<number> {
  await useDevice(device);
  const { train, test } = data === null ? drawDigits(seed) : await loadMnist(data);
  console.log(`${train.length} digits to learn from, ${test.length} to be judged by; device ${deviceReport().device}`);

  manualSeed(seed);
  const model = new LeNet();
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const loader = new DataLoader(train, { batchSize, shuffle: true, seed, dropLast: true });

  const progress = new Progress(epochs, loader.length, batchSize);
  const interrupt = onInterrupt();
  const history: Results["epochs"][number][] = [];
  for (let epoch = 1; epoch <= epochs && !interrupt.aborted; epoch++) {
    model.train();
    progress.startEpoch(epoch);
    let total = zeros([]);
    let steps = 0;
    for await (const { inputs, targets } of loader) {
      const loss = crossEntropy(model.forward(inputs), targets);
      optimizer.zeroGrad();
      backward(loss);
      optimizer.step();
      total = add(total, loss.detach());
      if (++steps % 10 === 0 || steps === loader.length) progress.update(steps, (await total.item()) / steps);
      if (interrupt.aborted) break;
    }
    const seconds = progress.endEpoch(steps);
    const result = {
      epoch,
      loss: (await total.item()) / steps,
      testAccuracy: await evalAccuracy(model, test),
      seconds,
    };
    history.push(result);
    const note = steps < loader.length ? `, stopped after ${steps} of ${loader.length} steps` : "";
    console.log(
      `epoch ${epoch}: train loss ${result.loss.toFixed(4)}, test accuracy ${percent(result.testAccuracy)} (${seconds.toFixed(1)} s${note})`,
    );
  }

  const { testAccuracy } = history.at(-1)!;
  const results: Results = {
    device: deviceReport().device,
    reason: deviceReport().reason,
    seed,
    epochs: history,
    testAccuracy,
    trainModeAccuracy: await trainModeAccuracy(model, test),
    msPerStep: progress.msPerStep,
    peakRssMB: process.resourceUsage().maxRSS / 1024,
  };
  printResults(results);
  if (json !== null) await saveResults(json, results);
  if (interrupt.aborted) return 130;
  const least = leastAccuracy(data !== null, epochs);
  console.log(`claim: at least ${percent(least)} in eval mode: ${testAccuracy >= least ? "holds" : "FAILS"}`);
  return testAccuracy >= least ? 0 : 1;
}

function drawDigits(seed: number): DigitSets {
  return {
    train: syntheticDigits({ count: 6000, seed: `train ${seed}` }),
    test: syntheticDigits({ count: 1000, seed: `test ${seed}` }),
  };
}

/** Aborted by the first Ctrl-C, so that the run ends after its current step; the second ends it at once. */
function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => {
    controller.abort();
    process.once("SIGINT", () => process.exit(130));
  });
  return controller.signal;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) console.log(usage);
  else process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof TapegradError)) throw error;
  console.error(`${error.name === "Error" ? "" : `${error.name}: `}${error.message}`);
  if (error instanceof UsageError) console.error("npm start -- --help lists the options");
  process.exitCode = 2;
}
