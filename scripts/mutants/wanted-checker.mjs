// A checker for StrykerJS, which has ranges but no way to name a mutant: those that were not drawn are passed over.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

class WantedChecker {
  async init() {
    this.wanted = new Set(JSON.parse(readFileSync("stryker-wanted.json", "utf8")));
  }

  async check(mutants) {
    return Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        this.wanted.has(keyOf(mutant)) ? { status: "passed" } : { status: "compileError", reason: "not drawn" },
      ]),
    );
  }
}

/** As in stryker.ts; here lines count from 0. */
function keyOf({ fileName, location: { start, end }, replacement }) {
  const file = relative(process.cwd(), fileName).replaceAll("\\", "/");
  return `${file}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column} ${replacement}`;
}

export const strykerPlugins = [{ kind: "Checker", name: "wanted", injectableClass: WantedChecker }];
