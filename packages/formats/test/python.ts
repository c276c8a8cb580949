import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const python = process.env["TAPEGRAD_PYTHON"] ?? "/usr/bin/python3";

/** Runs the programs that come, each a line with its arguments, and answers with the error, if any, and what was printed. */
const interpreter = `
import contextlib, io, json, sys, traceback
answers = sys.stdout
for line in sys.stdin:
    program, *arguments = json.loads(line)
    sys.argv = ["-c", *arguments]
    printed, error = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(printed):
            exec(program, {"__name__": "__main__"})
    except BaseException:
        error = traceback.format_exc()
    print(json.dumps([error, printed.getvalue()]), file=answers, flush=True)
`;

type Answer = readonly [error: string | null, printed: string];

/** One process for all programs, for importing torch takes it seconds; null until it is wanted. */
let child: ChildProcess | null = null;
const waiting: ((answer: Answer) => void)[] = [];

/** Runs a Python program and returns what it printed, without space around it. */
export async function runPython(program: string, ...args: readonly string[]): Promise<string> {
  child ??= start();
  child.stdin!.write(`${JSON.stringify([program, ...args])}\n`);
  const [error, printed] = await new Promise<Answer>((resolve) => waiting.push(resolve));
  if (error !== null) throw new Error(`python: ${error}`);
  return printed.trim();
}

function start(): ChildProcess {
  const started = spawn(python, ["-c", interpreter], { stdio: ["pipe", "pipe", "ignore"] });
  const end = (): void => {
    child = null;
    for (const settle of waiting.splice(0)) settle([`${python} ended`, ""]);
  };
  started.on("error", end).stdin.on("error", end);
  createInterface({ input: started.stdout })
    .on("line", (line) => waiting.shift()?.(JSON.parse(line) as Answer))
    .on("close", end);
  started.unref();
  return started;
}

async function runs(program: string): Promise<boolean> {
  return runPython(program).then(
    () => true,
    () => false,
  );
}

/** Whether Python with PyTorch is here: what files for it and from it are checked against. */
export const hasTorch: boolean = await runs("import torch");

/** Whether Python has numpy. */
export const hasNumpy: boolean = await runs("import numpy");
