import type { Dataset, Sample } from "@tapegrad/data";
import { writeAtomically } from "@tapegrad/formats/write-atomically";
import type { Layer } from "@tapegrad/nn";
import { deviceReport } from "@tapegrad/tensor";
import type { Accuracy, TrainResult } from "@tapegrad/train";
import { evalAccuracy, trainModeAccuracy } from "./accuracy.ts";
import { weightsSha256 } from "./weights-sha256.ts";

interface Epoch {
  readonly epoch: number;
  /** Mean training loss of its steps. */
  readonly loss: number;
  /** In eval mode, after the epoch, whole or not. */
  readonly testAccuracy: number;
  /** Of training, without evaluation. */
  readonly seconds: number;
}

/** What a training run came to. */
export interface Results {
  readonly device: string;
  readonly reason: string;
  readonly seed: number;
  readonly epochs: readonly Epoch[];
  readonly testAccuracy: number;
  /** Of weights and buffers: the same for runs that came to the same bits. */
  readonly weightsSha256: string;
  readonly trainModeAccuracy: number;
  readonly msPerStep: number;
  readonly peakRssMB: number;
}

/** What a trained model is worth, in both modes. */
export async function resultsOf(
  model: Layer,
  test: Dataset<Sample>,
  { epochs, steps }: TrainResult<{ readonly accuracy: Accuracy }>,
  seed: number,
): Promise<Results> {
  const { device, reason } = deviceReport();
  // An epoch that was cut short has not been validated; nor have steps that a run had taken beyond the epochs that are asked for.
  const last = epochs.at(-1);
  const validated = last?.step === steps ? last.validation?.metrics.accuracy : undefined;
  const testAccuracy = validated ?? (await evalAccuracy(model, test));
  return {
    device,
    reason,
    seed,
    epochs: epochs.map(({ epoch, loss, validation, seconds }) => ({
      epoch,
      loss,
      testAccuracy: validation?.metrics.accuracy ?? testAccuracy,
      seconds,
    })),
    testAccuracy,
    weightsSha256: await weightsSha256(model),
    trainModeAccuracy: await trainModeAccuracy(model, test),
    msPerStep: (1000 * epochs.reduce((sum, { seconds }) => sum + seconds, 0)) / steps,
    peakRssMB: process.resourceUsage().maxRSS / 1024,
  };
}

export function printResults({ device, reason, testAccuracy, trainModeAccuracy, msPerStep, peakRssMB }: Results): void {
  console.table({
    "test accuracy, eval mode": percent(testAccuracy),
    "the same model in train mode, one image at a time": percent(trainModeAccuracy),
    device: `${device}: ${reason}`,
    "time per step": `${msPerStep.toFixed(1)} ms`,
    "peak memory": `${peakRssMB.toFixed(0)} MB`,
  });
}

/** Prints whether the run learned what it should have; the exit code says it too. */
export function checkClaim(testAccuracy: number, least: number): number {
  const holds = testAccuracy >= least;
  console.log(`claim: at least ${percent(least)} in eval mode: ${holds ? "holds" : "FAILS"}`);
  return holds ? 0 : 1;
}

export async function saveText(path: string, text: string): Promise<void> {
  await writeAtomically(path, (sink) => sink.write(new TextEncoder().encode(text)));
}

export async function saveJson(path: string, value: unknown): Promise<void> {
  await saveText(path, `${JSON.stringify(value, null, 2)}\n`);
}

export function percent(part: number): string {
  return `${(100 * part).toFixed(1)}%`;
}
