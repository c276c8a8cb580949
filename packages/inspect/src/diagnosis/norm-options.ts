/** Fewest values of a channel of which a variance is worth something: its relative error is √(2/(m − 1)), 53% for 8. */
export const fewestValues = 8;

/** Momenta from here on are those of Keras, where the old value has the weight. */
const reversed = 0.9;

/** What is wrong with the momentum of a batch norm, the weight of the new batch, behind its name in a sentence; null if nothing is. */
export function faultOfMomentum(momentum: number): string | null {
  if (momentum < 0 || momentum > 1) return "lets the running statistics diverge: it must lie between 0 and 1";
  if (momentum === 0) return "learns nothing: the running statistics stay what they are";
  if (momentum === 1) return "forgets everything: the running statistics are those of the last batch";
  if (momentum >= reversed)
    return "is reversed: it hardly remembers the batches before, and is what Keras calls the weight of the old value";
  return null;
}

/** What to do about a momentum. */
export const cureOfMomentum =
  "momentum is the weight of the new batch here, as in torch: 0.1 is usual, or null for the average of all batches";

/** What to do about few values for each channel. */
export const cureOfFewValues =
  "use larger batches, or a normalisation of single examples such as GroupNorm or LayerNorm";

/** What to do about a batch norm in several places. */
export const cureOfSharing = "make a batch norm for each place; weights may be shared, statistics may not";
