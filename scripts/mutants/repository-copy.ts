// A copy of the repository that may be broken, and what is done in it.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { cp, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** Runs `work` with a copy of the repository, which is gone afterwards. */
export async function inCopy<T>(work: (copy: string) => Promise<T>): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), "tapegrad-mutants-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("exit", () => rmSync(copy, { recursive: true, force: true }));
  try {
    await copyRepository(copy);
    return await work(copy);
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

/** Runs `work`, which may build kernels, and puts back those that there were. */
export async function keepingKernels<T>(copy: string, work: () => Promise<T>): Promise<T> {
  const built = join(copy, "packages/tensor/src/devices/wasm/generated");
  const kept = join(copy, "kept-kernels");
  await cp(built, kept, { recursive: true });
  try {
    return await work();
  } finally {
    await rm(built, { recursive: true, force: true });
    await rename(kept, built);
  }
}

/** Builds the kernels anew. @throws Error if they do not compile. */
export async function buildWasm(copy: string): Promise<void> {
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

/** The sources do not even load, or the tests take longer than they may. */
export class NoTestRan extends Error {
  override readonly name = "NoTestRan";
}

/** The name of a test that fails, or null if none does. @throws NoTestRan, after `seconds` too. */
export async function firstFailure(copy: string, tests: readonly string[], seconds = 3600): Promise<string | null> {
  const report = join(copy, "report.json");
  await rm(report, { force: true });
  // On a busy machine a test may take long: its limit of time shall catch no mutant.
  const flags = ["--bail", "1", "--test-timeout", "120000", "--reporter", "json", "--outputFile", report];
  const args = ["node_modules/vitest/vitest.mjs", "run", ...tests, ...flags];
  const { status, output } = await run(copy, "node", args, { seconds });
  if (status === 0) return null;
  const text = await readFile(report, "utf8").catch(() => null);
  if (text === null) throw new NoTestRan(`vitest ended with ${status} and no report: ${output}`);
  const { testResults } = JSON.parse(text) as Report;
  const failures = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter((test) => test.status === "failed"),
  );
  const [first] = failures;
  if (first === undefined) {
    throw new NoTestRan(`a test file does not load: ${testResults.map(({ message }) => message).join("\n") || output}`);
  }
  const unbound = first.failureMessages.find((message) => /^ReferenceError: \S+ is not defined/.test(message));
  if (unbound !== undefined) throw new NoTestRan(`the mutant uses a name that is not there: ${unbound}`);
  return first.fullName;
}

/** Runs a program to its end, or to that of its time; then what it started ends with it. */
export async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  { seconds = 600, env = {} }: { readonly seconds?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly status: number; readonly output: string }> {
  // A group of its own: a worker with an endless loop outlives the program that is told to end.
  const child = spawn(program, args, { cwd, detached: true, env: { ...process.env, ...env } });
  const end = (): void => void process.kill(-child.pid!, "SIGKILL");
  const timer = setTimeout(end, Math.ceil(1000 * seconds));
  // Before the copy goes.
  process.prependOnceListener("exit", end);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-4000)));
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once("error", reject).once("close", (code) => resolve(code ?? 1));
    });
    return { status, output };
  } finally {
    clearTimeout(timer);
    process.off("exit", end);
  }
}
