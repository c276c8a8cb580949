import { ValueError } from "@tapegrad/tensor";
import { type OptionCheck, showValue } from "@tapegrad/tensor/internal";

const MOST = 1e5;

/** Accepts a number of steps that a trial may take, at least so many. */
export function trialSteps(least: number): OptionCheck {
  return (caller, name, value) => {
    if (!(Number.isInteger(value) && Number(value) >= least && Number(value) <= MOST))
      throw new ValueError(`${caller}: ${name} must be an integer from ${least} to ${MOST}, got ${showValue(value)}`);
  };
}
