import batchOfOne from "../pit/mistakes/batch-of-one.ts?raw";
import forgotEval from "../pit/mistakes/forgot-eval.ts?raw";
import frozenThenThawed from "../pit/mistakes/frozen-then-thawed.ts?raw";
import momentumOne from "../pit/mistakes/momentum-one.ts?raw";
import poisoned from "../pit/mistakes/poisoned.ts?raw";
import { type MistakeName, trayCount } from "../run-state.ts";
import type { View } from "../pit/predict.ts";

/** A mistake as the page shows it. */
export interface Mistake {
  readonly title: string;
  readonly summary: string;
  /** The lines that make it: those that run. */
  readonly code: string;
  /** In which view its damage is seen. */
  readonly view: Pick<View, "mode" | "batchSize">;
}

const inEval = { mode: "eval", batchSize: trayCount } as const;

export const mistakes: Readonly<Record<MistakeName, Mistake>> = {
  "forgot-eval": {
    title: "Forgot eval()",
    summary: "Predict under noGrad, but in train mode.",
    code: bodyOf(forgotEval),
    view: { mode: "train", batchSize: 20 },
  },
  "batch-of-one": {
    title: "Batch of one",
    summary: "The same, with digits that come one by one.",
    code: bodyOf(batchOfOne),
    view: { mode: "train", batchSize: 1 },
  },
  "momentum-1": {
    title: "Momentum 1",
    summary: "Let each batch replace the running statistics.",
    code: bodyOf(momentumOne),
    view: inEval,
  },
  "frozen-then-thawed": {
    title: "Frozen, then thawed",
    summary: "Hold batch norm still while the weights learn on.",
    code: bodyOf(frozenThenThawed),
    view: inEval,
  },
  poisoned: {
    title: "Poisoned statistics",
    summary: "Let one batch through that was not normalised.",
    code: bodyOf(poisoned),
    view: inEval,
  },
};

/** The lines of a module's function, without what is around them. */
function bodyOf(source: string): string {
  const lines = source.trimEnd().split("\n");
  const start = lines.findIndex((line) => line.startsWith("export function"));
  return lines
    .slice(start + 1, -1)
    .map((line) => line.replace(/^ {2}/, ""))
    .join("\n");
}
