import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { bundleProgram } from "./bundle-program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What a program said, and its exit code: null if a signal ended it. */
export interface ExampleRun {
  readonly code: number | null;
  readonly output: string;
}

/** How a program of `examples/` is run. */
export interface RunOptions {
  /** @default the workspace */
  readonly cwd?: string;
  /** When this text appears, `signal` is sent. @default never */
  readonly interruptAt?: string;
  /** @default "SIGINT", which is Ctrl-C */
  readonly signal?: NodeJS.Signals;
}

/** A program of `examples/`, made once for all the runs of a test file; `first` are arguments that it always gets. */
export function example(
  name: string,
  first: readonly string[] = [],
): (args: readonly string[], options?: RunOptions) => Promise<ExampleRun> {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-example-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const program = join(folder, `${name}.mjs`);
  let made: Promise<void> | undefined;
  return async (args, options) => {
    await (made ??= bundleProgram(`import ${JSON.stringify(`./${name}.ts`)};`, join(root, "examples"), program));
    return run([program, ...first, ...args], options);
  };
}

function run(args: readonly string[], { cwd = root, interruptAt, signal = "SIGINT" }: RunOptions = {}) {
  return new Promise<ExampleRun>((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd });
    let output = "";
    let interrupted = false;
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (interruptAt === undefined || interrupted || !output.includes(interruptAt)) return;
      interrupted = true;
      child.kill(signal);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
