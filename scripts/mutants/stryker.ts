// StrykerJS (https://stryker-mutator.io): which mutants there are, and whether tests notice some of them.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { DrawnMutant } from "./drawn-mutant.ts";
import { root, run } from "./repository-copy.ts";

const version = "9.6.1";
const cache = join(root, "node_modules/.cache/stryker");
const scoped = join(cache, "node_modules/@stryker-mutator");

/** Left out: texts, most of which are the wording of messages. What a text decides, as a dtype does, conditions decide too. */
const excludedMutations = ["StringLiteral"];
/** Left out: how the message of an error is put together. That it is thrown is not. */
const wording = {
  shouldIgnore: ({ node }: { readonly node: { readonly type: string } }): string | undefined =>
    node.type === "ThrowStatement" ? "the wording of an error" : undefined,
};
/** Left out: what only browsers run, with tests of their own (`npm run test:browser`). */
const inBrowsers = /\/webgl|\/textures\.ts$|\/generated\//;

/** Fetches StrykerJS from the registry if it is not there. */
export async function installStryker(): Promise<void> {
  if (existsSync(join(scoped, "vitest-runner"))) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "package.json"), '{ "private": true }\n');
  const packages = ["core", "vitest-runner"].map((name) => `@stryker-mutator/${name}@${version}`);
  const flags = ["--save-exact", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"];
  await promisify(execFile)("npm", ["install", ...flags, ...packages], { cwd: cache });
}

/** A mutant as StrykerJS describes it. Its instrumenter counts lines from 0, its reports columns from 1. */
interface StrykerMutant {
  readonly fileName: string;
  readonly location: Record<"start" | "end", { readonly line: number; readonly column: number }>;
  readonly replacement: string;
  readonly status?: string;
}

/** The part of its instrumenter that is used here. */
interface InstrumenterModule {
  readonly Instrumenter: new (logger: object) => {
    instrument(
      files: readonly { readonly name: string; readonly content: string; readonly mutate: boolean }[],
      options: object,
    ): Promise<{ readonly mutants: readonly StrykerMutant[] }>;
  };
}

/** All mutants of a package's sources. */
export async function packageMutants(part: string): Promise<DrawnMutant[]> {
  const entry = pathToFileURL(join(scoped, "instrumenter/dist/src/index.js")).href;
  const { Instrumenter } = (await import(entry)) as InstrumenterModule;
  const quiet = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
  const files = readdirSync(join(root, "packages", part, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => `packages/${part}/src/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !inBrowsers.test(name))
    .sort()
    .map((name) => ({ name, content: readFileSync(join(root, name), "utf8"), mutate: true }));
  const options = { plugins: null, ignorers: [wording], excludedMutations };
  const { mutants } = await new Instrumenter(quiet).instrument(files, options);
  return mutants
    .filter(({ status }) => status !== "Ignored")
    .map(({ fileName, location: { start, end }, replacement }) => ({
      part,
      file: fileName,
      start: { line: start.line + 1, column: start.column },
      end: { line: end.line + 1, column: end.column },
      replacement,
    }));
}

/** What became of a mutant. A timeout is noticed too: loops that do not end. */
export interface Verdict {
  /**
   * `not run`: some tests reach the mutant, yet none was run. StrykerJS takes a file that does not load, as with a native module
   * that loads once only, for one without tests.
   */
  readonly outcome: "caught" | "survived" | "not run";
  /** The files of the tests that reach it. */
  readonly tests: readonly string[];
}

/** The part of StrykerJS's JSON report that is used here. */
interface StrykerReport {
  readonly files: Record<string, { readonly mutants: readonly ReportedMutant[] }>;
  readonly testFiles?: Record<string, { readonly tests: readonly { readonly id: string }[] }>;
}

interface ReportedMutant extends StrykerMutant {
  readonly status: string;
  readonly coveredBy?: readonly string[];
  readonly testsCompleted?: number;
}

/** What tests below `tests` say of the mutants, in their order. */
export async function runStryker(copy: string, mutants: readonly DrawnMutant[], tests: string): Promise<Verdict[]> {
  const link = join(copy, "node_modules/.cache");
  if (!existsSync(link)) await symlink(join(root, "node_modules/.cache"), link);
  const report = join(copy, "stryker-report.json");
  rmSync(report, { force: true });
  const wanted = join(copy, "stryker-wanted.json");
  writeFileSync(wanted, JSON.stringify(mutants.map(keyOf)));
  const config = {
    inPlace: true,
    plugins: [join(scoped, "vitest-runner/dist/src/index.js"), join(root, "scripts/mutants/wanted-checker.mjs")],
    testRunner: "vitest",
    vitest: { configFile: "scripts/mutants/vitest.config.ts", related: false },
    checkers: ["wanted"],
    mutate: mutants.map(({ file, start, end }) => `${file}:${start.line}:${start.column}-${end.line}:${end.column}`),
    mutator: { excludedMutations },
    coverageAnalysis: "perTest",
    // Each runner takes half a gigabyte, and tests have threads of their own.
    concurrency: Math.max(1, availableParallelism() >> 1),
    disableTypeChecks: false,
    ignorePatterns: ["**/*.png", "**/dist", "docs", "bench", "**/fixtures"],
    timeoutMS: 60_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 60,
    reporters: ["json"],
    jsonReporter: { fileName: report },
    logLevel: "error",
    allowConsoleColors: false,
  };
  const configFile = join(copy, "stryker.config.json");
  writeFileSync(configFile, JSON.stringify(config));
  const { status, output } = await run(copy, "node", [join(scoped, "core/bin/stryker.js"), "run", configFile], {
    seconds: 86_400,
    env: { MUTANTS_TESTS: tests },
  });
  if (!existsSync(report)) throw new Error(`StrykerJS ended with ${status} and no report: ${output}`);
  const { files, testFiles = {} } = JSON.parse(readFileSync(report, "utf8")) as StrykerReport;
  const fileOf = new Map(
    Object.entries(testFiles).flatMap(([file, { tests: each }]) => each.map(({ id }) => [id, file] as const)),
  );
  const reported = new Map(
    Object.entries(files).flatMap(([file, found]) =>
      found.mutants.map((mutant) => {
        const { start, end } = mutant.location;
        const place = ({ line, column }: StrykerMutant["location"]["start"]) => ({ line, column: column - 1 });
        return [
          keyOf({ file, start: place(start), end: place(end), replacement: mutant.replacement }),
          mutant,
        ] as const;
      }),
    ),
  );
  return mutants.map((mutant): Verdict => {
    const { status: found, coveredBy = [], testsCompleted = 0 } = reported.get(keyOf(mutant)) ?? {};
    const reaching = [...new Set(coveredBy.map((id) => fileOf.get(id)!))];
    if (found === "Killed" || found === "Timeout" || found === "RuntimeError")
      return { outcome: "caught", tests: reaching };
    if (found !== "Survived" && found !== "NoCoverage")
      throw new Error(`StrykerJS says ${found} of the mutant ${keyOf(mutant)}`);
    return { outcome: reaching.length > 0 && testsCompleted === 0 ? "not run" : "survived", tests: reaching };
  });
}

/** What tells a mutant from all others; wanted-checker.mjs has the same. */
function keyOf({ file, start, end, replacement }: Omit<DrawnMutant, "part">): string {
  return `${file}:${start.line}:${start.column}-${end.line}:${end.column} ${replacement}`;
}
