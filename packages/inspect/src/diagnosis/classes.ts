import { sameShape, type Tensor } from "@tapegrad/tensor";

/** How many classes outputs have, `[n, K, …]`, if the targets are classes, int32 `[n, …]`; null if they are not. */
export function classesOf(outputs: Tensor, targets: Tensor): number | null {
  if (outputs.dtype !== "float32" || targets.dtype !== "int32" || outputs.rank < 2) return null;
  const [n, classes, ...inner] = outputs.shape;
  return sameShape(targets.shape, [n!, ...inner]) ? classes! : null;
}

/** The share of targets that are the class of the largest output, in outputs `[n, K]`. */
export function accuracyOf(scores: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (scores[i * classes + k]! > scores[i * classes + best]!) best = k;
    if (best === labels[i]) right++;
  }
  return right / labels.length;
}

/**
 * By how many standard deviations a share of right answers lies above guessing: guessing always the most frequent class, or evenly,
 * whichever is right more often.
 */
export function aboveChance(accuracy: number, labels: ArrayLike<number>, classes: number): number {
  const counts = countsOf(Array.from(labels));
  const chance = Math.max(1 / classes, Math.max(...counts.values()) / labels.length);
  return (accuracy - chance) / Math.sqrt((chance * (1 - chance)) / labels.length || 1e-9);
}

/** How improbable chance must be: the logarithm of a probability. */
export const improbable: number = Math.log(1e-6);

/** Whether equal labels stand together, in an order that chance hardly makes. */
export function inOrder(labels: readonly number[], counts: ReadonlyMap<number, number>): boolean {
  const blocks = labels.filter((label, i) => i === 0 || label !== labels[i - 1]).length;
  if (blocks !== counts.size) return false;
  const orders = [...counts.values()].reduce((sum, count) => sum - logFactorial(count), logFactorial(labels.length));
  return logFactorial(counts.size) - orders < improbable;
}

/** ln n! */
export function logFactorial(n: number): number {
  let sum = 0;
  for (let i = 2; i <= n; i++) sum += Math.log(i);
  return sum;
}

/** How often each label occurs. */
export function countsOf(labels: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
