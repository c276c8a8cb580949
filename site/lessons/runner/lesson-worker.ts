// The Worker of a lesson: it runs the program that it is sent, and then the lesson's check on what the program exports.
import type { Answer, Task } from "./messages.ts";
import { lineOf, runProgram } from "./run-program.ts";
import { show } from "./show.ts";

type Check = (program: object) => Promise<string>;

const checks = import.meta.glob<Check>("../*/check.js", { import: "default" });

const answer = (message: Answer): void => globalThis.postMessage(message);

/** How many more characters the page shows: a program that writes without end would keep it from doing anything else. */
let left = 50_000;

function log(...values: readonly unknown[]): void {
  if (left <= 0) return;
  const text = show(values).slice(0, left);
  left -= text.length + 1;
  answer({ kind: "log", text: left > 0 ? text : `${text}\n… what follows is not shown` });
}

for (const level of ["log", "info", "warn", "error", "debug"] as const) console[level] = log;

const fail = (where: "program" | "check", error: unknown): void =>
  answer({ kind: "failed", where, text: show([error]), line: where === "program" ? lineOf(error) : null });

// What the program did not wait for.
globalThis.addEventListener("unhandledrejection", ({ reason }) => fail("program", reason));
globalThis.addEventListener("error", ({ error, message }) => fail("program", error ?? message));

globalThis.addEventListener("message", async ({ data }: MessageEvent<Task>) => {
  let program: object;
  try {
    const { useDevice } = await import("@tapegrad/tensor");
    await useDevice("wasm");
    program = await runProgram(data.program);
  } catch (error) {
    fail("program", error);
    return;
  }
  try {
    const check = await checks[`../${data.lesson}/check.js`]!();
    answer({ kind: "passed", text: await check(program) });
  } catch (error) {
    fail("check", error instanceof Error ? error.message : error);
  }
});
