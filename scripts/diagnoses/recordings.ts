import { setModeGuard } from "@tapegrad/nn";
import fc from "fast-check";
import { complaintsOf, mistakes, recordedTrainings } from "../../packages/inspect/test/recorded-trainings.ts";

/** Records random trainings, in which nothing may be found, and such with each of the mistakes, which must be named. Returns how many go wrong. */
export async function tryRecordings(count: number, seed: number): Promise<number> {
  // It would tell of the mistakes.
  setModeGuard("off");
  let failures = 0;
  for (const mistake of [null, ...mistakes]) {
    let wrong = 0;
    for (const training of fc.sample(recordedTrainings(), { numRuns: count, seed })) {
      const complaints = await complaintsOf(await training.record(mistake));
      if (complaints.length === 0) continue;
      wrong++;
      console.log(`${mistake ?? "FALSE ALARM"} in ${training.description}\n  ${complaints.join("\n  ")}`);
    }
    console.log(`${mistake ?? "sound"}: ${count - wrong} of ${count} as they should be`);
    failures += wrong;
  }
  setModeGuard("warn");
  return failures;
}
