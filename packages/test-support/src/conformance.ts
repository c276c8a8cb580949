import type { DeviceName } from "@tapegrad/tensor";
import { eachDevice } from "@tapegrad/testing/each-device";
import { test } from "vitest";
import { conformanceChecks, runsOn } from "./conformance-checks.ts";
import type { ConformanceRow } from "./conformance-row.ts";

/**
 * Declares the tests of a table of ops: for every row and every device, the forward pass against double precision and the
 * row's oracle, and gradients and second gradients against finite differences.
 */
export function conformance(rows: readonly ConformanceRow[], devices?: readonly DeviceName[]): void {
  eachDevice((name) => {
    for (const row of rows)
      if (runsOn(row, name)) for (const { title, run } of conformanceChecks(row)) test(title, run);
  }, devices);
}
