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
export type { FinishedRun, RunBatch, RunStep, RunTraining } from "./shrink/take-run.ts";
export type { ShrinkTestRunner } from "./shrink/test-file.ts";
export { type Movers, whoMoved, type WhoMovedOptions } from "./recorder/who-moved.ts";
export type { Drift, DriftBatch, FirstDriftOptions } from "./recorder/first-drift.ts";
export { checkLaw, type LawBreak } from "./recorder/check-law.ts";
export { recordingTable } from "./recorder/recording-table.ts";
export { timelineSvg, type TimelineOptions } from "./recorder/timeline-svg.ts";
export { timelineHtml } from "./recorder/timeline-html.ts";
