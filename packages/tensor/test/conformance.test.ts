import { readdirSync } from "node:fs";
import * as tensorPackage from "@tapegrad/tensor";
import { conformance } from "@tapegrad/test-support";
import { expect, test } from "vitest";
import { conformanceRows as rows } from "./conformance-rows.ts";

conformance(rows);

/** Why an op has no row. */
const excused: Readonly<Record<string, string>> = {
  adamStep:
    "changes parameters in place, so it is no pure function; the tests of the optimizers compare it with PyTorch",
  bincount: "asynchronous; the tests of sorting compare it with PyTorch",
  maskedSelect: "as bincount",
  nonzero: "as bincount",
  sgdStep: "as adamStep",
  unique: "as bincount",
  toDevice: "its result depends on where it is; the tests of devices look at it",
};

const ops = await exportedOps();

test("every exported op has a row, or a reason to have none", () => {
  const covered = new Set(rows.flatMap(({ name, covers = [] }) => [name, ...covers]));
  expect(ops.filter((name) => !covered.has(name) && !(name in excused))).toEqual([]);
});

test("every row is for an exported op, and every excuse is still needed", () => {
  expect(rows.map(({ name }) => name).filter((name) => !ops.includes(name))).toEqual([]);
  expect(Object.keys(excused).filter((name) => !ops.includes(name))).toEqual([]);
});

/** The functions that files in `src/ops` export and that the package makes public. */
async function exportedOps(): Promise<string[]> {
  const source = new URL("../src/ops/", import.meta.url);
  const names: string[] = [];
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  )) {
    const module: Readonly<Record<string, unknown>> = await import(new URL(file, source).href);
    for (const [name, value] of Object.entries(module))
      if (typeof value === "function" && name in tensorPackage) names.push(name);
  }
  return names.sort();
}
