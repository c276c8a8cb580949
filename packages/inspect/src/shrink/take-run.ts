import type { Layer } from "@tapegrad/nn";
import { Tensor } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { Examples } from "../training/supervised.ts";

/** What a step learns with. */
export interface RunTraining<O> {
  readonly model: Layer;
  readonly optimizer: O;
  readonly batch: Examples;
}

/** One step. It returns the loss. */
export type RunStep<O> = (training: RunTraining<O>) => Tensor | number | Promise<Tensor | number>;

/** A run that is over. */
export interface FinishedRun<O> {
  readonly model: Layer;
  readonly optimizer: O;
  /** The loss of each step. A run ends with the first that is not finite. */
  readonly losses: readonly number[];
  /** What a step threw, which ended the run; null if none did. */
  readonly error: unknown;
}

/** Takes a step with each batch in turn. */
export async function takeRun<O>(
  { model, optimizer }: Pick<RunTraining<O>, "model" | "optimizer">,
  batches: readonly Examples[],
  step: RunStep<O>,
): Promise<FinishedRun<O>> {
  const losses: number[] = [];
  for (const batch of batches) {
    try {
      const made = await step({ model, optimizer, batch });
      const loss = made instanceof Tensor && made.size === 1 ? await made.item() : made;
      if (typeof loss !== "number") throw new TypeError(`step must return the loss, got ${showValue(made)}`);
      losses.push(loss);
      if (!Number.isFinite(loss)) break;
    } catch (error) {
      return { model, optimizer, losses, error };
    }
  }
  return { model, optimizer, losses, error: null };
}

/** Failures that need no function of one's own. They are written down as they stand here. */
export const knownFailures = {
  /** A loss that is NaN or infinite, or a parameter that is. */
  nan: async ({ losses, model }: FinishedRun<unknown>): Promise<boolean> => {
    if (losses.some((loss) => !Number.isFinite(loss))) return true;
    for (const parameter of model.parameters())
      if (!(await parameter.data()).every((value) => Number.isFinite(value))) return true;
    return false;
  },
  /** A last loss of more than ten times the first, or none at all. */
  divergence: ({ losses }: FinishedRun<unknown>): boolean =>
    losses.length > 0 && !(losses[losses.length - 1]! <= 10 * losses[0]!),
  /** A step that throws. */
  error: ({ error }: FinishedRun<unknown>): boolean => error !== null,
} as const;

/** What kind of error it is, whatever its numbers are: `ShapeError: linear: expected […, #], got [#]`. */
export function kindOfError(error: unknown): string | null {
  if (error === null) return null;
  const { name = "", message = "" } = Object(error) as Partial<Error>;
  return `${name}: ${message.replaceAll(/[-+]?\d[\d.e+-]*/g, "#").replaceAll(/#(, #)*/g, "#")}`;
}
