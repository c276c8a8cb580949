import type { Layer } from "@tapegrad/nn/module";
import { type CheckReport, type Outcome, reportOf } from "./finding.ts";
import { type DiagnoseOptions, readDiagnoseOptions } from "./options.ts";
import { Trial } from "./trial.ts";

/** A check by itself: runs it on a model, which it leaves as it was, and says what was found. */
export interface Check {
  (model: Layer, options: DiagnoseOptions): Promise<CheckReport>;
  readonly checkName: string;
  /**
   * The check as a part of a diagnosis.
   *
   * @internal
   */
  readonly examine: (trial: Trial) => Promise<Outcome>;
}

/** Defines a check that can be called alone and as a part of `diagnose`. */
export function defineCheck(checkName: string, examine: (trial: Trial) => Promise<Outcome>): Check {
  const alone = async (model: Layer, options: DiagnoseOptions): Promise<CheckReport> => {
    const trial = new Trial(model, readDiagnoseOptions(checkName, model, options));
    try {
      return reportOf(checkName, await examine(trial));
    } finally {
      trial.finish();
    }
  };
  return Object.assign(alone, { checkName, examine });
}

/** The outcome of a check that cannot tell, and why. */
export function cannotTell(why: string): Outcome {
  return { answer: `cannot be told: ${why}`, told: false };
}
