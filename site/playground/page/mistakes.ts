// What ends in ?raw is text, its default export; the linter sees the modules.
/* oxlint-disable import/default */
import batchOfOneText from "../pit/mistakes/batch-of-one.ts?raw";
import forgotEvalText from "../pit/mistakes/forgot-eval.ts?raw";
import frozenThenThawedText from "../pit/mistakes/frozen-then-thawed.ts?raw";
import momentumOneText from "../pit/mistakes/momentum-one.ts?raw";
import poisonedText from "../pit/mistakes/poisoned.ts?raw";
import type { View } from "../pit/predict.ts";
import { type MistakeName, trayCount } from "../run-state.ts";

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
    code: bodyOf(forgotEvalText),
    view: { mode: "train", batchSize: 20 },
  },
  "batch-of-one": {
    title: "Batch of one",
    summary: "The same, with digits that come one by one.",
    code: bodyOf(batchOfOneText),
    view: { mode: "train", batchSize: 1 },
  },
  "momentum-1": {
    title: "Momentum 1",
    summary: "Let each batch replace the running statistics.",
    code: bodyOf(momentumOneText),
    view: inEval,
  },
  "frozen-then-thawed": {
    title: "Frozen, then thawed",
    summary: "Hold batch norm still while the weights learn on.",
    code: bodyOf(frozenThenThawedText),
    view: inEval,
  },
  poisoned: {
    title: "Poisoned statistics",
    summary: "Let one batch through that was not normalised.",
    code: bodyOf(poisonedText),
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
