import { diagnose } from "@tapegrad/inspect";
import { manualSeed } from "@tapegrad/tensor";
import { seededBugs } from "../../packages/inspect/test/seeded-bugs/seeded-bugs.ts";

/** Diagnoses every seeded bug, which must be named. Returns how many are not. */
export async function tryBugs(): Promise<number> {
  let missed = 0;
  for (const { bug, finding, hint = false, make } of seededBugs) {
    manualSeed(1);
    const { model, options } = make();
    const { findings, hints } = await diagnose(model, options);
    const others = findings.filter(({ fault }) => fault !== finding).map(({ fault }) => fault);
    const named = (hint ? hints : findings).some(({ fault }) => fault === finding);
    if (!named) missed++;
    const beside = others.length > 0 ? `, and ${others.join(", ")}` : "";
    console.log(`${named ? "named " : "MISSED"} ${bug}: ${finding}${beside}`);
  }
  return missed;
}
