import type { ModelName } from "@tapegrad/models";
import type { ModeComparison } from "@tapegrad/nn";
import type { Pictures } from "./read-pictures.ts";

export interface Prediction {
  readonly file: string;
  /** What is on the picture; null if it is not known. */
  readonly label: string | null;
  readonly eval: string;
  readonly train: string;
}

export interface Results {
  readonly model: ModelName;
  readonly count: number;
  /** 0 to 1; null if it is not known what the pictures show. */
  readonly evalAccuracy: number | null;
  readonly trainAccuracy: number | null;
  /** How many predictions differ between the modes. */
  readonly changed: number;
  readonly firstDivergingLayer: string | null;
  readonly predictions: readonly Prediction[];
}

export function resultsOf(
  model: ModelName,
  { dataset, names, classes, labelled }: Pictures,
  classesInEval: readonly number[],
  classesInTrain: readonly number[],
  { firstDiverging }: ModeComparison,
): Results {
  const nameOf = (index: number): string => classes[index] ?? String(index);
  const predictions = names.map((file, i) => ({
    file,
    label: labelled ? nameOf(dataset.files[i]!.target) : null,
    eval: nameOf(classesInEval[i]!),
    train: nameOf(classesInTrain[i]!),
  }));
  return {
    model,
    count: predictions.length,
    evalAccuracy: labelled ? rightIn(predictions, "eval") / predictions.length : null,
    trainAccuracy: labelled ? rightIn(predictions, "train") / predictions.length : null,
    changed: predictions.filter((each) => each.eval !== each.train).length,
    firstDivergingLayer: firstDiverging,
    predictions,
  };
}

export function rightIn(predictions: readonly Prediction[], mode: "eval" | "train"): number {
  return predictions.filter((each) => each[mode] === each.label).length;
}

/** The two tables side by side: picture by picture if they are few, class by class if they are many. */
export function printTables({ predictions, count }: Results): void {
  const mark = (given: string, label: string | null): string =>
    label === null ? given : `${given} ${given === label ? "✓" : "✗"}`;
  if (count <= 40) {
    const rows = predictions.map(({ file, label, eval: inEval, train }) => [
      file,
      { shows: label ?? "?", "eval mode": mark(inEval, label), "train mode, one by one": mark(train, label) },
    ]);
    console.table(Object.fromEntries(rows));
    return;
  }
  const names = [
    ...new Set(predictions.flatMap((each) => [each.label, each.eval, each.train].filter((name) => name !== null))),
  ].sort();
  const rows = names.map((name) => {
    const shown = predictions.filter(({ label }) => label === name);
    const saidIn = (mode: "eval" | "train"): number => predictions.filter((each) => each[mode] === name).length;
    return [
      name,
      {
        pictures: shown.length,
        "right in eval": rightIn(shown, "eval"),
        "right in train": rightIn(shown, "train"),
        "said in eval": saidIn("eval"),
        "said in train": saidIn("train"),
      },
    ];
  });
  console.table(Object.fromEntries(rows));
}

export function showAccuracy(predictions: readonly Prediction[], mode: "eval" | "train"): string {
  if (predictions.some(({ label }) => label === null)) return "labels unknown";
  const right = rightIn(predictions, mode);
  return `${right} of ${predictions.length} right (${((100 * right) / predictions.length).toFixed(1)}%)`;
}
