import { noGrad, type Tensor } from "@tapegrad/tensor";
import { cat } from "@tapegrad/tensor/ops/cat";
import { slice } from "@tapegrad/tensor/ops/slice";
import { differenceOf } from "../expect-close.ts";
import { largest } from "./near.ts";
import { expectSame } from "./same-bits.ts";
import { note, ROUNDING, type StepTraining, type Trial } from "./step-trial.ts";

/** In eval mode, statistics stay and examples are kept apart. */
export async function checkEvalMode<T extends StepTraining>(trial: Trial<T>): Promise<void> {
  const frozen = (change: (training: T) => StepTraining["batch"] = ({ batch }) => batch): T => {
    const training = trial.start();
    training.model.freeze();
    return { ...training, batch: change(training) };
  };
  const still = frozen();
  const before = note(still);
  const loss = await trial.take(still, 1);
  for (const [name, buffer] of still.model.namedBuffers())
    expectSame(buffer, before.buffers.get(name)!, `a step moved ${name}, though all layers are frozen in eval mode`);
  const count = still.batch.inputs.shape[0]!;
  if (count < 2) return;
  // The first example with the last one's input, and the other way round: what both changes do to the loss must add up.
  const [first, last] = [0, count - 1];
  const swapped = (...rows: readonly [at: number, from: number][]): T =>
    frozen(({ batch }) => ({ ...batch, inputs: withRows(batch.inputs, rows) }));
  const a = await trial.take(swapped([first, last]), 1);
  const b = await trial.take(swapped([last, first]), 1);
  const both = await trial.take(swapped([first, last], [last, first]), 1);
  const together = both - b - a + loss;
  if (Math.abs(together) <= ROUNDING * Math.max(...[loss, a, b, both].map(Math.abs))) return;
  const inModel = leaksInModel(frozen(), first, last);
  throw new Error(
    `in eval mode examples ${first} and ${last} reach each other: another input of the one changes the loss by ` +
      `${a - loss}, and by ${both - b} once the other has changed. ` +
      (inModel === null
        ? "The model keeps them apart; it is the step that joins them"
        : `It is the model: output ${first} depends on example ${last}: ${inModel}`),
  );
}

/** How an output depends on another example; null if it does not. */
function leaksInModel({ model, batch: { inputs } }: StepTraining, row: number, other: number): string | null {
  return noGrad(() => {
    const output = slice(model.forward(inputs), 0, row, row + 1);
    const changed = slice(model.forward(withRows(inputs, [[other, row]])), 0, row, row + 1);
    return differenceOf(changed, output, { rtol: 0, atol: ROUNDING * largest(output) });
  });
}

/** The same rows, some of them copies of others. */
function withRows(x: Tensor, changes: readonly (readonly [at: number, from: number])[]): Tensor {
  const sources = new Map(changes);
  const rows = Array.from({ length: x.shape[0]! }, (_, i) => sources.get(i) ?? i);
  return cat(
    rows.map((i) => slice(x, 0, i, i + 1)),
    0,
  );
}
