import { deflateRawSync, constants } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inflate } from "../src/devices/wasm/inflate.ts";

/** Bytes that repeat themselves near and far, of all degrees of order. */
const bytes = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 600 })), { maxLength: 8 })
  .map((parts) =>
    Buffer.concat(parts.flatMap(([part, times]) => new Array<Uint8Array>(times).fill(part)).slice(0, 500)),
  );
const strategies = [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE];

test("inflate undoes what zlib deflates, at every level and with every strategy", () => {
  fc.assert(
    fc.property(bytes, fc.integer({ min: 0, max: 9 }), fc.constantFrom(...strategies), (original, level, strategy) => {
      const packed = deflateRawSync(original, { level, strategy });
      expect(Buffer.compare(inflate(packed, original.length), original)).toBe(0);
    }),
  );
});
