import type { Layer, Module } from "@tapegrad/nn";
import { namedGenerators } from "@tapegrad/nn/internal";
import { type StoredTensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { Callback } from "../callbacks/callback.ts";
import type { EpochReport } from "./reports.ts";
import { restoredTensors } from "./restored-tensors.ts";
import { isStateful, restore, type Stateful, stateOf } from "./stateful.ts";

/** Where training is. */
export interface Place {
  /** The epoch that is under way, or the next one; from 1. */
  readonly epoch: number;
  /** The steps taken so far, over all epochs. */
  readonly step: number;
  /** Of the epoch under way: the sum of the losses of its examples, their number, the last step's rates, and the seconds so far. */
  readonly sum: number;
  readonly examples: number;
  readonly lr: readonly number[];
  readonly seconds: number;
  /** Whether the loader has come to the end of the epoch. */
  readonly ended: boolean;
  /** Whether a callback has ended training. */
  readonly stopped: boolean;
}

/** What is known of the epoch under way, beside its losses. */
export type Now = Omit<Place, "step" | "sum" | "examples">;

export const newEpoch = (epoch: number): Now => ({ epoch, lr: [], seconds: 0, ended: false, stopped: false });

/**
 * All that training needs to go on as if it had never stopped: `Trainer.stateDict` gives it, with live tensors, and a checkpoint holds
 * it. Plain data, tensors, and maps of tensors by name.
 */
export interface TrainingState {
  readonly place: Place;
  readonly epochs: readonly EpochReport[];
  readonly model: SavedTensors;
  /** Buffers that are not part of the model's state dict. */
  readonly buffers: SavedTensors;
  readonly modes: ModesState;
  /** States of the optimizer, the schedule, the average and the loaders; null where there is none. */
  readonly optimizer: unknown;
  readonly schedule: unknown;
  readonly average: unknown;
  readonly loader: unknown;
  readonly validation: unknown;
  /** Of the default generator, and of those in fields of modules, by their paths. */
  readonly generators: Readonly<Record<string, unknown>>;
  /** Of the callbacks that have a state, in their order. */
  readonly callbacks: readonly unknown[];
  /** What the option `state` names. */
  readonly state: Readonly<Record<string, unknown>>;
}

/** Tensors under their names, as they are or as a file has them. */
export type SavedTensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor | StoredTensor>>;

/** Names of modules that are in eval mode, of those that `freeze()` holds there, and of parameters that want no gradient. */
export interface ModesState {
  readonly eval: readonly string[];
  readonly frozen: readonly string[];
  readonly fixed: readonly string[];
}

/** What has a part in the state of training. */
export interface TrainingParts {
  readonly model: Layer;
  readonly optimizer: unknown;
  readonly schedule: unknown;
  readonly average: Stateful | null;
  readonly loader: unknown;
  readonly validation: unknown;
  readonly callbacks: readonly Callback[];
  readonly state: Readonly<Record<string, Stateful>>;
}

/** The names of the parts that are saved and restored alike. */
const simple = ["optimizer", "schedule", "average", "loader", "validation"] as const;

/** @throws ValueError naming a part that would not go on, because it has no state. */
export function checkParts(caller: string, parts: TrainingParts): void {
  for (const name of simple) {
    const part = parts[name];
    if (part !== null && !isStateful(part) && name !== "validation")
      throw new ValueError(
        `${caller}: ${name} has no stateDict and loadStateDict, and without them a run cannot go on, got ${showValue(part)}`,
      );
  }
}

/** The state of all parts at a place. */
export function saveParts(parts: TrainingParts, place: Place, epochs: readonly EpochReport[]): TrainingState {
  const { model, callbacks } = parts;
  const states = Object.fromEntries(
    simple.map((name) => [name, isStateful(parts[name]) ? stateOf(parts[name]) : null]),
  ) as Pick<TrainingState, (typeof simple)[number]>;
  return {
    place,
    epochs: [...epochs],
    model: model.stateDict(),
    buffers: new Map(volatileBuffers(model)),
    modes: {
      eval: namesOf(model, ({ training }) => !training),
      frozen: namesOf(model, ({ frozen }) => frozen),
      fixed: model.namedParameters().flatMap(([name, { requiresGrad }]) => (requiresGrad ? [] : [name])),
    },
    ...states,
    generators: Object.fromEntries([...namedGenerators(model)].map(([name, each]) => [name, each.getState()])),
    callbacks: callbacks.filter(isStateful).map(stateOf),
    state: Object.fromEntries(Object.entries(parts.state).map(([name, part]) => [name, stateOf(part)])),
  };
}

/** Gives all parts their states. @throws whatever a part throws that the state does not fit. */
export async function restoreParts(parts: TrainingParts, saved: TrainingState): Promise<void> {
  const { model, callbacks } = parts;
  await restore(model, saved.model);
  const buffers = new Map(volatileBuffers(model));
  for (const [name, values] of await restoredTensors(saved.buffers)) {
    buffers.get(name)?.assign(values);
    values.dispose();
  }
  restoreModes(model, saved.modes);
  for (const name of simple) {
    const part = parts[name];
    if (isStateful(part) && saved[name] !== null) await restore(part, saved[name]);
  }
  const stateful = callbacks.filter(isStateful);
  for (const [i, callback] of stateful.entries()) await restore(callback, saved.callbacks[i]);
  for (const [name, part] of Object.entries(parts.state)) await restore(part, saved.state[name]);
  // Last, in case that anything was drawn until here.
  for (const [name, generator] of namedGenerators(model)) await restore(generator, saved.generators[name]);
}

/** Buffers that the state dict leaves out, under their names. */
function volatileBuffers(model: Module): [string, Tensor][] {
  return model.namedBuffers().filter(([, { persistent }]) => !persistent);
}

function namesOf(model: Module, has: (module: Module) => boolean): string[] {
  return model.namedModules().flatMap(([name, module]) => (has(module) ? [name] : []));
}

function restoreModes(model: Module, { eval: inEval, frozen, fixed }: ModesState): void {
  // Outer before inner: `freeze` reaches what is inside, which then gets its own.
  for (const [name, module] of model.namedModules()) {
    const held = frozen.includes(name);
    if (held && !module.frozen) module.freeze();
    if (!held && module.frozen) module.unfreeze();
  }
  for (const [name, module] of model.namedModules()) module.training = !inEval.includes(name);
  for (const [name, parameter] of model.namedParameters()) parameter.requiresGrad = !fixed.includes(name);
}
