import { init, parse } from "es-module-lexer";
import { addressOf } from "./modules.ts";

/** How the program is called in stack traces. */
const programName = "program.js";

/**
 * Runs a program as a module of this Worker, and gives what it exports. The names that it imports become addresses, and nothing
 * else changes: lines stay where they are.
 */
export async function runProgram(program: string): Promise<object> {
  await init();
  let text = "";
  let end = 0;
  for (const { type, specifier, start, end: after } of parse(program)[0]) {
    if (typeof specifier !== "string") continue;
    const address = await addressOf(specifier);
    // Of a dynamic import, the quotes are part of what it names.
    text += program.slice(end, start) + (type === "dynamic" ? JSON.stringify(address) : address);
    end = after;
  }
  text += `${program.slice(end)}\n//# sourceURL=${programName}`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ address)) as object;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The line of the program in which an error was thrown, if it was there. */
export function lineOf(error: unknown): number | null {
  const match = error instanceof Error ? new RegExp(`${programName}:(\\d+)`).exec(error.stack ?? "") : null;
  return match === null ? null : Number(match[1]);
}
