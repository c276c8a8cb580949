// Kills trainings at random moments and tells whether they go on to the same bits.
//
//   npm run kill-runs                          200 kills, half of them with one thread, half with two
//   npm run kill-runs -- --kills 20 --seed 2   fewer, at other moments
import { parseArgs } from "node:util";
import { killRuns } from "./kill-runs/kill-runs.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1)
  throw new Error(`--kills takes a positive whole number, got ${values.kills}`);
for (const threads of [1, 2]) {
  const report = await killRuns(Math.ceil(kills / 2), threads, { seed: Number(values.seed), tell: console.log });
  for (const fault of report.faults) console.error(fault);
  if (report.faults.length > 0) process.exitCode = 1;
}
