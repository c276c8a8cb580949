import type { Conv2dGeometry } from "./geometry.ts";

/** The phases of x along an axis: place r + stride·i of phase r gets from place `from` + i of y what `tap` weighs. */
export interface Phases {
  readonly stride: number;
  /** Those that a tap reaches. */
  readonly phases: readonly {
    readonly phase: number;
    readonly taps: readonly { readonly tap: number; readonly from: number }[];
  }[];
  /** Places in each phase, the longest. */
  readonly length: number;
  /** Zeros that y needs before its first place, and its extent with these and those that it needs after the last. */
  readonly before: number;
  readonly reach: number;
}

/** The phases of an axis: 0 for rows, 1 for columns. */
export function phasesOf({ input, kernel, stride, dilation, padding }: Conv2dGeometry, axis: 0 | 1): Phases {
  const step = stride[axis];
  const length = Math.ceil(input[axis] / step);
  const all = Array.from({ length: Math.min(step, input[axis]) }, (_, phase) => ({
    phase,
    taps: Array.from({ length: kernel[axis] }, (__, tap) => ({
      tap,
      from: (phase + padding[axis] - tap * dilation[axis]) / step,
    })).filter(({ from }) => Number.isInteger(from)),
  }));
  const reached = all.filter(({ taps }) => taps.length > 0);
  // Where padding keeps every tap away from a small x, one phase of zeros remains.
  const phases = reached.length > 0 ? reached : all.slice(0, 1);
  const places = phases.flatMap(({ taps }) => taps.map(({ from }) => from));
  const before = Math.max(0, ...places.map((from) => -from));
  return { stride: step, phases, length, before, reach: before + length + Math.max(0, ...places) };
}

/** gpu.js expressions for the number of a phase among those that taps reach, and for whether it is none of them. */
export function choosePhase(
  { stride, phases }: Phases,
  name: string,
): { readonly number: string; readonly absent: string } {
  if (phases.length === stride) return { number: name, absent: "" };
  const number = phases.reduce(
    (other, { phase }, i) => (i === 0 ? "0.0" : `(${name} === ${phase}.0 ? ${i}.0 : ${other})`),
    "",
  );
  return { number, absent: phases.map(({ phase }) => `${name} !== ${phase}.0`).join(" && ") };
}
