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
  const counts = new Map<number, number>();
  for (const label of Array.from(labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const chance = Math.max(1 / classes, Math.max(...counts.values()) / labels.length);
  return (accuracy - chance) / Math.sqrt((chance * (1 - chance)) / labels.length || 1e-9);
}
