import { setModeGuard } from "@tapegrad/nn";
import fc from "fast-check";
import { complaintsOf, mistakes, recordedTrainings } from "../../packages/inspect/test/recorded-trainings.ts";

/** Records random trainings with each of these mistakes, which must be named, and `sound` ones, in which nothing may be found. Returns how many go wrong. */
export async function tryRecordings(count: number, seed: number, kinds: readonly string[]): Promise<number> {
  const unknown = kinds.find((kind) => kind !== "sound" && !mistakes.some((mistake) => mistake === kind));
  if (unknown !== undefined) throw new Error(`no mistake ${unknown}; there are sound, ${mistakes.join(", ")}`);
  // It would tell of the mistakes.
  setModeGuard("off");
  let failures = 0;
  for (const kind of kinds) {
    const mistake = mistakes.find((each) => each === kind) ?? null;
    let wrong = 0;
    for (const training of fc.sample(recordedTrainings(), { numRuns: count, seed })) {
      const complaints = await complaintsOf(await training.record(mistake));
      if (complaints.length === 0) continue;
      wrong++;
      console.log(`${mistake ?? "FALSE ALARM"} in ${training.description}\n  ${complaints.join("\n  ")}`);
    }
    console.log(`${kind}: ${count - wrong} of ${count} as they should be`);
    failures += wrong;
  }
  setModeGuard("warn");
  return failures;
}
