import { spawnSync } from "node:child_process";

const python = process.env["TAPEGRAD_PYTHON"] ?? "/usr/bin/python3";

/** Whether Python with PyTorch is here: what files for it and from it are checked against. */
export const hasTorch: boolean = spawnSync(python, ["-c", "import torch"]).status === 0;

/** Runs a Python program and returns what it printed. */
export function runPython(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(python, ["-c", program, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`python exited with ${status}: ${stderr}`);
  return stdout;
}

/** Whether Python has numpy. */
export const hasNumpy: boolean = spawnSync(python, ["-c", "import numpy"]).status === 0;
