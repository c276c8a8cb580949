import { AnomalyError, detectAnomaly } from "@tapegrad/autograd";
import type { Batch } from "@tapegrad/data";
import type { SavableOptimizer } from "@tapegrad/inspect";
import { learn, type Learning, isSavable, noteTraining, type TrainingNote } from "@tapegrad/inspect/internal";
import type { Layer } from "@tapegrad/nn";
import { keep, noGrad, type Tensor } from "@tapegrad/tensor";
import { hideFromRecorders } from "@tapegrad/tensor/internal";
import { sumSquares } from "@tapegrad/tensor/ops/sum-squares";
import type { TrainOptimizer } from "./options.ts";

/** Where the first NaN came from. */
export interface NaNOrigin {
  /** The step it came in, from 1. */
  readonly step: number;
  /** What made it, as a sentence without its full stop. */
  readonly finding: string;
  /** The op that made it, and where; null if it was data or the optimizer. */
  readonly anomaly: AnomalyError | null;
}

/** How many steps, at least, lie between two copies of where training stands. */
const stepsPerNote = 20;

type Finding = Omit<NaNOrigin, "step">;

/** A step that can be taken once more. */
interface NotedStep {
  readonly step: number;
  readonly batches: readonly Batch[];
  /** Views that keep the batches' values: a loader may give its tensors back. */
  readonly views: readonly Tensor[];
  /** The options of the optimizer's groups, which a schedule may have changed since. */
  readonly options: readonly object[];
}

/** Whether steps can be taken once more: the optimizer says what it remembers, and values can be read at once. */
export function canReplay(model: Layer, optimizer: TrainOptimizer | null): optimizer is SavableOptimizer {
  return isSavable(optimizer) && model.parameters().every(({ device }) => device.synchronous);
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

  /** All is well so far. Now and then later steps are replayed from here: often would cost time, and seldom the memory of many batches. */
  pass(): void {
    if (this.#steps.length >= stepsPerNote) this.start();
  }

  /** Later steps are replayed from here. */
  start(): void {
    this.dispose();
    this.#from = noteTraining(this.#model, this.#learning.optimizer);
  }

  /** Notes a step that is about to be taken. */
  note(step: number, batches: readonly Batch[]): void {
    const options = this.#learning.optimizer.paramGroups.map((group) => ({ ...group }));
    const views = batches.flatMap(({ inputs, targets }) => [keep(inputs.detach()), keep(targets.detach())]);
    this.#steps.push({ step, batches, views, options });
  }

  /**
   * Takes the noted steps once more, looking at every result, up to the first that makes a NaN. Model and optimizer are then as they were
   * before that step. Null, and as they are now, if no NaN comes: a callback may have changed weights in between.
   */
  explain(): NaNOrigin | null {
    const now = noteTraining(this.#model, this.#learning.optimizer);
    const show = hideFromRecorders();
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
      show("going back to before a NaN");
      now.dispose();
    }
  }

  dispose(): void {
    this.#from?.dispose();
    this.#from = null;
    for (const view of this.#steps.flatMap(({ views }) => views)) view.dispose();
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

/** Whether a parameter that is trained holds NaN. The sum of its squares tells, which the device computes; of infinities it is Infinity. */
export async function holdsNaN(model: Layer): Promise<boolean> {
  const trained = model.parameters().filter(({ requiresGrad }) => requiresGrad);
  const sums = noGrad(() => trained.map((parameter) => sumSquares(parameter)));
  return (await Promise.all(sums.map((sum) => sum.item()))).some(Number.isNaN);
}

function nanIn(what: string, tensor: Tensor): string | null {
  const index = tensor.dtype === "float32" ? tensor.dataSync().findIndex(Number.isNaN) : -1;
  return index < 0 ? null : `${what} held NaN at element ${index}`;
}
