import { writeAtomically } from "@tapegrad/formats/write-atomically";
import { deviceReport } from "@tapegrad/tensor";

export interface Epoch {
  readonly epoch: number;
  /** Mean training loss of its steps. */
  readonly loss: number;
  /** In eval mode, after the epoch. */
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
  readonly trainModeAccuracy: number;
  readonly msPerStep: number;
  readonly peakRssMB: number;
}

export function resultsOf(run: Pick<Results, "seed" | "epochs" | "trainModeAccuracy" | "msPerStep">): Results {
  const { device, reason } = deviceReport();
  const { testAccuracy } = run.epochs.at(-1)!;
  return { device, reason, ...run, testAccuracy, peakRssMB: process.resourceUsage().maxRSS / 1024 };
}

export function printEpoch({ epoch, loss, testAccuracy, seconds }: Epoch, steps: number, ofSteps: number): void {
  const note = steps < ofSteps ? `, stopped after ${steps} of ${ofSteps} steps` : "";
  console.log(
    `epoch ${epoch}: train loss ${loss.toFixed(4)}, test accuracy ${percent(testAccuracy)} (${seconds.toFixed(1)} s${note})`,
  );
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
