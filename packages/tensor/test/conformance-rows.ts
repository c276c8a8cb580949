import { readdirSync } from "node:fs";
import type { ConformanceRow } from "@tapegrad/test-support";

const folder = new URL("./conformance/", import.meta.url);
const rows: ConformanceRow[] = [];
for (const file of readdirSync(folder).sort()) {
  const module: { readonly rows: readonly ConformanceRow[] } = await import(new URL(file, folder).href);
  rows.push(...module.rows);
}

/** The rows of all files in `conformance`. */
export const conformanceRows: readonly ConformanceRow[] = rows;
