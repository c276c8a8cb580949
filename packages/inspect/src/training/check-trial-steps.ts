import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

const MOST = 1e5;

/** @throws ValueError unless it is a number of steps that a trial may take. */
export function checkTrialSteps(caller: string, name: string, value: unknown): void {
  if (!(Number.isInteger(value) && Number(value) >= 2 && Number(value) <= MOST))
    throw new ValueError(`${caller}: ${name} must be an integer from 2 to ${MOST}, got ${showValue(value)}`);
}
