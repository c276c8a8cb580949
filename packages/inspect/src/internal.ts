// What tapegrad's other packages need of this one and its users do not: anything here may change in any version.
export { BatchLooks } from "./diagnosis/batch-looks.ts";
export { reportOf } from "./diagnosis/finding.ts";
export { joined, type NormRow, NormWatch } from "./layers/norm-watch.ts";
export { diagnosisSection } from "./report/diagnosis-section.ts";
export { Html, html, type HtmlValue } from "./report/html.ts";
export { layerCourseSection, updateSection } from "./report/layer-course-section.ts";
export { modeSection, normSection, statisticsSection } from "./report/layer-sections.ts";
export { recordingSection } from "./report/picture-sections.ts";
export { page } from "./report/page.ts";
export { showCount, showDuration, showNumber } from "./report/quantities.ts";
export { ExampleMemory } from "./training/example-memory.ts";
export { RateWatch } from "./training/rate-watch.ts";
export { learn, type Learned, type Learning } from "./training/learn.ts";
export { isSavable, noteTraining, type TrainingNote } from "./training/note-training.ts";
export { checkBatch, checkLoader, checkLoss, checkModel, checkTrainable, lossFunction } from "./training/supervised.ts";
