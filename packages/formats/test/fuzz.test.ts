import { Generator } from "@tapegrad/tensor";
import { attemptToRead, damagedFile } from "@tapegrad/test-support/fuzz/fuzz-target";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { targets } from "./fuzz-targets.ts";

describe.each(targets)("a damaged $name file", (target) => {
  test("is read or refused with a FormatError that names it", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const damaged = await damagedFile(target, targets, new Generator(seed));
        expect(["read", "refused"]).toContain(await attemptToRead(target, damaged));
      }),
      { numRuns: 400 },
    );
  });

  test("is read while it is whole, but for a pickled module", async () => {
    const outcomes = await Promise.all(target.files.map((file) => attemptToRead(target, file)));
    expect(outcomes.filter((outcome) => outcome === "refused")).toHaveLength(target.name === "PyTorch, zip" ? 1 : 0);
  });
});
