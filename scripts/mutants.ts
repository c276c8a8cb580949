// Breaks the sources in one deliberate place after another and tells whether the tests notice.
//
//   npm run mutants                                all mutants; exit status 1 if one survives
//   npm run mutants -- --only ties-not-split       those whose name contains the text; may be repeated
//   npm run mutants -- --list                      what there is
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mutants } from "./mutants/index.ts";
import type { Mutant } from "./mutants/mutant.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, list: { type: "boolean", default: false } },
});
const chosen = mutants.filter(({ name }) => values.only?.some((part) => name.includes(part)) ?? true);

if (chosen.length === 0) throw new Error(`there is no mutant named ${values.only?.join(" or ")}; --list shows them`);
if (values.list) for (const { name, file, breaks } of chosen) console.log(`${name}\n  ${file}: ${breaks}`);
else process.exitCode = await check(chosen);

/** Tries the mutants in a copy of the repository; gives the exit status. */
async function check(tried: readonly Mutant[]): Promise<number> {
  const copy = await mkdtemp(join(tmpdir(), "tapegrad-mutants-"));
  process.once("SIGINT", () => {
    rmSync(copy, { recursive: true, force: true });
    process.exit(130);
  });
  try {
    await copyRepository(copy);
    await expectHealthy(copy, tried);
    const survivors: string[] = [];
    for (const [i, mutant] of tried.entries()) {
      const start = performance.now();
      const noticed = await attempt(copy, mutant);
      if (noticed === null) survivors.push(mutant.name);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      const verdict = noticed === null ? `SURVIVED: ${mutant.breaks}` : `caught by "${noticed}"`;
      console.log(`${i + 1}/${tried.length} ${mutant.name} (${seconds} s): ${verdict}`);
    }
    console.log(`${tried.length - survivors.length} of ${tried.length} mutants were caught`);
    if (survivors.length > 0) console.error(`survivors: ${survivors.join(", ")}`);
    return survivors.length === 0 ? 0 : 1;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Everything is copied but the installed packages: links to those of the workspace stay relative, into the copy. */
async function copyRepository(copy: string): Promise<void> {
  const left = new Set([".git", "node_modules/.pnpm", "node_modules/.cache", "node_modules/.vite"]);
  await cp(root, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !left.has(relative(root, path)),
  });
  await symlink(join(root, "node_modules/.pnpm"), join(copy, "node_modules/.pnpm"));
}

/** What fails without a mutant would seem to catch every one. */
async function expectHealthy(copy: string, tried: readonly Mutant[]): Promise<void> {
  const files = [...new Set(tried.flatMap(({ tests }) => tests))];
  const failure = await firstFailure(copy, files);
  if (failure !== null) throw new Error(`the tests fail without any mutant: ${failure}`);
}

/** The test that noticed the mutant, or null if none did. */
async function attempt(copy: string, { file, find, replace, tests }: Mutant): Promise<string | null> {
  const path = join(copy, file);
  const source = await readFile(path, "utf8");
  if (source.split(find).length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`);
  await writeFile(
    path,
    source.replace(find, () => replace),
  );
  try {
    await buildWasm(copy, file);
    // One file after another: the first names are the quick ones.
    for (const test of tests) {
      const failure = await firstFailure(copy, [test]);
      if (failure !== null) return failure;
    }
    return null;
  } finally {
    await writeFile(path, source);
    await buildWasm(copy, file);
  }
}

/** Builds the kernels anew if a mutant touched their sources. */
async function buildWasm(copy: string, file: string): Promise<void> {
  if (!file.includes("/wasm-src/")) return;
  const { status, output } = await run(copy, "node", ["packages/tensor/scripts/build-wasm.mjs"]);
  if (status !== 0) throw new Error(`the kernels cannot be built: ${output}`);
}

/** The parts of vitest's JSON report that matter here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/**
 * The name of a test that fails, or null if none does.
 *
 * @throws Error if the sources do not even load: then nobody has noticed anything.
 */
async function firstFailure(copy: string, tests: readonly string[]): Promise<string | null> {
  const report = join(copy, "report.json");
  await rm(report, { force: true });
  const flags = ["--bail", "1", "--reporter", "json", "--outputFile", report];
  const { status, output } = await run(copy, "node", ["node_modules/vitest/vitest.mjs", "run", ...tests, ...flags]);
  if (status === 0) return null;
  const text = await readFile(report, "utf8").catch(() => null);
  if (text === null) throw new Error(`vitest ended with ${status} and no report: ${output}`);
  const { testResults } = JSON.parse(text) as Report;
  const failures = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter((test) => test.status === "failed"),
  );
  const [first] = failures;
  if (first === undefined) {
    throw new Error(`a test file does not load: ${testResults.map(({ message }) => message).join("\n") || output}`);
  }
  const unbound = first.failureMessages.find((message) => message.includes("is not defined"));
  if (unbound !== undefined) throw new Error(`the mutant uses a name that is not there: ${unbound}`);
  return first.fullName;
}

/** Runs a program to its end. */
function run(
  cwd: string,
  program: string,
  args: readonly string[],
): Promise<{ readonly status: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, maxBuffer: 2 ** 28, timeout: 600_000 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, output: `${stdout}${stderr}`.slice(-2000) });
    });
  });
}
