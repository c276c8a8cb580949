import { expect, test } from "vitest";
import { killRuns } from "../scripts/kill-runs/kill-runs.ts";

// `npm run kill-runs` does it 200 times.
test.each([1, 2])(
  "a training of %i threads that is killed goes on to the same bits",
  { timeout: 240_000 },
  async (threads) => {
    const { kills, runs, faults } = await killRuns(2, threads);
    expect(faults).toEqual([]);
    expect(kills).toBe(2);
    expect(runs).toBeGreaterThan(0);
  },
);
