import { type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { checkModule } from "../checks/check-module.ts";
import type { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";

/** The parameter in a field. @throws ValueError naming the caller if there is none. */
export function parameterIn(caller: string, module: Module, name: string): Parameter {
  checkModule(`${caller}: module`, module);
  const found: unknown = Object.entries(module).find(([field]) => field === name)?.[1];
  if (found instanceof Parameter) return found;
  throw new ValueError(
    `${caller}: ${module.constructor.name} has no parameter in a field ${showValue(name)}, or it is derived already`,
  );
}

/** State by what is added to the name of the parameter, and as `torch.nn.utils.parametrizations` has it. */
type States = Readonly<Record<"suffixes" | "parametrizations", object>>;

/**
 * Puts a tensor that is computed whenever it is read in the place of a parameter, and the state that it is made of beside it, under
 * keys of one kind.
 */
export function deriveField(
  module: Module,
  name: string,
  keys: keyof States,
  states: States,
  compute: () => Tensor,
): void {
  Reflect.deleteProperty(module, name);
  if (keys === "parametrizations") Object.assign(module, parametrizations(module, name, states.parametrizations));
  else for (const [suffix, value] of Object.entries(states.suffixes)) Reflect.set(module, name + suffix, value);
  Object.defineProperty(module, name, { get: compute, enumerable: false, configurable: true });
}

/** State under the keys of `torch.nn.utils.parametrizations`, beside that of other fields. */
function parametrizations(module: Module, name: string, state: object): { readonly parametrizations: object } {
  const others: unknown = Reflect.get(module, "parametrizations");
  return { parametrizations: { ...(others as object | undefined), [name]: state } };
}
