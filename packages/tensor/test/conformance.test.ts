import { readdirSync } from "node:fs";
import * as tensorPackage from "@tapegrad/tensor";
import { conformance } from "@tapegrad/testing";
import type { ConformanceRow } from "@tapegrad/testing";
import { expect, test } from "vitest";

const folder = new URL("./conformance/", import.meta.url);
const rows: ConformanceRow[] = [];
for (const file of readdirSync(folder).sort()) {
  const module: { readonly rows: readonly ConformanceRow[] } = await import(new URL(file, folder).href);
  rows.push(...module.rows);
}

conformance(rows);

test("every exported op has a row", () => {
  const covered = new Set(rows.flatMap(({ name, covers = [] }) => [name, ...covers]));
  const missing = exportedOps().filter((name) => !covered.has(name) && !(name in excused));
  expect(missing).toEqual([]);
});

test("every row is for an exported op, and every excuse is still needed", () => {
  const exported = new Set(exportedOps());
  expect(rows.map(({ name }) => name).filter((name) => !exported.has(name))).toEqual([]);
  expect(Object.keys(excused).filter((name) => !exported.has(name))).toEqual([]);
});

/** Why an op has no row. */
const excused: Readonly<Record<string, string>> = {};

/** The functions that files in `src/ops` export and the package makes public. */
function exportedOps(): string[] {
  const files = readdirSync(new URL("../src/ops/", import.meta.url));
  const names = files.map((file) => file.replace(/\.ts$/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()));
  return names.filter((name) => typeof (tensorPackage as Record<string, unknown>)[name] === "function").sort();
}
