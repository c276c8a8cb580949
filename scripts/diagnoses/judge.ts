import { diagnose } from "@tapegrad/inspect";
import type { Patient } from "../../packages/inspect/test/patients.ts";

/** Diagnoses a training that is sound, and says what was found all the same. */
export async function judgeSound(what: string, { model, options }: Patient): Promise<boolean> {
  const { healthy, findings, hints } = await diagnose(model, options);
  const told = hints.length === 0 ? "" : `; hints: ${hints.map(({ fault }) => fault).join(", ")}`;
  if (healthy) console.log(`${what}: nothing found${told}`);
  else
    console.log(
      `FALSE ALARM in ${what}\n  ${findings.map(({ verdict, fault }) => `${verdict} [${fault}]`).join("\n  ")}`,
    );
  return healthy;
}
