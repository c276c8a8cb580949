import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";

/** @throws ValueError naming `op` unless the value lies in [0, 1]. */
export function checkProbability(op: string, name: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value <= 1))
    throw new ValueError(`${op}: ${name} must lie in [0, 1], got ${showValue(value)}`);
}
