import { DTypeError, keep, noGrad, ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFloat, checkTensor, oneOf, readOptions, showShape } from "@tapegrad/tensor/internal";
import { clone } from "@tapegrad/tensor/ops/clone";
import type { Metric } from "./metric.ts";

/** Options of `AUROC`. */
export interface AUROCOptions {
  /** With several classes: the mean of all, or by how often each occurs. @default "macro" */
  readonly average?: "macro" | "weighted";
}

/**
 * The area under the receiver operating characteristic: how probably an example of a class has a higher score than one of none;
 * equal scores count half. As scikit-learn's `roc_auc_score`, with several classes each against the rest.
 *
 * Shape: outputs `[n]` with targets 0 and 1, or outputs `[n, classes]` with the classes as targets; targets are int32 `[n]`. Scores
 * are compared as they are: pass probabilities where rows must be comparable. All scores are kept until `reset`.
 */
export class AUROC implements Metric {
  readonly average: "macro" | "weighted";
  readonly #batches: { readonly outputs: Tensor; readonly targets: Tensor }[] = [];

  /** @throws ValueError of another `average`. */
  constructor(options: AUROCOptions = {}) {
    this.average = readOptions("AUROC", options, { average: ["macro", oneOf("macro", "weighted")] }).average;
  }

  reset(): void {
    for (const { outputs, targets } of this.#batches.splice(0)) {
      outputs.dispose();
      targets.dispose();
    }
  }

  update(outputs: Tensor, targets: Tensor): void {
    checkFloat("AUROC", outputs, "outputs");
    checkTensor("AUROC", targets, "targets");
    if (targets.dtype !== "int32") throw new DTypeError(`AUROC: targets must be int32 classes, got ${targets.dtype}`);
    const before = this.#batches[0]?.outputs ?? outputs;
    if (
      outputs.rank < 1 ||
      outputs.rank > 2 ||
      targets.rank !== 1 ||
      targets.size !== outputs.shape[0] ||
      before.rank !== outputs.rank ||
      before.shape[1] !== outputs.shape[1]
    )
      throw new ShapeError(
        `AUROC: expected outputs [n] or [n, classes], the same each time, and targets [n], got ${showShape(outputs.shape)} and ${showShape(targets.shape)}`,
      );
    this.#batches.push(noGrad(() => ({ outputs: keep(clone(outputs)), targets: keep(clone(targets)) })));
  }

  /** @throws ValueError if a class has no example, or every one: the area is not defined then. */
  async compute(): Promise<number> {
    const first = this.#batches[0];
    if (first === undefined) throw new ValueError("AUROC: there was no batch since the last reset");
    const [scores, targets] = await Promise.all([
      concatenated(this.#batches.map(({ outputs }) => outputs)),
      concatenated(this.#batches.map(({ targets: each }) => each)),
    ]);
    if (scores.some(Number.isNaN)) throw new ValueError("AUROC: a score is NaN, which has no rank");
    const classes = first.outputs.shape[1];
    if (classes === undefined) return areaOf(scores, targets, 1);
    const areas: number[] = [];
    const weights: number[] = [];
    for (let c = 0; c < classes; c++) {
      const own = Array.from(targets, (_, i) => scores[i * classes + c]!);
      areas.push(areaOf(own, targets, c));
      weights.push(this.average === "macro" ? 1 : targets.filter((target) => target === c).length);
    }
    const sum = weights.reduce((a, b) => a + b, 0);
    return areas.reduce((area, each, c) => area + (weights[c]! / sum) * each, 0);
  }
}

/** (Σ ranks of the class − m·(m+1)/2) / (m·(n−m)), where equal scores share their mean rank: the statistic of Mann and Whitney. */
function areaOf(scores: readonly number[], targets: readonly number[], label: number): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let ranks = 0;
  let members = 0;
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    const own = order.slice(from, to).filter((i) => targets[i] === label).length;
    ranks += (own * (from + 1 + to)) / 2;
    members += own;
    from = to;
  }
  const others = order.length - members;
  if (members === 0 || others === 0)
    throw new ValueError(
      `AUROC: not defined where ${members === 0 ? "no" : "every"} example is of class ${label}; got ${order.length} examples`,
    );
  return (ranks - (members * (members + 1)) / 2) / (members * others);
}

async function concatenated(tensors: readonly Tensor[]): Promise<number[]> {
  const all: number[] = [];
  for (const values of await Promise.all(tensors.map((each) => each.data())))
    for (const value of values) all.push(value);
  return all;
}
