// usage: npm run diagnoses -- [how many healthy trainings] [seed]
// Diagnoses every seeded bug, which must be named, and random trainings that are sound, and all models, in which nothing may be found.
import { diagnose } from "@tapegrad/inspect";
import { createModel, modelNames } from "@tapegrad/models";
import { CrossEntropyLoss } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { fromHost, Generator, manualSeed, randn } from "@tapegrad/tensor";
import fc from "fast-check";
import { drawnTrainings, healthyTrainings } from "../packages/inspect/test/healthy.ts";
import { seededBugs } from "../packages/inspect/test/seeded-bugs/seeded-bugs.ts";

const [count = 200, seed = Date.now() % 1e6] = process.argv.slice(2).map(Number);
let failures = 0;

for (const { bug, finding, hint = false, make } of seededBugs) {
  manualSeed(1);
  const { model, options } = make();
  const { findings, hints } = await diagnose(model, options);
  const others = findings.filter(({ fault }) => fault !== finding).map(({ fault }) => fault);
  const named = (hint ? hints : findings).some(({ fault }) => fault === finding);
  if (!named) failures++;
  console.log(
    `${named ? "named " : "MISSED"} ${bug}: ${finding}${others.length > 0 ? `, and ${others.join(", ")}` : ""}`,
  );
}

console.log(`${count} sound trainings of either kind, seed ${seed}`);
for (const kind of [healthyTrainings(), drawnTrainings()]) {
  let alarms = 0;
  for (const { description, make } of fc.sample(kind, { numRuns: count, seed })) {
    const { model, options } = await make();
    const { healthy, findings } = await diagnose(model, options);
    if (healthy) continue;
    alarms++;
    console.log(
      `FALSE ALARM in ${description}\n  ${findings.map(({ verdict, fault }) => `${verdict} [${fault}]`).join("\n  ")}`,
    );
  }
  console.log(`${alarms} false alarms`);
  failures += alarms;
}

console.log("all models");
for (const name of modelNames) {
  manualSeed(seed);
  const model = createModel(name, { numClasses: 10 });
  const [channels, side] = name === "lenet" ? [1, 28] : [3, 64];
  const generator = new Generator(seed);
  const targets = fromHost(
    Int32Array.from({ length: 8 }, () => generator.integer(10)),
    [8],
  );
  const batch = { inputs: randn([8, channels, side, side]), targets };
  const optimizer = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const { healthy, findings } = await diagnose(model, { batch, loss: new CrossEntropyLoss(), optimizer, steps: 5 });
  if (!healthy) failures++;
  console.log(
    `${name}: ${healthy ? "nothing found" : `FALSE ALARM ${findings.map(({ verdict }) => verdict).join("; ")}`}`,
  );
}
process.exitCode = failures > 0 ? 1 : 0;
