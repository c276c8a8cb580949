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

/** Puts a tensor that is computed whenever it is read in the place of a parameter, and the state that it is made of beside it. */
export function deriveField(
  module: Module,
  name: string,
  state: Readonly<Record<string, unknown>>,
  compute: () => Tensor,
): void {
  Reflect.deleteProperty(module, name);
  Object.assign(module, state);
  Object.defineProperty(module, name, { get: compute, enumerable: false, configurable: true });
}

/** State under the keys of `torch.nn.utils.parametrizations`, beside that of other fields. */
export function parametrizations(module: Module, name: string, state: object): { readonly parametrizations: object } {
  const others: unknown = Reflect.get(module, "parametrizations");
  return { parametrizations: { ...(others as object | undefined), [name]: state } };
}
