import { diagnose } from "@tapegrad/inspect";
import fc from "fast-check";
import { drawnTrainings, healthyTrainings } from "../../packages/inspect/test/healthy.ts";

/** Diagnoses random trainings that are sound. Returns in how many something was found. */
export async function tryTrainings(count: number, seed: number): Promise<number> {
  let failures = 0;
  for (const kind of [healthyTrainings(), drawnTrainings()]) {
    let alarms = 0;
    for (const { description, make } of fc.sample(kind, { numRuns: count, seed })) {
      const { model, options } = await make();
      const { healthy, findings } = await diagnose(model, options);
      if (healthy) continue;
      alarms++;
      const said = findings.map(({ verdict, fault }) => `${verdict} [${fault}]`);
      console.log(`FALSE ALARM in ${description}\n  ${said.join("\n  ")}`);
    }
    console.log(`${alarms} false alarms`);
    failures += alarms;
  }
  return failures;
}
