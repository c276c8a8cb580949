// Runs random cases of all that tapegrad exports in tapegrad and in PyTorch, and reports where they part.
// PyTorch is no dependency: a Python that can import torch is looked for. Exit status 1 if something differs that the
// documentation does not name, 2 if nothing could be run.
//
//   npm run differential -- [--cases 20000] [--seed 1] [--only conv2d] [--device wasm] [--json FILE] [--python PATH]
//   npm run differential -- --only op_db     PyTorch's own sample inputs, and of layers: module_db
//   npm run differential -- --seed 1 --case 'conv2d#17'
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { setModeGuard } from "@tapegrad/nn";
import { deviceNames, useDevice } from "@tapegrad/tensor";
import type { Case } from "./differential/case.ts";
import { compare, float32Tolerance } from "./differential/compare.ts";
import { moduleDbCases } from "./differential/families/module-db.ts";
import { opDbCases } from "./differential/families/op-db.ts";
import { type KnownDifference, knownDifferences } from "./differential/known-differences.ts";
import { opDbDifferences } from "./differential/op-db-differences.ts";
import { drawCase, planCases, type Planned, plannedCase } from "./differential/plan.ts";
import { describe, type Finding, smallest } from "./differential/report.ts";
import { type Run, runCase } from "./differential/run-case.ts";
import { TorchProcess, findTorch } from "./differential/torch-process.ts";

/** So many cases are on their way to PyTorch at most. */
const IN_FLIGHT = 200;

const { values: options } = parseArgs({
  options: {
    cases: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    case: { type: "string" },
    device: { type: "string", default: "wasm" },
    json: { type: "string" },
    python: { type: "string" },
  },
});

/** Tables of PyTorch's own tests. */
const tables = { op_db: opDbCases, module_db: moduleDbCases };

process.exitCode = await main();

async function main(): Promise<number> {
  const count = Number(options.cases);
  if (!Number.isInteger(count) || count < 1)
    return refuse(`--cases takes a positive whole number, got ${options.cases}`);
  if (!deviceNames.includes(options.device as never))
    return refuse(`--device takes one of ${deviceNames.join(", ")}, got ${options.device}`);
  const sampled = sampledFamily();
  const one = options.case === undefined || sampled !== null ? null : plannedCase(options.case);
  if (options.case !== undefined && one === null && sampled === null) return refuse(`there is no case ${options.case}`);
  const drawn = one === null ? (sampled !== null ? [] : planCases(count, options.only)) : [one];
  if (drawn.length === 0 && sampled === null) return refuse(`nothing is named ${options.only}`);
  const torch = findTorch(options.python);
  if (torch === null)
    return refuse(
      options.python === undefined
        ? "no Python that can import torch was found; name one with --python, or install PyTorch"
        : `${options.python} cannot import torch`,
    );
  const all = one === null && options.only === undefined;
  const samples = Object.entries(tables).flatMap(([name, casesOf]) =>
    sampled === name || (all && sampled === null) ? casesOf(torch.python) : [],
  );
  const planned = [...drawn, ...samples.filter(({ id }) => options.case === undefined || options.case === id)];
  await useDevice(options.device as Parameters<typeof useDevice>[0]);
  setModeGuard("off");
  console.log(`${planned.length} cases, seed ${options.seed}, ${options.device}, against PyTorch ${torch.version}`);
  const { findings, known, lost } = await runAll(planned, torch.python);
  return report(planned.length, findings, known, lost);
}

/** The table whose samples alone are asked for. */
function sampledFamily(): string | null {
  const names = Object.keys(tables);
  return names.find((name) => options.only === name || options.case?.startsWith(`${name} `)) ?? null;
}

interface Results {
  readonly findings: Finding[];
  /** How often each known difference occurred. */
  readonly known: Map<KnownDifference, number>;
  /** Cases that PyTorch's process died of. */
  readonly lost: string[];
}

async function runAll(planned: readonly Planned[], python: string): Promise<Results> {
  const results: Results = { findings: [], known: new Map(), lost: [] };
  const torch = new TorchProcess(python);
  const underway = new Set<Promise<void>>();
  let done = 0;
  const judge = async (each: Planned, drawn: Case, { answer, state }: Run): Promise<void> => {
    const answers = await torch.ask(drawn, state);
    done++;
    if (done % 2000 === 0) console.log(`${done} cases, ${results.findings.length} differences`);
    if (answers === null) {
      results.lost.push(each.id);
      return;
    }
    const difference = compare(answer, answers, drawn.tolerance ?? float32Tolerance, decidesInFloat32(drawn));
    if (difference === null) return;
    const meant = [...knownDifferences, ...opDbDifferences].find(
      ({ targets, covers }) => targets.test(each.target.name) && covers(drawn, difference),
    );
    if (meant === undefined) results.findings.push({ planned: each, drawn, difference });
    else results.known.set(meant, (results.known.get(meant) ?? 0) + 1);
  };
  for (const each of planned) {
    const drawn = drawCase(each, options.seed);
    const judged = judge(each, drawn, await runCase(drawn)).finally(() => underway.delete(judged));
    underway.add(judged);
    if (underway.size >= IN_FLIGHT) await Promise.race(underway);
  }
  await Promise.all(underway);
  await torch.close();
  return results;
}

function decidesInFloat32(drawn: Case): boolean {
  return drawn.type === "call" && drawn.float32Decides === true;
}

function report(count: number, findings: readonly Finding[], known: Results["known"], lost: readonly string[]): number {
  for (const { finding, count: alike } of smallest(findings)) {
    console.log(`\n${describe(finding, options.seed, options.device)}`);
    if (alike > 1) console.log(`  and ${alike - 1} more`);
  }
  console.log("");
  for (const [{ doc, sentence }, times] of known) console.log(`${times} as ${doc} says: ${sentence}`);
  if (lost.length > 0) console.log(`PyTorch died of ${lost.length}: ${lost.join(", ")}`);
  console.log(`${count} cases, ${findings.length} differences that no document names`);
  if (options.json !== undefined) {
    const list = findings.map(({ planned: { id, family }, drawn: { torch }, difference }) => ({
      id,
      family,
      torch,
      ...difference,
    }));
    writeFileSync(
      options.json,
      `${JSON.stringify({ seed: options.seed, cases: count, differences: list }, null, 2)}\n`,
    );
  }
  return findings.length > 0 ? 1 : 0;
}

function refuse(why: string): number {
  console.error(`differential: ${why}`);
  return 2;
}
