import { ValueError } from "@tapegrad/tensor";
import { isPlainObject, showValue } from "@tapegrad/tensor/internal";
import type { TorchSavable } from "./pickle.ts";
import { Tuple } from "./torch-value.ts";

/** Names that PyTorch does not spell in snake_case alone. */
const odd: Readonly<Record<string, string>> = {
  lastLr: "_last_lr",
  stepCount: "_step_count",
  schedulers: "_schedulers",
  tCur: "T_cur",
  tI: "T_i",
};

/**
 * The state of an optimizer or a schedule as PyTorch lays it out: `exp_avg` for `expAvg`, `param_groups`, parameters under their
 * numbers, `_last_lr`. `load_state_dict` of PyTorch's optimizer or schedule of the same name takes it.
 *
 * ```ts
 * await saveTorch("run.pt", { optimizer: torchLayout(adam.stateDict()), schedule: torchLayout(schedule.stateDict()) });
 * ```
 *
 * `loadInto` reads both layouts. Steps are counted in whole numbers, of which PyTorch makes tensors.
 *
 * @param state what `stateDict()` gave.
 * @throws ValueError if it is no plain object.
 */
export function torchLayout(state: object): TorchSavable {
  if (!isPlainObject(state))
    throw new ValueError(
      `torchLayout: expected what stateDict() of an optimizer or schedule gave, got ${showValue(state)}`,
    );
  return renamed(state);
}

function renamed(value: unknown): TorchSavable {
  if (Array.isArray(value)) return value.map(renamed);
  if (!isPlainObject(value)) return value as TorchSavable;
  return new Map(Object.entries(value).map(([name, each]) => [torchName(name), torchValue(name, each)]));
}

/** `expAvgSq` becomes `exp_avg_sq`; a parameter's number, a number. */
function torchName(name: string): string | number {
  if (/^\d+$/.test(name)) return Number(name);
  return odd[name] ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Python has tuples for betas, and infinities. */
function torchValue(name: string, value: unknown): TorchSavable {
  if (name === "betas" && Array.isArray(value)) return new Tuple(value);
  if (value === "Infinity" || value === "-Infinity") return Number(value);
  return renamed(value);
}
