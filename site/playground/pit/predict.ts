import { BatchNorm, evaluating, type Layer, training, withoutModeGuard } from "@tapegrad/nn";
import { defaultGenerator, Generator, noGrad, type Tensor } from "@tapegrad/tensor";
import { slice } from "@tapegrad/tensor/ops/slice";
import { softmax } from "@tapegrad/tensor/ops/softmax";
import type { Mode } from "../run-state.ts";
import { type LayerStatistics, StatisticsWatch } from "./statistics-watch.ts";

/** How the digits of the tray are looked at. */
export interface View {
  readonly mode: Mode;
  /** How many digits go through the network at once. */
  readonly batchSize: number;
  /** The digit whose batch is looked at closely. */
  readonly selected: number;
}

export interface Prediction {
  readonly view: View;
  /** For each digit, the probabilities of the ten classes. */
  readonly scores: readonly (readonly number[])[];
  /** What the batch norms saw of the batch that holds the selected digit. */
  readonly statistics: readonly LayerStatistics[];
}

/**
 * What the network makes of the digits in this mode and in batches of this size. Dropout drops the same values each time, so that
 * mode and batch size alone make the difference; statistics, modes and the generator are left as they were.
 */
export async function predict(model: Layer, inputs: Tensor, view: View): Promise<Prediction> {
  const watch = new StatisticsWatch(model);
  const scores = leavingNoTrace(model, view.mode, () => {
    const parts: Tensor[] = [];
    const count = inputs.shape[0]!;
    for (let start = 0; start < count; start += view.batchSize) {
      const end = Math.min(count, start + view.batchSize);
      const run = (): Tensor => softmax(model.forward(slice(inputs, 0, start, end)) as Tensor, 1);
      parts.push(start <= view.selected && view.selected < end ? watch.during(run) : run());
    }
    return parts;
  });
  const rows: number[][] = [];
  for (const part of scores) rows.push(...((await part.array()) as number[][]));
  return { view, scores: rows, statistics: await watch.read() };
}

/** Runs `fn` in a mode, with dropout seeded, and puts everything back that this changes but for what was computed. */
export function leavingNoTrace<R>(model: Layer, mode: Mode, fn: () => R): R {
  const norms = model.modules().filter((module) => module instanceof BatchNorm);
  const tracked = norms.map(({ trackRunningStats }) => trackRunningStats);
  const generator = defaultGenerator();
  const state = generator.getState();
  generator.setState(new Generator("predictions").getState());
  for (const norm of norms) norm.trackRunningStats = false;
  try {
    const within = mode === "train" ? training : evaluating;
    return within(model, () => withoutModeGuard(() => noGrad(fn)));
  } finally {
    norms.forEach((norm, i) => (norm.trackRunningStats = tracked[i]!));
    generator.setState(state);
  }
}
