import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readIdx } from "@tapegrad/data";
import { FormatError } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gzip, idxBytes } from "./idx-bytes.ts";

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
const files = shapes.chain((shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return fc.record({ shape: fc.constant(shape), values: fc.uint8Array({ minLength: size, maxLength: size }) });
});

describe("readIdx", () => {
  test("gives back shape and values, plain and gzip", async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.boolean(), async ({ shape, values }, compressed) => {
        const bytes = idxBytes(shape, values);
        expect(await readIdx(compressed ? gzip(bytes) : bytes)).toEqual({ shape, values });
      }),
    );
  });

  test("refuses every file that is cut short, plain and gzip", async () => {
    const file = fc.tuple(files, fc.boolean()).map(([{ shape, values }, compressed]) => {
      const bytes = idxBytes(shape, values);
      return compressed ? gzip(bytes) : bytes;
    });
    await fc.assert(
      fc.asyncProperty(file, fc.nat(), async (bytes, cut) => {
        await expect(readIdx(bytes.subarray(0, cut % bytes.length))).rejects.toThrow(FormatError);
      }),
    );
  });

  test("refuses a byte too many, plain and gzip", async () => {
    const bytes = idxBytes([2], [1, 2, 3]);
    for (const each of [bytes, gzip(bytes)])
      await expect(readIdx(each)).rejects.toThrow("more bytes than the 2 values of [2]");
  });

  test("random bytes are read or refused with a FormatError, never anything else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom([], [0, 0, 8], [0x1f, 0x8b, 8, 0]),
        async (tail, head) => {
          const outcome = await readIdx(Uint8Array.from([...head, ...tail])).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(FormatError);
          else expect(outcome).toHaveProperty("shape");
        },
      ),
    );
  });

  test.each([
    [
      "a text file",
      new TextEncoder().encode("hello, world"),
      "digits.idx: not an IDX file: expected it to begin with 00 00, got 68 65 6c 6c",
    ],
    [
      "another element type",
      idxBytes([1], [0, 0, 0, 0], 0x0d),
      "digits.idx: expected unsigned bytes (type 0x08), got type 0x0d",
    ],
    ["no dimensions", idxBytes([], [1]), "digits.idx: expected at least 1 dimensions, got 0"],
    ["half a header", idxBytes([4, 4], []).subarray(0, 9), "digits.idx: truncated: the header ends after 9 bytes"],
    ["an empty file", new Uint8Array(), "digits.idx: truncated: the header ends after 0 bytes"],
    ["missing values", idxBytes([2, 2], [1, 2, 3]), "digits.idx: truncated: [2, 2] takes 4 values"],
    [
      "a size beyond the bound",
      idxBytes([2 ** 16, 2 ** 16], []),
      "digits.idx: [65536, 65536] takes 4294967296 bytes, more than the limit of 268435456",
    ],
    ["a product beyond 2⁵³", idxBytes([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []), "more than the limit"],
    [
      "a damaged gzip file",
      Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      "digits.idx: damaged or truncated gzip",
    ],
  ])("names the file and the trouble: %s", async (_, bytes, message) => {
    const error: unknown = await readIdx(bytes, { name: "digits.idx" }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toContain(message);
    expect((error as FormatError).file).toBe("digits.idx");
  });

  test("refuses an array of other than the expected rank", async () => {
    await expect(readIdx(idxBytes([2], [1, 2]), { rank: 3 })).rejects.toThrow("expected 3 dimensions, got 1");
  });

  test("stops inflating a bomb at the first byte too many", async () => {
    const bomb = gzip(idxBytes([10], new Uint8Array(64 << 20)));
    const before = process.memoryUsage().arrayBuffers;
    await expect(readIdx(bomb)).rejects.toThrow("more bytes than the 10 values");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
  });

  test("allocates nothing for a gzip file too small to hold what its header says", async () => {
    const liar = gzip(idxBytes([200 << 20], []));
    await expect(readIdx(liar)).rejects.toThrow("truncated: [209715200] takes 209715200 values, there are at most");
  });

  test("reads from a path, and calls the file by it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tapegrad-idx-"));
    try {
      const path = join(folder, "numbers.gz");
      await writeFile(path, gzip(idxBytes([3], [1, 2, 3])));
      expect((await readIdx(path)).values).toEqual(Uint8Array.of(1, 2, 3));
      await writeFile(path, "no");
      await expect(readIdx(path)).rejects.toThrow(`${path}: truncated`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
