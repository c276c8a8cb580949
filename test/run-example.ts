import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program of `examples/`; `interruptAt` sends a signal, by default Ctrl-C, when that text appears. */
export function runExample(
  name: string,
  args: readonly string[],
  interruptAt?: string,
  signal: NodeJS.Signals = "SIGINT",
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", `examples/${name}`, ...args], { cwd: root });
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
