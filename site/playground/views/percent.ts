/** A share of 1, as `97.5%`. */
export function percent(part: number): string {
  return `${(100 * part).toFixed(1)}%`;
}
