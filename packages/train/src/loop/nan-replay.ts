import { AnomalyError, detectAnomaly } from "@tapegrad/autograd";
import type { Batch } from "@tapegrad/data";
import type { Layer } from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { learn, type Learning } from "./learn.ts";
import { noteTraining, type SavableOptimizer, type TrainingNote } from "./note-training.ts";

/** Where the first NaN came from. */
export interface NaNOrigin {
  /** The step it came in, from 1. */
  readonly step: number;
  /** What made it, as a sentence without its full stop. */
  readonly finding: string;
  /** The op that made it, and where; null if it was data or the optimizer. */
  readonly anomaly: AnomalyError | null;
}

type Finding = Omit<NaNOrigin, "step">;

/** A step that can be taken once more. */
interface NotedStep {
  readonly step: number;
  readonly batches: readonly Batch[];
  /** The options of the optimizer's groups, which a schedule may have changed since. */
  readonly options: readonly object[];
}

/** Keeps what is needed to take the last steps once more: a copy of where training stood, and the batches since. */
export class NaNReplay {
  readonly #model: Layer;
  readonly #learning: Learning & { readonly optimizer: SavableOptimizer };
  #from: TrainingNote | null = null;
  #steps: NotedStep[] = [];

  constructor(model: Layer, learning: Learning & { readonly optimizer: SavableOptimizer }) {
    this.#model = model;
    this.#learning = learning;
  }

  /** All is well so far: later steps are replayed from here. */
  start(): void {
    this.dispose();
    this.#from = noteTraining(this.#model, this.#learning.optimizer);
  }

  /** Notes a step that is about to be taken. */
  note(step: number, batches: readonly Batch[]): void {
    const options = this.#learning.optimizer.paramGroups.map((group) => ({ ...group }));
    this.#steps.push({ step, batches, options });
  }

  /**
   * Takes the noted steps once more, looking at every result, up to the first that makes a NaN. Model and optimizer are then as they were
   * before that step. Null, and as they are now, if no NaN comes: a callback may have changed weights in between.
   */
  explain(): NaNOrigin | null {
    const now = noteTraining(this.#model, this.#learning.optimizer);
    try {
      this.#from?.restore();
      for (const { step, batches, options } of this.#steps) {
        this.#learning.optimizer.paramGroups.forEach((group, i) => Object.assign(group, options[i]));
        const finding = this.#take(batches);
        if (finding !== null) return { step, ...finding };
      }
      now.restore();
      return null;
    } finally {
      now.dispose();
    }
  }

  dispose(): void {
    this.#from?.dispose();
    this.#from = null;
    this.#steps = [];
  }

  /** Takes a step, or finds the first NaN and takes it back. */
  #take(batches: readonly Batch[]): Finding | null {
    for (const { inputs, targets } of batches) {
      const data = nanIn("the batch's inputs", inputs) ?? nanIn("the batch's targets", targets);
      if (data !== null) return { finding: data, anomaly: null };
    }
    const before = noteTraining(this.#model, this.#learning.optimizer);
    try {
      const anomaly = this.#anomaly(batches, false);
      if (anomaly !== null) {
        before.restore();
        // Infinities are no fault in themselves. Where a NaN follows, they tell more.
        const first = this.#anomaly(batches, true) ?? anomaly;
        before.restore();
        return { finding: first.message, anomaly: first };
      }
      for (const [name, parameter] of this.#model.namedParameters()) {
        const finding = nanIn(`after the optimizer's step ${name}`, parameter);
        if (finding === null) continue;
        before.restore();
        return { finding, anomaly: null };
      }
      return null;
    } finally {
      before.dispose();
    }
  }

  #anomaly(batches: readonly Batch[], infinities: boolean): AnomalyError | null {
    try {
      detectAnomaly(() => void learn(this.#model, batches, this.#learning), { infinities });
      return null;
    } catch (error) {
      if (error instanceof AnomalyError) return error;
      throw error;
    }
  }
}

function nanIn(what: string, tensor: Tensor): string | null {
  const index = tensor.dtype === "float32" ? tensor.dataSync().findIndex(Number.isNaN) : -1;
  return index < 0 ? null : `${what} held NaN at element ${index}`;
}
