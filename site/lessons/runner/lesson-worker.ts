// The Worker of a lesson: it runs the program that it is sent, and then the lesson's check on what the program exports.
import type { Answer, Task } from "./messages.ts";
import { type Check, runCheck } from "./run-check.ts";
import { lineOf, runProgram } from "./run-program.ts";
import { show } from "./show.ts";

const checks = import.meta.glob<Check>("../*/check.js", { import: "default" });

const answer: (message: Answer) => void = globalThis.postMessage.bind(globalThis);

/** How many more characters the page shows: a program that writes without end would keep it from doing anything else. */
let left = 50_000;

function log(...values: readonly unknown[]): void {
  if (left <= 0) return;
  const text = show(values).slice(0, left);
  left -= text.length + 1;
  answer({ kind: "log", text: left > 0 ? text : `${text}\n… what follows is not shown` });
}

for (const level of ["log", "info", "warn", "error", "debug"] as const) console[level] = log;

// The page waits for answers: what a program sends it is shown as a line, and the Worker stays until the check has run.
Object.assign(globalThis, {
  postMessage: (message: unknown) => log("postMessage:", message),
  close(): never {
    throw new Error("close() would end this Worker before the check has run");
  },
});

function fail(error: unknown): void {
  const text =
    error instanceof Error
      ? show([error])
      : `the program threw ${typeof error === "string" ? JSON.stringify(error) : show([error])}`;
  answer({ kind: "failed", where: "program", text, line: lineOf(error) });
}

// What the program did not wait for.
globalThis.addEventListener("unhandledrejection", ({ reason }) => fail(reason));
globalThis.addEventListener("error", ({ error, message }) => fail(error ?? new Error(message)));

globalThis.addEventListener("message", async ({ data }: MessageEvent<Task>) => {
  let program: object;
  try {
    const { useDevice } = await import("@tapegrad/tensor");
    await useDevice("wasm");
    program = await runProgram(data.program);
  } catch (error) {
    fail(error);
    return;
  }
  try {
    const check = await checks[`../${data.lesson}/check.js`]!();
    answer({ kind: "passed", text: await runCheck(check, program) });
  } catch (error) {
    const { message, cause } = error as Error;
    answer({ kind: "failed", where: "check", text: message, line: lineOf(cause) });
  }
});
