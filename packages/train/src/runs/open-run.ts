import { writeAtomically } from "@tapegrad/formats/write-atomically";
import { FileError, FormatError, TapegradError, ValueError } from "@tapegrad/tensor";
import { isPlainObject, showValue, tellOnce } from "@tapegrad/tensor/internal";
import { isBetter, monitored } from "../callbacks/monitor.ts";
import type { EpochReport, PastStep, StepReport } from "../loop/reports.ts";
import { differences, type Settings } from "../loop/settings.ts";
import type { TrainingState } from "../loop/training-state.ts";
import { environment } from "../views/environment.ts";
import { type BestEpoch, bestName, type Checkpoint, Checkpoints } from "./checkpoints.ts";
import { MetricsFile } from "./metrics-file.ts";
import { RunError } from "./run-error.ts";
import { RunLock } from "./run-lock.ts";
import type { CompleteRunOptions, OpenRun, Run } from "./run.ts";

/** A step in so many is a line of the metrics; its loss has been looked at anyway. */
const stepsPerLine = 10;

/**
 * Opens a run folder: `config.json`, `metrics.jsonl`, `checkpoints/`, and `run.lock` while a process has it.
 *
 * @throws RunError if another process has it, it holds a run and none is to go on, or the run in it has other settings.
 * @throws FileError if the file system refuses. @throws FormatError if a file in it is damaged.
 */
export const openRun: OpenRun = async (caller, options, resume, settings) => {
  const { folder } = options;
  const fs = process.getBuiltinModule("node:fs/promises");
  const { join } = process.getBuiltinModule("node:path");
  const refused = (cause: unknown): never => {
    if (cause instanceof TapegradError) throw cause;
    throw new FileError(folder, `cannot be used as a run folder: ${(cause as Error).message}`, { cause });
  };
  await fs.mkdir(join(folder, "checkpoints"), { recursive: true }).catch(refused);
  const lock = await RunLock.take(caller, folder).catch(refused);
  try {
    for (const each of [folder, join(folder, "checkpoints")]) await removeStrays(each);
    const path = join(folder, "config.json");
    const config = JSON.parse(JSON.stringify({ settings, config: options.config })) as Settings;
    const origin = { environment: Object.fromEntries(environment()), settings: config["settings"] };
    const checkpoints = new Checkpoints(join(folder, "checkpoints"), origin);
    const there = await readConfig(path);
    if (there !== null && !resume)
      throw new RunError(
        caller,
        folder,
        "holds a run already; resume: true goes on with it, another folder begins anew",
      );
    const odd =
      there === null
        ? []
        : [
            ...differences(config["settings"], there["settings"]),
            ...differences(config["config"], there["config"], "config"),
          ];
    if (odd.length > 0) throw new RunError(caller, folder, `holds another run:\n  ${summary(odd)}`);
    if (there === null && resume)
      tellOnce(`${caller}: the run folder ${folder} holds no run to go on with; one begins`);
    if (there === null) await writeConfig(path, { environment: origin.environment, ...config });
    const checkpoint = there === null ? null : await checkpoints.readLast();
    const metrics = await MetricsFile.open(join(folder, "metrics.jsonl"), checkpoint?.folder.metricsBytes ?? 0);
    const past = checkpoint === null ? [] : await metrics.steps();
    return new RunFolder(options, lock, checkpoints, metrics, checkpoint, past);
  } catch (error) {
    await lock.release();
    return refused(error);
  }
};

class RunFolder implements Run {
  readonly checkpoint: TrainingState | null;
  readonly past: readonly PastStep[];
  readonly #options: CompleteRunOptions;
  readonly #lock: RunLock;
  readonly #checkpoints: Checkpoints;
  readonly #metrics: MetricsFile;
  #best: readonly BestEpoch[];
  #savedAt = performance.now();

  constructor(
    options: CompleteRunOptions,
    lock: RunLock,
    checkpoints: Checkpoints,
    metrics: MetricsFile,
    checkpoint: Checkpoint | null,
    past: readonly PastStep[],
  ) {
    this.#options = options;
    this.#lock = lock;
    this.#checkpoints = checkpoints;
    this.#metrics = metrics;
    this.checkpoint = checkpoint?.training ?? null;
    this.past = past;
    this.#best = checkpoint?.folder.best ?? [];
  }

  isDue(step: number): boolean {
    const { everySteps, everySeconds } = this.#options;
    return step % everySteps === 0 || performance.now() - this.#savedAt >= everySeconds * 1000;
  }

  async logStep({ epoch, step, loss, lr }: StepReport): Promise<void> {
    if (step % stepsPerLine === 0) await this.#metrics.write({ epoch, step, loss: await loss.item(), lr });
  }

  /** @throws ValueError naming a metric whose value no checkpoint would give back. */
  async logEpoch({ epoch, step, complete, loss, lr, validation }: EpochReport): Promise<void> {
    for (const [name, value] of Object.entries(validation?.metrics ?? {}))
      if (!isPlain(value))
        throw new ValueError(
          `run: the metric ${name} gave ${showValue(value)}; a run keeps numbers, texts, booleans, null, and arrays and plain objects of them`,
        );
    await this.#metrics.write({ epoch, step, complete, trainLoss: loss, lr, validation });
  }

  async save(training: TrainingState, report: EpochReport | null): Promise<void> {
    const { keepEpochs } = this.#options;
    const names: string[] = [];
    if (report !== null) {
      this.#best = this.#rank(report);
      if (this.#best.some(({ epoch }) => epoch === report.epoch)) names.push(bestName(report.epoch));
      if (report.epoch % keepEpochs === 0) names.push(`epoch-${String(report.epoch).padStart(4, "0")}.pt`);
    }
    await this.#metrics.flush();
    const folder = { metricsBytes: this.#metrics.length, best: this.#best };
    await this.#checkpoints.save({ training, folder }, names);
    await this.#checkpoints.keepBest(this.#best.map(({ epoch }) => bestName(epoch)));
    this.#savedAt = performance.now();
  }

  async close(): Promise<void> {
    await this.#metrics.close();
    await this.#lock.release();
  }

  /** The best epochs, this one among them if it is one. Of equals, the first is the better. */
  #rank(report: EpochReport): readonly BestEpoch[] {
    const { keepBest, monitor, mode } = this.#options;
    if (keepBest === 0 || (monitor === null && (report.validation?.loss ?? null) === null)) return [];
    const value = monitored("run", monitor ?? "loss", report);
    if (Number.isNaN(value)) return this.#best;
    const order = { monitor: monitor ?? "loss", mode };
    const at = this.#best.findIndex((other) => isBetter(value, other.value, order));
    const ranked = [...this.#best];
    ranked.splice(at === -1 ? ranked.length : at, 0, { epoch: report.epoch, value });
    return ranked.slice(0, keepBest);
  }
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (isPlainObject(value)) return Object.values(value).every(isPlain);
  return value === null || ["number", "string", "boolean"].includes(typeof value);
}

/** Removes what a process left that was killed while it wrote. The folder is locked: nobody writes now. */
async function removeStrays(folder: string): Promise<void> {
  const fs = process.getBuiltinModule("node:fs/promises");
  const { join } = process.getBuiltinModule("node:path");
  for (const name of await fs.readdir(folder))
    if (/^\.tapegrad-.*\.tmp$/.test(name)) await fs.unlink(join(folder, name));
}

async function readConfig(path: string): Promise<Settings | null> {
  const fs = process.getBuiltinModule("node:fs/promises");
  const text = await fs.readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return JSON.parse(text) as Settings;
  } catch (cause) {
    throw new FormatError(path, "is not the JSON of a run's configuration", { cause });
  }
}

async function writeConfig(path: string, config: Settings): Promise<void> {
  const text = JSON.stringify({ begun: new Date().toISOString(), ...config }, null, 2);
  await writeAtomically(path, (sink) => sink.write(new TextEncoder().encode(`${text}\n`)));
}

/** The first few of several lines. */
function summary(lines: readonly string[]): string {
  const most = 8;
  const rest = lines.length - most;
  return [...lines.slice(0, most), ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n  ");
}
