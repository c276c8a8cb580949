import { isRecording, type OpRecord, TapegradError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFunction, readOptions, showValue, untilSettled } from "@tapegrad/tensor/internal";
import { modelOf } from "../module/model-of.ts";
import type { Module } from "../module/module.ts";
import type { Parameter } from "../module/parameter.ts";

/** What the guard does when it finds a network in a mode that can hardly be meant. */
export type ModeGuardAction = "warn" | "error" | "off";

/**
 * What the guard finds:
 *
 * - `trainWithoutGrad`: a layer in train mode under `noGrad`, where one predicts rather than learns;
 * - `evalWhileLearning`: parameters that learn while the whole network is in eval mode;
 * - `noStatistics`: a batch norm in eval mode whose running statistics never saw a batch.
 */
export type ModeMistake = "trainWithoutGrad" | "evalWhileLearning" | "noStatistics";

/** What a sink is told beside the message. */
export interface ModeFinding {
  readonly mistake: ModeMistake;
  /** The outermost module that holds the layers. */
  readonly model: Module;
  /** Names of the layers in `model`. */
  readonly layers: readonly string[];
}

/** Where warnings go. */
export interface ModeGuardOptions {
  /** Hears each warning. @default `console.warn` of the message */
  readonly sink?: (message: string, finding: ModeFinding) => void;
}

/** A network runs in a mode that can hardly be meant, and `setModeGuard("error")` was called. */
export class ModeError extends TapegradError {
  override get name(): string {
    return "ModeError";
  }
}

const toConsole = (message: string): void => console.warn(message);

let action: ModeGuardAction = "warn";
let sink: NonNullable<ModeGuardOptions["sink"]> = toConsole;
let silences = 0;
let demands = 0;
/** What the models were told of, by their modules. */
let told = new WeakMap<Module, ReadonlySet<ModeMistake>>();

/**
 * Chooses what happens when a layer runs in a mode that can hardly be meant: a warning, once for each model and
 * mistake (the default), a `ModeError` before the layer computes anything, or nothing. Also forgets what was told.
 */
export function setModeGuard(next: ModeGuardAction, options: ModeGuardOptions = {}): void {
  if (next !== "warn" && next !== "error" && next !== "off")
    throw new ValueError(`setModeGuard: expected "warn", "error" or "off", got ${showValue(next)}`);
  const read = readOptions("setModeGuard", options, { sink: [toConsole, checkFunction] });
  action = next;
  sink = read.sink;
  told = new WeakMap();
}

/**
 * Runs `fn` without the guard, for code that means what it does. If `fn` is asynchronous, the guard is off until its
 * promise is settled.
 */
export function withoutModeGuard<R>(fn: () => R): R {
  checkFunction("withoutModeGuard", "fn", fn);
  silences++;
  return untilSettled(fn, () => void silences--);
}

/** Whether the code that runs was called by `withoutModeGuard`, or beside it. For recorders. */
export function isGuardSilent(): boolean {
  return silences > 0;
}

/** Runs `fn`, which must not be asynchronous, with the guard as an error, whatever `setModeGuard` chose. For training loops. */
export function withStrictModeGuard<R>(fn: () => R): R {
  demands++;
  try {
    return fn();
  } finally {
    demands--;
  }
}

/**
 * Checks whether a layer's mode can be meant. The `forward` of modules that are `modeSensitive` calls it before it
 * computes.
 *
 * @param untouched whether running statistics are needed in eval mode and never saw a batch.
 * @throws ModeError if it cannot, and `setModeGuard("error")` was called.
 */
export function guardMode(layer: Module, input: Tensor, untouched = false): void {
  if ((action === "off" && demands === 0) || silences > 0) return;
  if (layer.training) {
    if (!isRecording()) report("trainWithoutGrad", layer);
  } else if (!layer.frozen) {
    if (untouched) report("noStatistics", layer);
    if (input.record !== null && isRecording()) watchLearning(layer, input.record);
  }
}

/** What was seen when a model last ran in eval mode while being recorded. */
interface Watch {
  readonly parameter: Parameter;
  version: number;
  record: WeakRef<OpRecord>;
}

const watches = new WeakMap<Module, Watch>();

/**
 * A forward pass in eval mode may be recorded for many reasons. That the model learns is known at the next one: a
 * backward pass has used the record since, and the parameters have changed.
 */
function watchLearning(layer: Module, record: OpRecord): void {
  const watch = watches.get(layer);
  if (watch === undefined) {
    const model = modelOf(layer);
    const parameter = model.parameters().find((each) => each.requiresGrad);
    if (parameter === undefined) return;
    const shared = { parameter, version: parameter.storage.version, record: new WeakRef(record) };
    for (const module of model.modules()) watches.set(module, shared);
    return;
  }
  const { version } = watch.parameter.storage;
  const learned = version !== watch.version && watch.record.deref()?.released === true;
  watch.version = version;
  watch.record = new WeakRef(record);
  if (learned) report("evalWhileLearning", layer);
}

function report(mistake: ModeMistake, layer: Module): void {
  const strict = action === "error" || demands > 0;
  if (!layer.modeSensitive || (!strict && told.get(layer)?.has(mistake))) return;
  const model = modelOf(layer);
  // A network that learns around layers in eval mode is what freezing by hand looks like.
  if (mistake === "evalWhileLearning" && model.training) return;
  const named = model
    .namedModules()
    .filter(([, module]) => module.modeSensitive && module.training === layer.training && !module.frozen);
  const finding = { mistake, model, layers: named.map(([name]) => name) };
  const message = messageOf(finding);
  if (strict) throw new ModeError(message);
  for (const module of model.modules()) told.set(module, new Set(told.get(module)).add(mistake));
  sink(message, finding);
}

const explanations: Record<ModeMistake, readonly [what: string, cure: string]> = {
  trainWithoutGrad: [
    "runs in train mode under noGrad: batch norms normalise by this batch alone and move their running statistics, dropout drops",
    "call model.eval() before predicting, or evaluating(model, fn); to renew statistics, updateBatchNorm(model, loader)",
  ],
  evalWhileLearning: [
    "learns in eval mode: dropout does nothing, and running statistics do not follow the weights",
    "call model.train() before learning; to hold layers in eval mode on purpose, freeze()",
  ],
  noStatistics: [
    "is in eval mode, but its running statistics never saw a batch: mean 0 and variance 1 are guesses",
    "train first, load a state dict, or updateBatchNorm(model, loader)",
  ],
};

function messageOf({ mistake, model, layers }: ModeFinding): string {
  const [what, cure] = explanations[mistake];
  const names = layers.slice(0, 8).map((name) => (name === "" ? "itself" : name));
  const more = layers.length > names.length ? `, … (${layers.length} in all)` : "";
  return `${model.constructor.name} ${what}.\n  layers: ${names.join(", ")}${more}\n  cure: ${cure}\n  if it is meant: withoutModeGuard(fn)`;
}
