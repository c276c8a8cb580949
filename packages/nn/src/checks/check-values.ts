import { ValueError } from "@tapegrad/tensor";
import { checkBoolean, showValue } from "@tapegrad/tensor/internal";

/** Checks options that are true or false. @throws ValueError naming the layer and the option. */
export function checkFlags(layer: string, flags: Readonly<Record<string, boolean>>): void {
  for (const [name, flag] of Object.entries(flags)) checkBoolean(layer, name, flag);
}

/** Checks options that are numbers; infinite ones are, NaN is not. @throws ValueError naming the layer and the option. */
export function checkNumbers(layer: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value !== "number" || Number.isNaN(value))
      throw new ValueError(`${layer}: ${name} must be a number, got ${showValue(value)}`);
  }
}
