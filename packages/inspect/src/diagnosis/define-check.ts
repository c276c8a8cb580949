import type { Layer } from "@tapegrad/nn/module";
import { type CheckReport, type Finding, findingText } from "./finding.ts";
import { type DiagnoseOptions, readDiagnoseOptions } from "./options.ts";
import { Trial } from "./trial.ts";

/** What a check came to, before it has its name. */
export interface Outcome {
  readonly answer: string;
  /** @default true */
  readonly told?: boolean;
  readonly findings?: readonly Finding[];
  readonly hints?: readonly Finding[];
}

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

/** Gives an outcome its name and its text. */
export function reportOf(check: string, { answer, told = true, findings = [], hints = [] }: Outcome): CheckReport {
  const text = (): string => [`${check}: ${answer}`, ...[...findings, ...hints].map(findingText)].join("\n");
  return { check, answer, told, findings, hints, toString: text };
}

/** The outcome of a check that cannot tell, and why. */
export function cannotTell(why: string): Outcome {
  return { answer: `cannot be told: ${why}`, told: false };
}
