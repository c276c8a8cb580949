import fc from "fast-check";

/** What the law needs of a schedule. A metric is passed to each step, which most schedules do not look at. */
export interface ScheduleLike {
  readonly lastLrs: readonly number[];
  /** The next epoch. */
  step(metric: number): void;
  /** Where the schedule is. */
  stateDict(): unknown;
  /** Goes on from there. */
  loadStateDict(state: unknown): void;
}

/** A schedule with its options: a `ScheduleSpec` is one. */
export interface ScheduleSubject {
  /** A new schedule of an optimizer's rates. */
  make(optimizer: { readonly paramGroups: { lr: number }[] }): ScheduleLike;
}

/** The rates of an optimizer's groups, and for how long a schedule runs before and after it is saved. */
export interface ScheduleRun {
  readonly lrs: readonly number[];
  readonly metrics: readonly number[];
  readonly savedAfter: number;
}

/**
 * The law that a saved schedule goes on as if nothing had happened: its state survives JSON, and a new schedule, of an optimizer
 * with other rates, that loads it has the same rates from then on, exactly.
 */
export function scheduleResumeLaw(
  subjects: fc.Arbitrary<ScheduleSubject>,
): fc.IProperty<[ScheduleSubject, ScheduleRun]> {
  return fc.property(subjects, scheduleRuns(), (subject, { lrs, metrics, savedAfter }) => {
    const optimizerWith = (rates: readonly number[]): { paramGroups: { lr: number }[] } => ({
      paramGroups: rates.map((lr) => ({ lr })),
    });
    const saved = subject.make(optimizerWith(lrs));
    for (const metric of metrics.slice(0, savedAfter)) saved.step(metric);
    const resumed = subject.make(optimizerWith(lrs.map(() => 9)));
    resumed.loadStateDict(JSON.parse(JSON.stringify(saved.stateDict())));
    expectSameRates(resumed, saved, "after loading the state");
    for (const [i, metric] of metrics.slice(savedAfter).entries()) {
      saved.step(metric);
      resumed.step(metric);
      expectSameRates(resumed, saved, `${i + 1} steps after loading the state`);
    }
  });
}

function scheduleRuns(): fc.Arbitrary<ScheduleRun> {
  return fc.record({
    lrs: fc.array(fc.constantFrom(0.1, 1, 0.3), { minLength: 1, maxLength: 3 }),
    metrics: fc.array(fc.constantFrom(1, 0.5, 2, Number.NaN), { minLength: 1, maxLength: 10 }),
    savedAfter: fc.nat({ max: 9 }),
  });
}

function expectSameRates(actual: ScheduleLike, expected: ScheduleLike, when: string): void {
  const [found, wanted] = [actual.lastLrs, expected.lastLrs];
  if (found.length === wanted.length && found.every((rate, i) => Object.is(rate, wanted[i]))) return;
  throw new Error(`${when}, the rates are [${found.join(", ")}], those of the saved schedule [${wanted.join(", ")}]`);
}
