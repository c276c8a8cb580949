import type { Tensor } from "../../core.ts";
import { cat, equal, slice, where } from "../basic.ts";

/**
 * Combines what stands at later entries with what stands at earlier ones; must be associative. Only where `same` is not 0, if there are
 * groups, does the result count.
 */
export type Combine = (later: readonly Tensor[], earlier: readonly Tensor[], same?: Tensor) => readonly Tensor[];

/**
 * Running results of an associative function along an axis: entry k combines all up to k. In as many passes as the extent has
 * binary digits, each over entries 1, 2, 4, … apart.
 *
 * @param values one tensor or several of one shape, that are combined together.
 * @param groups shaped alike, in order along the axis: entries of different groups are not combined.
 */
export function combineAlong(
  values: readonly Tensor[],
  axis: number,
  combine: Combine,
  groups?: Tensor,
): readonly Tensor[] {
  const count = values[0]!.shape[axis]!;
  let running = values;
  for (let step = 1; step < count; step *= 2) {
    const later = (x: Tensor): Tensor => slice(x, axis, step);
    const earlier = (x: Tensor): Tensor => slice(x, axis, 0, count - step);
    const [own, before] = [running.map(later), running.map(earlier)];
    const same = groups && equal(later(groups), earlier(groups));
    const combined = combine(own, before, same);
    running = running.map((x, i) =>
      cat([slice(x, axis, 0, step), same ? where(same, combined[i]!, own[i]!) : combined[i]!], axis),
    );
  }
  return running;
}
