import { decodeImage } from "@tapegrad/data";
import { FormatError } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editKinds, mutate, repairChecksums } from "./mutate-bytes.ts";
import { pictureCases } from "./picture-cases.ts";

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const edits = fc.array(
  fc.record({ kind: fc.constantFrom(...editKinds), at: fraction, amount: fraction, value: fc.nat(0xffff) }),
  { minLength: 1, maxLength: 4 },
);
const isPng = ({ name }: { readonly name: string }): boolean => name.startsWith("png");

describe("mutated pictures are read whole or refused by name, and memory stays flat", () => {
  async function survives(bytes: Uint8Array): Promise<void> {
    const result = await decodeImage(bytes, { name: "mutant" }).catch((error: unknown) => error);
    if (result instanceof Error) {
      expect(result).toBeInstanceOf(FormatError);
      expect(result).toMatchObject({ file: "mutant", reason: expect.stringMatching(/./) });
    } else {
      const { width, height, data } = result as Awaited<ReturnType<typeof decodeImage>>;
      expect(data.length).toBe(width * height * 3);
      expect(width * height).toBeLessThanOrEqual(2 ** 26);
    }
  }

  test("JPEG", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pictureCases.filter((each) => !isPng(each))), edits, ({ file }, changes) =>
        survives(mutate(file, changes)),
      ),
      { numRuns: 1500 },
    );
  });

  test("PNG", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...pictureCases.filter(isPng)),
        edits,
        fc.boolean(),
        ({ file }, changes, repair) => {
          const bytes = mutate(file, changes);
          return survives(repair ? repairChecksums(bytes) : bytes);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
