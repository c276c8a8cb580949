/** A classification of n·d positions into classes: logits `[n, classes, d]`, targets `[n, d]`. */
export interface Classification {
  readonly n: number;
  readonly classes: number;
  readonly d: number;
  readonly targets: readonly number[];
  readonly weight: readonly number[] | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
}

/** Cross-entropy in double precision, written out: losses, the sum of weights, and the gradient of the sum of losses. */
export function crossEntropyReference(
  { n, classes, d, targets, weight, ignoreIndex, labelSmoothing }: Classification,
  logits: ArrayLike<number>,
): { readonly losses: number[]; readonly totalWeight: number; readonly gradient: number[] } {
  const losses: number[] = [];
  const gradient = Array.from({ length: n * classes * d }, () => 0);
  let totalWeight = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      const target = targets[i * d + j]!;
      const at = (c: number): number => (i * classes + c) * d + j;
      if (target === ignoreIndex) {
        losses.push(0);
        continue;
      }
      const weightOf = (c: number): number => weight?.[c] ?? 1;
      const values = Array.from({ length: classes }, (_, c) => logits[at(c)]!);
      const largest = Math.max(...values);
      const logTotal = largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
      const shares = values.map(
        (_, c) => weightOf(c) * ((c === target ? 1 - labelSmoothing : 0) + labelSmoothing / classes),
      );
      losses.push(values.reduce((sum, value, c) => sum + shares[c]! * (logTotal - value), 0));
      const share = shares.reduce((a, b) => a + b, 0);
      values.forEach((value, c) => (gradient[at(c)] = share * Math.exp(value - logTotal) - shares[c]!));
      totalWeight += weightOf(target);
    }
  }
  return { losses, totalWeight, gradient };
}
