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
