// usage: npm run diagnoses -- [--only bugs,trainings,short,recordings,models,data] [--count 200] [--seed N] [--models lenet,vgg11-bn] [--mistakes thawed,"shared norm"]
// Diagnoses every seeded bug, which must be named, and random trainings that are sound, also very short ones, all models, and trainings with real data, in which nothing may be
// found; and records random trainings, sound ones and such with a mistake. `data` needs MNIST, CIFAR-10 and checkpoints in TAPEGRAD_DATA.
import { parseArgs } from "node:util";
import { isModelName, modelNames } from "@tapegrad/models";
import { mistakes } from "../packages/inspect/test/recorded-trainings.ts";
import { tryBugs } from "./diagnoses/bugs.ts";
import { tryData } from "./diagnoses/data.ts";
import { tryModels } from "./diagnoses/models.ts";
import { tryRecordings } from "./diagnoses/recordings.ts";
import { tryShort } from "./diagnoses/short.ts";
import { tryTrainings } from "./diagnoses/trainings.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { only: text, count: text, seed: text, models: text, mistakes: text } });
const [count, seed] = [Number(values.count ?? 200), Number(values.seed ?? Date.now() % 1e6)];
const names = values.models?.split(",") ?? modelNames;
const unknown = names.find((name) => !isModelName(name));
if (unknown !== undefined) throw new Error(`no model ${unknown}; there are ${modelNames.join(", ")}`);

const parts: Readonly<Record<string, () => Promise<number>>> = {
  bugs: () => tryBugs(),
  trainings: () => tryTrainings(count, seed),
  short: () => tryShort(count, seed),
  recordings: () => tryRecordings(count, seed, values.mistakes?.split(",") ?? ["sound", ...mistakes]),
  models: () => tryModels(names.filter(isModelName), seed),
  data: () => tryData(seed),
};
const wanted = values.only?.split(",") ?? Object.keys(parts);
let failures = 0;
for (const part of wanted) {
  const run = parts[part];
  if (run === undefined) throw new Error(`no part ${part}; there are ${Object.keys(parts).join(", ")}`);
  console.log(`${part}, seed ${seed}`);
  failures += await run();
}
console.log(failures === 0 ? "all as it should be" : `${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
