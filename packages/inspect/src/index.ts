export {
  type At,
  recordStatistics,
  type RecordStatisticsOptions,
  StatisticsRecorder,
} from "./recorder/record-statistics.ts";
export type {
  Activity,
  BatchStatistics,
  Moment,
  RecordedCall,
  RecordedChange,
  RecordedEvent,
  RecordedLayer,
  RunningStatistics,
  StatisticsRecording,
  Tally,
} from "./recorder/recording.ts";
export {
  type RunSize,
  type ShrinkProgress,
  shrinkRun,
  type ShrinkRunOptions,
  type ShrunkRun,
} from "./shrink/shrink-run.ts";
export type { FinishedRun, RunStep, RunTraining } from "./shrink/take-run.ts";
export type { ShrinkTestRunner } from "./shrink/test-file.ts";
export { LayerWatch, watchLayers, type WatchLayersOptions } from "./layers/watch-layers.ts";
export type { LayerCourse, LayerHistory, ParameterCourse } from "./layers/watch-layers.ts";
export type { Spread } from "./layers/spread.ts";
export { inspectionHtml, type InspectionParts } from "./report/inspection-html.ts";
export { type Movers, whoMoved, type WhoMovedOptions } from "./recorder/who-moved.ts";
export type { Drift, DriftBatch, FirstDriftOptions } from "./recorder/first-drift.ts";
export { checkLaw, type LawBreak } from "./recorder/check-law.ts";
export { type RecordingFinding, recordingFindings, type RecordingFindings } from "./recorder/recording-findings.ts";
export { recordingTable } from "./recorder/recording-table.ts";
export { timelineSvg, type TimelineOptions } from "./recorder/timeline-svg.ts";
export { timelineHtml } from "./recorder/timeline-html.ts";
export { diagnose, type Diagnosis } from "./diagnosis/diagnose.ts";
export type { Check } from "./diagnosis/define-check.ts";
export type { CheckReport, Fault, Finding } from "./diagnosis/finding.ts";
export type { DiagnoseOptions, InspectedOptimizer } from "./diagnosis/options.ts";
export type { SavableOptimizer } from "./training/note-training.ts";
export type { Examples, Loss } from "./training/supervised.ts";
export { findLearningRate, type FindLearningRateOptions, type LearningRates } from "./training/find-learning-rate.ts";
export { overfitOneBatch, type OverfitOptions, type OverfitReport } from "./training/overfit-one-batch.ts";
export { checkDeadUnits } from "./diagnosis/checks/check-dead-units.ts";
export { checkEvalMode } from "./diagnosis/checks/check-eval-mode.ts";
export { checkFiniteNumbers } from "./diagnosis/checks/check-finite-numbers.ts";
export { checkGradients } from "./diagnosis/checks/check-gradients.ts";
export { checkInitialLoss } from "./diagnosis/checks/check-initial-loss.ts";
export { checkInputs } from "./diagnosis/checks/check-inputs.ts";
export { checkInputsUsed } from "./diagnosis/checks/check-inputs-used.ts";
export { checkLabelPairing } from "./diagnosis/checks/check-label-pairing.ts";
export { checkLabels } from "./diagnosis/checks/check-labels.ts";
export { checkLeaks } from "./diagnosis/checks/check-leaks.ts";
export { checkLearningRate } from "./diagnosis/checks/check-learning-rate.ts";
export { checkLoss } from "./diagnosis/checks/check-loss.ts";
export { checkModes } from "./diagnosis/checks/check-modes.ts";
export { checkNorms } from "./diagnosis/checks/check-norms.ts";
export { checkOverfit } from "./diagnosis/checks/check-overfit.ts";
export { checkParameters } from "./diagnosis/checks/check-parameters.ts";
export { checkRuns } from "./diagnosis/checks/check-runs.ts";
export { checkScores } from "./diagnosis/checks/check-scores.ts";
export { checkStep } from "./diagnosis/checks/check-step.ts";
export { checkSymmetry } from "./diagnosis/checks/check-symmetry.ts";
export { checkUpdates } from "./diagnosis/checks/check-updates.ts";
export { checkOptimizer } from "./diagnosis/checks/check-optimizer.ts";
export { checkActivations } from "./diagnosis/checks/check-activations.ts";
export { checkBatches } from "./diagnosis/checks/check-batches.ts";
export { checkHeldOut } from "./diagnosis/checks/check-held-out.ts";
