import type { Case, Target } from "./case.ts";
import { Draw } from "./draw.ts";
import { families } from "./targets.ts";

/** One case of a target: the same target, index and seed draw the same one. */
export interface Planned {
  /** `conv2d#17`. */
  readonly id: string;
  readonly family: string;
  readonly target: Target;
  readonly index: number;
}

/**
 * `count` cases, spread over the targets by their weights.
 *
 * @param only a family, or a target's name, whole or after its last dot; all if undefined.
 * @returns empty if nothing has that name.
 */
export function planCases(count: number, only: string | undefined): readonly Planned[] {
  const all = Object.entries(families).flatMap(([family, targets]) => targets.map((target) => ({ family, target })));
  const wanted = all.filter(
    ({ family, target: { name } }) => only === undefined || [family, name, name.split(".").at(-1)].includes(only),
  );
  const whole = wanted.reduce((sum, { target }) => sum + (target.weight ?? 1), 0);
  const planned = wanted.flatMap(({ family, target }) =>
    Array.from({ length: Math.ceil((count * (target.weight ?? 1)) / whole) }, (_, index) => ({
      id: `${target.name}#${index}`,
      family,
      target,
      index,
    })),
  );
  // Every target loses its last cases first, so that exactly `count` are left.
  return planned.sort((a, b) => a.index - b.index).slice(0, count);
}

/** The case of such an id; null if there is no such target. */
export function plannedCase(id: string): Planned | null {
  const [name, index] = id.split("#");
  for (const [family, targets] of Object.entries(families)) {
    const target = targets.find((each) => each.name === name);
    if (target !== undefined && /^\d+$/.test(index ?? "")) return { id, family, target, index: Number(index) };
  }
  return null;
}

export function drawCase({ id, target }: Planned, seed: string): Case {
  return target.draw(new Draw(`${seed} ${id}`));
}
