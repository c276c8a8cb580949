/** A step, and what it reads: of other steps, their results. */
interface ReadingStep {
  readonly operands: readonly (number | { readonly step: number } | object)[];
}

/**
 * What holds each step's result, but for the last. It is used again once nobody reads what it held: `take` takes one of those that are
 * free off the list, or makes one.
 */
export function assignSlots<S>(steps: readonly ReadingStep[], take: (step: number, free: S[]) => S): S[] {
  const lastUse = steps.map((_, i) => i);
  for (const [i, { operands }] of steps.entries())
    for (const operand of operands) if (typeof operand !== "number" && "step" in operand) lastUse[operand.step] = i;
  const free: S[] = [];
  const slots: S[] = [];
  for (let i = 0; i < steps.length - 1; i++) {
    slots.push(take(i, free));
    for (let step = 0; step < i; step++) if (lastUse[step] === i) free.push(slots[step]!);
  }
  return slots;
}
