import type { Layer } from "@tapegrad/nn/module";
import { checkActivations } from "./checks/check-activations.ts";
import { checkBatches } from "./checks/check-batches.ts";
import { checkDeadUnits } from "./checks/check-dead-units.ts";
import { checkEvalMode } from "./checks/check-eval-mode.ts";
import { checkFiniteNumbers } from "./checks/check-finite-numbers.ts";
import { checkGradients } from "./checks/check-gradients.ts";
import { checkHeldOut } from "./checks/check-held-out.ts";
import { checkInitialLoss } from "./checks/check-initial-loss.ts";
import { checkInputsUsed } from "./checks/check-inputs-used.ts";
import { checkInputs } from "./checks/check-inputs.ts";
import { checkLabelPairing } from "./checks/check-label-pairing.ts";
import { checkLabels } from "./checks/check-labels.ts";
import { checkLeaks } from "./checks/check-leaks.ts";
import { checkLearningRate } from "./checks/check-learning-rate.ts";
import { checkLoss } from "./checks/check-loss.ts";
import { checkModes } from "./checks/check-modes.ts";
import { checkNorms } from "./checks/check-norms.ts";
import { checkOptimizer } from "./checks/check-optimizer.ts";
import { checkOverfit } from "./checks/check-overfit.ts";
import { checkParameters } from "./checks/check-parameters.ts";
import { checkRuns } from "./checks/check-runs.ts";
import { checkScores } from "./checks/check-scores.ts";
import { checkStep } from "./checks/check-step.ts";
import { checkSymmetry } from "./checks/check-symmetry.ts";
import { checkUpdates } from "./checks/check-updates.ts";
import type { Check } from "./define-check.ts";
import { type CheckReport, type Finding, findingText, reportOf } from "./finding.ts";
import { type DiagnoseOptions, readDiagnoseOptions } from "./options.ts";
import { Trial } from "./trial.ts";

/** What was found out about a model and its training. `String(diagnosis)` is a readable text. */
export interface Diagnosis {
  /** Whether there are no findings. */
  readonly healthy: boolean;
  /** Faults, causes before what comes of them: what a sound network and its training never have. */
  readonly findings: readonly Finding[];
  /** What may be meant, or costs only a little. */
  readonly hints: readonly Finding[];
  /** What each check says, in the order in which they were made. */
  readonly checks: readonly CheckReport[];
  /** The diagnosis with what a check says later, beside what it has said. */
  with(report: CheckReport): Diagnosis;
  toString(): string;
}

/** What can be told of any model. */
const first: readonly Check[] = [checkRuns, checkFiniteNumbers, checkLabels, checkInputs];
/** What needs a model that runs, and finite numbers. */
const others: readonly Check[] = [
  checkModes,
  checkParameters,
  checkSymmetry,
  checkLoss,
  checkNorms,
  checkEvalMode,
  checkLeaks,
  checkActivations,
  checkDeadUnits,
  checkInputsUsed,
  checkInitialLoss,
  checkGradients,
  checkOptimizer,
  checkUpdates,
  checkStep,
  checkOverfit,
  checkHeldOut,
  checkBatches,
  checkLabelPairing,
];
/** Faults without which the others cannot be looked for. */
const fatal = new Set<Finding["fault"]>([
  "cannotRun",
  "channelsLast",
  "labelsOutOfRange",
  "notFinite",
  "lossWithoutGradient",
]);

/**
 * Diagnoses a model and its training by one batch: says what is wrong, with evidence and cure.
 *
 * ```ts
 * const diagnosis = await diagnose(model, { batch, loss: new CrossEntropyLoss(), optimizer });
 * if (!diagnosis.healthy) console.log(String(diagnosis));
 * ```
 *
 * Each check can be called alone as well, with the same options. Nothing is changed: weights, buffers, modes, gradients, generators and the
 * optimizer's memory are put back, also if something throws. Until then the model must not be used otherwise. What modules keep
 * elsewhere, such as counters of their own, goes on counting.
 *
 * @throws ValueError of a model that is none, and of options that are unknown, missing or of the wrong kind. What the model or the loss
 *   throws on the batch is a finding; what they throw on held-out examples, and what a step of your own throws, is thrown.
 */
export async function diagnose(model: Layer, options: DiagnoseOptions): Promise<Diagnosis> {
  const trial = new Trial(model, readDiagnoseOptions("diagnose", model, options));
  const checks: CheckReport[] = [];
  const make = async (check: Check): Promise<CheckReport> => {
    const report = reportOf(check.checkName, await check.examine(trial));
    checks.push(report);
    return report;
  };
  try {
    for (const check of first) await make(check);
    const { failure } = await trial.first();
    if (failure === null) await make(checkScores);
    if (failure === null && !checks.some(({ findings }) => findings.some(({ fault }) => fatal.has(fault)))) {
      for (const check of others) await make(check);
      const unlearned = checks.some(
        ({ check, findings, hints }) => check === "checkOverfit" && findings.length + hints.length > 0,
      );
      if (unlearned) await make(checkLearningRate);
    }
  } finally {
    trial.finish();
  }
  return diagnosisOf(model, checks);
}

function diagnosisOf(model: Layer, checks: readonly CheckReport[]): Diagnosis {
  const findings = distinct(checks.flatMap((report) => report.findings));
  const hints = checks.flatMap((report) => report.hints);
  const text = (): string => {
    const healthy = findings.length === 0;
    const verdict = healthy ? "nothing is wrong" : findings.length === 1 ? "1 fault" : `${findings.length} faults`;
    const listed = (title: string, all: readonly Finding[]): string[] =>
      all.length === 0 ? [] : [title, ...all.map((finding) => findingText(finding).replace(/^/gm, "  "))];
    const answers = checks.map(({ check, answer }) => `  ${check}: ${answer}`);
    return [
      `${model.constructor.name}: ${verdict}`,
      ...listed("found:", findings),
      ...listed("hints:", hints),
      "asked:",
      ...answers,
    ].join("\n");
  };
  const revised = (later: CheckReport): Diagnosis => {
    const earlier = checks.find(({ check }) => check === later.check);
    if (earlier === undefined) return diagnosisOf(model, [...checks, later]);
    const both = together(earlier, later);
    return diagnosisOf(
      model,
      checks.map((each) => (each === earlier ? both : each)),
    );
  };
  return { healthy: findings.length === 0, findings, hints, checks, with: revised, toString: text };
}

/** What a check says in two goes. */
function together(earlier: CheckReport, later: CheckReport): CheckReport {
  const telling = [earlier, later].filter(({ told }) => told);
  return reportOf(later.check, {
    answer: telling.map(({ answer }) => answer).join("; ") || later.answer,
    told: telling.length > 0,
    findings: [...earlier.findings, ...later.findings],
    hints: [...earlier.hints, ...later.hints],
  });
}

/** Without what comes of something that was found, too: a loss that throws because of the labels, or is NaN because of the scores. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const has = (wanted: Finding["fault"]): boolean => findings.some(({ fault }) => fault === wanted);
  const [labels, scores] = [has("labelsOutOfRange"), has("noProbabilities")];
  const faults = new Set<string>();
  return findings.filter(({ fault, verdict }) => {
    if ((labels && fault === "cannotRun") || (scores && fault === "notFinite")) return false;
    const key = fault === "momentum" ? verdict : fault;
    return !faults.has(key) && faults.add(key);
  });
}
