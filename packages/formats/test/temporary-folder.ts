import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder that lasts as long as the test file that asks for it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-formats-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
