import { ValueError } from "@tapegrad/tensor";
import { checkString, integerFrom, isPlainObject, readOptions, showValue } from "@tapegrad/tensor/internal";
import { type MonitorOptions, monitorRules } from "../callbacks/monitor.ts";
import type { EpochReport, PastStep, StepReport } from "../loop/reports.ts";
import type { Settings } from "../loop/settings.ts";
import type { TrainingState } from "../loop/training-state.ts";

/** A folder that keeps a run: what of it is kept, and how often it is saved. */
export interface RunOptions extends MonitorOptions {
  readonly folder: string;
  /** A checkpoint after every so many steps; there is one after each epoch, and when training is cut short. @default Infinity */
  readonly everySteps?: number;
  /** Within an epoch, a checkpoint whenever so many seconds have passed since the last. @default 60 */
  readonly everySeconds?: number;
  /** How many checkpoints of the best epochs are kept. Without validation, only if `monitor` is given. @default 1 */
  readonly keepBest?: number;
  /** The checkpoint of every so many epochs is kept for good. @default Infinity */
  readonly keepEpochs?: number;
  /** Settings of your own, to be kept in `config.json`. A run whose settings differ is not gone on with. @default none */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Run options, complete; `monitor` is null unless it was given. */
export type CompleteRunOptions = Required<Omit<RunOptions, "monitor">> & { readonly monitor: string | null };

/** @throws ValueError naming the caller and an option that is unknown or of the wrong kind. */
export function readRunOptions(caller: string, run: string | RunOptions): CompleteRunOptions {
  const given: RunOptions = typeof run === "string" ? { folder: run } : run;
  if (!isPlainObject(given))
    throw new ValueError(`${caller}: run must be the path of a folder, or an object of options, got ${showValue(run)}`);
  const read = readOptions<RunOptions>(`${caller}: run`, given, {
    ...monitorRules,
    folder: [undefined as never, checkPath],
    everySteps: [Infinity, checkEvery],
    everySeconds: [60, checkSeconds],
    keepBest: [1, integerFrom(0)],
    keepEpochs: [Infinity, checkEvery],
    config: [{}, checkConfig],
  });
  return { ...read, monitor: given.monitor ?? null };
}

/** What training tells a run folder, and asks of it. */
export interface Run {
  /** What the last whole checkpoint holds; null if the run begins. */
  readonly checkpoint: TrainingState | null;
  /** The steps before it that the metrics have. */
  readonly past: readonly PastStep[];
  /** Whether a checkpoint is due after this step. */
  isDue(step: number): boolean;
  logStep(report: StepReport): Promise<void>;
  logEpoch(report: EpochReport): Promise<void>;
  /** Saves a checkpoint; of a whole epoch, if there is a report. */
  save(state: TrainingState, report: EpochReport | null): Promise<void>;
  close(): Promise<void>;
}

/** Opens a run folder, for this process alone. */
export type OpenRun = (
  caller: string,
  options: CompleteRunOptions,
  resume: boolean,
  settings: Settings,
) => Promise<Run>;

const checkCount = integerFrom(1);

function checkEvery(caller: string, name: string, value: unknown): void {
  if (value !== Infinity) checkCount(caller, name, value);
}

function checkSeconds(caller: string, name: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0))
    throw new ValueError(`${caller}: ${name} must be a number of at least 0, got ${showValue(value)}`);
}

function checkPath(caller: string, name: string, value: unknown): void {
  checkString(caller, name, value);
  if (value === "") throw new ValueError(`${caller}: ${name} must be the path of a folder, got ""`);
}

function checkConfig(caller: string, name: string, value: unknown): void {
  if (!isPlainObject(value)) throw new ValueError(`${caller}: ${name} must be a plain object, got ${showValue(value)}`);
  try {
    JSON.stringify(value);
  } catch (cause) {
    throw new ValueError(`${caller}: ${name} must be what JSON can hold`, { cause });
  }
}
