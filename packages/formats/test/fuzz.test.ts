import { Generator } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attempt, targets } from "./fuzz-targets.ts";
import { mutate } from "./mutate.ts";

describe.each(targets)("a damaged $name file", (target) => {
  test("is read or refused with a FormatError that names it", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = new Generator(seed);
        const pick = (files: readonly Uint8Array[]): Uint8Array => files[random.integer(files.length)]!;
        const damaged = mutate(pick(target.files), pick(targets[random.integer(targets.length)]!.files), random);
        expect(["read", "refused"]).toContain(await attempt(target, damaged));
      }),
      { numRuns: 400 },
    );
  });

  test("is read while it is whole, but for a pickled module", async () => {
    const outcomes = await Promise.all(target.files.map((file) => attempt(target, file)));
    expect(outcomes.filter((outcome) => outcome === "refused")).toHaveLength(target.name === "PyTorch, zip" ? 1 : 0);
  });
});
