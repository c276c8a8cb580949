import { CosineAnnealingLR } from "@tapegrad/optim/cosine-annealing-lr";
import { observeSchedules, type SteppingSchedule } from "@tapegrad/optim/internal";
import { ReduceLROnPlateau } from "@tapegrad/optim/reduce-lr-on-plateau";
import type { Outcome } from "./finding.ts";
import type { InspectedOptimizer } from "./options.ts";
import { atOnce, collapsed, ending, RateCourse, swinging } from "./rate-course.ts";

/** How far a schedule is played ahead if nobody knows how long training will be. */
const ahead = 1000;
/** How far at most, however many batches there are. */
const farthest = 50_000;
/** A schedule whose end is no farther counts epochs, it seems. */
const soon = 200;
/** A part of the highest rate that is none. */
const none = 1e-9;

type Told = Pick<Outcome, "findings" | "hints">;

/** The schedules that a training step moves. Whatever it does to them is put back. */
export class ScheduleLook {
  /** How often each was moved. */
  readonly #moves = new Map<SteppingSchedule, number>();

  /** Runs a step, and puts the schedules that it moved back where they were. */
  async during(step: () => unknown): Promise<void> {
    const states = new Map<SteppingSchedule, object>();
    const stop = observeSchedules((schedule) => {
      if (!states.has(schedule)) states.set(schedule, schedule.stateDict());
      this.#moves.set(schedule, (this.#moves.get(schedule) ?? 0) + 1);
    });
    try {
      await step();
    } finally {
      stop();
      for (const [schedule, state] of states) schedule.loadStateDict(state);
    }
  }

  /** Whether there are schedules that can be played ahead: all but those that want to know how training goes. */
  get some(): boolean {
    return this.#own().length > 0;
  }

  /**
   * What becomes of the rate if they go on like this.
   *
   * @param steps so many times the optimizer was called.
   * @param batches how many the loader has; null if nobody knows.
   */
  outlook(optimizer: InspectedOptimizer, steps: number, batches: number | null): Told {
    const own = this.#own();
    const turns = own.map((schedule) => [schedule, Math.floor(this.#moves.get(schedule)! / steps)] as const);
    const states = own.map((schedule) => [schedule, schedule.stateDict()] as const);
    const begun = Math.max(0, ...turns.map(([, times], i) => Math.floor(movesOf(states[i]![1]) / Math.max(1, times))));
    const wave = own.some((schedule) => schedule instanceof CosineAnnealingLR);
    const move = (): void => {
      for (const [schedule, times] of turns) for (let i = 0; i < times; i++) schedule.step(NaN);
    };
    try {
      const within = batches === null ? {} : playedFor(batches, optimizer, move, wave, begun);
      if (within.findings !== undefined) return within;
      for (const [schedule, state] of states) schedule.loadStateDict(state);
      return playedOn(optimizer, move, batches ?? 0, begun);
    } finally {
      for (const [schedule, state] of states) schedule.loadStateDict(state);
    }
  }

  /** Without those that others are made of. */
  #own(): readonly SteppingSchedule[] {
    const all = [...this.#moves.keys()];
    const inner = new Set(all.flatMap(({ schedulers = [] }) => schedulers));
    return all.filter((each) => !inner.has(each) && !(each instanceof ReduceLROnPlateau));
  }
}

/** How often a schedule was moved, by its state; 0 if that does not say. */
function movesOf(state: object): number {
  const { lastEpoch, schedulers = [] } = state as { lastEpoch?: number; schedulers?: readonly object[] };
  return lastEpoch ?? Math.max(0, ...schedulers.map(movesOf));
}

/** What is wrong in an epoch of so many batches, of which training has at least one. @param begun steps that were taken before. */
function playedFor(
  batches: number,
  optimizer: InspectedOptimizer,
  move: () => void,
  wave: boolean,
  begun: number,
): Told {
  const course = new RateCourse();
  for (let step = 0; step < Math.min(batches, farthest); step++) {
    course.add(rateOf(optimizer));
    const fall = course.collapse;
    if (fall !== null) return { findings: [collapsed(fall)] };
    if (wave && course.swings) return { findings: [swinging(course.highest, course.steps)] };
    const taken = begun + step;
    if (step + 1 < batches && !goesOn(move))
      return taken < batches ? { findings: [ending(course.highest, rateOf(optimizer), taken)] } : {};
  }
  return {};
}

/** What may be wrong if training is longer. A schedule that comes to its end may be as long as training is. */
function playedOn(optimizer: InspectedOptimizer, move: () => void, batches: number, begun: number): Told {
  const course = new RateCourse();
  for (let step = 0; step < Math.min(farthest, Math.max(ahead, 10 * batches)); step++) {
    const rate = rateOf(optimizer);
    const over = rate < none * course.highest;
    if (!over) course.add(rate);
    const fall = course.collapse;
    if (fall !== null) return fall.fellAfter <= atOnce ? { findings: [collapsed(fall)] } : { hints: [collapsed(fall)] };
    if (over || !goesOn(move))
      return step > batches && begun + step <= soon ? { hints: [ending(course.highest, rate, begun + step)] } : {};
  }
  return {};
}

/** Moves the schedule; false if it is over. */
function goesOn(move: () => void): boolean {
  try {
    move();
    return true;
  } catch {
    return false;
  }
}

/** The highest rate of the groups. */
export function rateOf({ paramGroups }: { readonly paramGroups: readonly { readonly lr?: number }[] }): number {
  return Math.max(...paramGroups.map(({ lr = 0 }) => lr));
}
