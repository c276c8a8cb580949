// Draws mutants of all packages, and tells how many of them the tests notice.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Generator } from "@tapegrad/tensor";
import { describe, type DrawnMutant, mutated, offsetOf } from "./drawn-mutant.ts";
import { whyEquivalent } from "./equivalent.ts";
import { buildWasm, firstFailure, inCopy, keepingKernels, NoTestRan, root, run } from "./repository-copy.ts";
import { installStryker, packageMutants, runStryker, type Verdict } from "./stryker.ts";
import { wasmMutants, wasmTests } from "./wasm-mutants.ts";

const packages = ["autograd", "nn", "optim", "data", "formats", "tensor"];
const parts = [...packages, "wasm-src"];

type Outcome = "caught" | "does not compile" | "equivalent" | "survived";
type Outcomes = Map<DrawnMutant, Outcome>;

/**
 * Tries `count` mutants, each as likely as any other; what they are depends on `seed` and the sources alone. `only` names the
 * parts to draw from; with `ownTests`, the tests of other packages are left out.
 */
export async function trySample(
  count: number,
  seed: string,
  { only, ownTests }: { readonly only: readonly string[] | null; readonly ownTests: boolean },
): Promise<void> {
  const unknown = only?.find((name) => !parts.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no ${unknown}; there are ${parts.join(", ")}`);
  await installStryker();
  const all: DrawnMutant[] = [];
  for (const part of parts.filter((name) => only?.includes(name) ?? true))
    all.push(...(part === "wasm-src" ? wasmMutants() : await packageMutants(part)));
  const order = new Generator(`mutants ${seed}`).permutation(all.length);
  const drawn = Array.from(order.subarray(0, count), (i) => all[i]!);
  for (const mutant of drawn) sourceOf(mutant);
  console.log(`${drawn.length} of ${all.length} mutants, seed ${seed}`);
  const outcomes: Outcomes = new Map();
  await inCopy(async (copy) => {
    if (!(await compiles(copy))) throw new Error("the sources do not compile without any mutant");
    for (const part of packages) await tryPackage(copy, part, ofPart(drawn, part), outcomes);
    await tryKernels(copy, ofPart(drawn, "wasm-src"), outcomes);
    if (!ownTests) await tryElsewhere(copy, outcomes);
  });
  report(outcomes);
}

const sources = new Map<string, string>();

/** The file that a mutant changes, as it was when it was first asked for. */
function sourceOf({ file }: DrawnMutant): string {
  const source = sources.get(file) ?? readFileSync(join(root, file), "utf8");
  sources.set(file, source);
  return source;
}

function ofPart(mutants: readonly DrawnMutant[], part: string): DrawnMutant[] {
  return mutants.filter((mutant) => mutant.part === part);
}

/** A package's own tests first. */
async function tryPackage(
  copy: string,
  part: string,
  mutants: readonly DrawnMutant[],
  outcomes: Outcomes,
): Promise<void> {
  if (mutants.length === 0) return;
  const verdicts = await runStryker(copy, mutants, `packages/${part}/test`);
  for (const [i, mutant] of mutants.entries())
    tell(outcomes, mutant, (await isCaught(copy, mutant, verdicts[i]!)) ? "caught" : await unnoticed(copy, mutant));
}

/** What StrykerJS could not run is run by itself. */
async function isCaught(copy: string, mutant: DrawnMutant, { outcome, tests }: Verdict): Promise<boolean> {
  if (outcome !== "not run") return outcome === "caught";
  return broken(copy, mutant, () => fail(copy, tests));
}

/** Whether tests fail: one of them, or all, as where the sources do not load or never end. */
async function fail(copy: string, tests: readonly string[], seconds?: number): Promise<boolean> {
  try {
    return (await firstFailure(copy, tests, seconds)) !== null;
  } catch (error) {
    if (!(error instanceof NoTestRan)) throw error;
    return true;
  }
}

/** Those that survive must compile, and change something. */
async function unnoticed(copy: string, mutant: DrawnMutant): Promise<Outcome> {
  const source = sourceOf(mutant);
  if (whyEquivalent(source, offsetOf(source, mutant.start), mutant) !== null) return "equivalent";
  return broken(copy, mutant, async () => ((await compiles(copy)) ? "survived" : "does not compile"));
}

async function compiles(copy: string): Promise<boolean> {
  const args = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.check.json"];
  return (await run(copy, "node", args)).status === 0;
}

/** Then the tests of all packages, for what survived. */
async function tryElsewhere(copy: string, outcomes: Outcomes): Promise<void> {
  const left = [...outcomes].flatMap(([mutant, outcome]) =>
    outcome === "survived" && mutant.part !== "wasm-src" ? [mutant] : [],
  );
  if (left.length === 0) return;
  console.log(`${left.length} that their package's tests let through, against the tests of all packages:`);
  const verdicts = await runStryker(copy, left, "packages");
  for (const [i, mutant] of left.entries())
    if (await isCaught(copy, mutant, verdicts[i]!)) tell(outcomes, mutant, "caught");
}

async function tryKernels(copy: string, mutants: readonly DrawnMutant[], outcomes: Outcomes): Promise<void> {
  const limits = new Map<string, number>();
  for (const test of new Set(mutants.flatMap(({ file }) => wasmTests(file)))) {
    const start = performance.now();
    const failure = await firstFailure(copy, [test]);
    // What fails without a mutant would seem to catch every one.
    if (failure !== null) throw new Error(`a test fails without any mutant: ${failure}`);
    // Much longer takes only what never ends.
    limits.set(test, 60 + (8 * (performance.now() - start)) / 1000);
  }
  for (const mutant of mutants) tell(outcomes, mutant, await tryKernel(copy, mutant, limits));
}

async function tryKernel(copy: string, mutant: DrawnMutant, limits: ReadonlyMap<string, number>): Promise<Outcome> {
  const source = sourceOf(mutant);
  if (whyEquivalent(source, offsetOf(source, mutant.start), mutant) !== null) return "equivalent";
  return keepingKernels(copy, () =>
    broken(copy, mutant, async () => {
      try {
        await buildWasm(copy);
      } catch {
        return "does not compile";
      }
      for (const test of wasmTests(mutant.file)) if (await fail(copy, [test], limits.get(test))) return "caught";
      return "survived";
    }),
  );
}

/** Runs `work` while the copy has the mistake in it. */
async function broken<T>(copy: string, mutant: DrawnMutant, work: () => Promise<T>): Promise<T> {
  const path = join(copy, mutant.file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, mutated(source, mutant));
  try {
    return await work();
  } finally {
    writeFileSync(path, source);
  }
}

function tell(outcomes: Outcomes, mutant: DrawnMutant, outcome: Outcome): void {
  outcomes.set(mutant, outcome);
  console.log(`${outcome}: ${describe(sourceOf(mutant), mutant)}`);
}

function report(outcomes: Outcomes): void {
  const count = (outcome: Outcome, part?: string): number =>
    [...outcomes].filter(([mutant, each]) => each === outcome && (part === undefined || mutant.part === part)).length;
  const summary = (part?: string): string => {
    const [caught, survived] = [count("caught", part), count("survived", part)];
    const drawn = parts.reduce(
      (sum, each) => sum + (part === undefined || each === part ? ofPart([...outcomes.keys()], each).length : 0),
      0,
    );
    const share = caught + survived === 0 ? 100 : (100 * caught) / (caught + survived);
    const rest = `${count("does not compile", part)} do not compile, ${count("equivalent", part)} change nothing`;
    return `${drawn} drawn, ${caught} caught (${share.toFixed(1)}%), ${survived} survived; ${rest}`;
  };
  for (const part of parts)
    if ([...outcomes.keys()].some((mutant) => mutant.part === part)) console.log(`${part}: ${summary(part)}`);
  console.log(summary());
  for (const [mutant, outcome] of outcomes)
    if (outcome === "survived") console.log(`survived: ${describe(sourceOf(mutant), mutant)}`);
}
