import { deflateSync } from "node:zlib";
import { FormatError } from "@tapegrad/tensor";
import { decodeImage } from "@tapegrad/data";
import { describe, expect, test } from "vitest";
import { pictureCase, pictureCases } from "./picture-cases.ts";
import { plainPng, pngChunk, pngFile } from "./png-chunk.ts";

describe("decodeImage gives Pillow's pixels", () => {
  const isCmyk = (name: string): boolean => name.includes("cmyk");

  test.each(pictureCases.filter(({ name }) => !isCmyk(name)))("$name: every byte", async ({ file, picture }) => {
    expect(await decodeImage(file)).toEqual(picture);
  });

  test.each(pictureCases.filter(({ name }) => isCmyk(name)))("$name: to one level", async ({ file, picture }) => {
    const { data, width, height } = await decodeImage(file);
    expect([width, height, data.length]).toEqual([picture.width, picture.height, picture.data.length]);
    expect(Math.max(...data.map((level, i) => Math.abs(level - picture.data[i]!)))).toBeLessThanOrEqual(1);
  });

  test("files may lie anywhere in a buffer", async () => {
    for (const name of ["jpeg 4:2:0 baseline quality 90", "png rgb"]) {
      const { file, picture } = pictureCase(name);
      const larger = new Uint8Array(file.length + 20);
      larger.set(file, 7);
      expect(await decodeImage(larger.subarray(7, 7 + file.length))).toEqual(picture);
    }
  });

  test("the global scope is left as it was", async () => {
    const before = Object.getOwnPropertyNames(globalThis);
    await decodeImage(pictureCase("jpeg optimised").file);
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
    expect("ImageData" in globalThis).toBe(false);
  });

  test("bytes after the end do not matter", async () => {
    for (const name of ["jpeg grey", "png rgba"]) {
      const { file, picture } = pictureCase(name);
      expect(await decodeImage(Uint8Array.from([...file, 1, 2, 3]))).toEqual(picture);
    }
  });
});

describe("decodeImage refuses, naming the file", () => {
  const jpeg = pictureCase("jpeg 4:2:0 baseline quality 90").file;
  const png = pictureCase("png rgb").file;

  test("what is neither JPEG nor PNG", async () => {
    await expect(decodeImage(new TextEncoder().encode("GIF89a"), { name: "a.gif" })).rejects.toThrow(
      new FormatError("a.gif", "neither JPEG nor PNG: it begins with 47 49 46 38 39 61"),
    );
    await expect(decodeImage(new Uint8Array(), { name: "a.png" })).rejects.toThrow("a.png: empty file");
  });

  test("every file that is cut short", async () => {
    for (const [name, file] of [
      ["a.jpg", jpeg],
      ["a.png", png],
    ] as const) {
      for (let length = 0; length < file.length; length += 7) {
        const error: unknown = await decodeImage(file.subarray(0, length), { name }).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(FormatError);
        expect(error).toMatchObject({ file: name, reason: expect.stringMatching(/truncated|neither|empty/) });
      }
    }
  });

  test("a JPEG whose scan lost its end, where libjpeg would fill in grey", async () => {
    const cut = Uint8Array.from([...jpeg.subarray(0, jpeg.length - 60), 0xff, 0xd9]);
    await expect(decodeImage(cut, { name: "a.jpg" })).rejects.toThrow(
      "a.jpg: damaged JPEG: Corrupt JPEG data: premature end of data segment",
    );
  });

  test("damage does not reach the next picture", async () => {
    const header = jpeg.indexOf(0xc4, 2);
    const { file, picture } = pictureCase("jpeg grey");
    for (let i = 0; i < 20; i++) {
      const damaged = jpeg.slice();
      damaged[header + 4 + i] = 0xff;
      await decodeImage(damaged).catch((error: unknown) => expect(error).toBeInstanceOf(FormatError));
      expect(await decodeImage(file)).toEqual(picture);
    }
  });

  test("a PNG with a wrong checksum, a wrong filter or damaged data", async () => {
    const flipped = png.slice();
    flipped[png.length - 30]! ^= 1;
    await expect(decodeImage(flipped, { name: "a.png" })).rejects.toThrow(
      'a.png: damaged PNG: wrong checksum of a chunk ("IDAT")',
    );
    const filter = pngFile({ width: 1, height: 1 }, [pngChunk("IDAT", deflateSync(Uint8Array.of(9, 1, 2, 3)))]);
    await expect(decodeImage(filter, { name: "a.png" })).rejects.toThrow("a.png: damaged PNG data: row filter 9");
    const garbage = pngFile({ width: 1, height: 1 }, [
      pngChunk("IDAT", Uint8Array.of(0x78, 0x9c, ...new Uint8Array(300).fill(0xff))),
    ]);
    await expect(decodeImage(garbage, { name: "a.png" })).rejects.toThrow("a.png: damaged PNG data (");
  });

  test.each([
    [{ width: 0, height: 1 }, "a picture of 0×1"],
    [{ width: 1, height: 1, depth: 4, colourType: 2 }, "colour type 2 with 4 bits"],
    [{ width: 1, height: 1, colourType: 3 }, "no palette"],
    [{ width: 1, height: 1, interlace: 2 }, "interlacing 2"],
    [{ width: 2 ** 31, height: 2 ** 31 }, "are more than the limit of 67108864"],
    [{ width: 8000, height: 8000 }, "truncated: 12 bytes of data cannot hold 192008000"],
    [{ width: 2, height: 2 }, "truncated: expected 14 bytes of pixels, got 4"],
  ])("a PNG header %o", async (header, reason) => {
    const file = pngFile(header, [pngChunk("IDAT", deflateSync(Uint8Array.of(0, 1, 2, 3)))]);
    await expect(decodeImage(file, { name: "a.png" })).rejects.toThrow(reason);
  });

  test("a PNG that swells: what the header did not announce is never inflated", async () => {
    const bomb = pngFile({ width: 1, height: 1 }, [pngChunk("IDAT", deflateSync(new Uint8Array(2 ** 27)))]);
    const before = process.memoryUsage().rss;
    expect(await decodeImage(bomb)).toEqual({ width: 1, height: 1, channels: 3, data: new Uint8Array(3) });
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 26);
  });

  test("more pixels than the limit, before decoding", async () => {
    await expect(decodeImage(plainPng(5, 4, [0, 0, 0]), { name: "a.png", maxPixels: 19 })).rejects.toThrow(
      "a.png: 5×4 pixels are more than the limit of 19",
    );
    await expect(decodeImage(jpeg, { name: "a.jpg", maxPixels: 29 * 18 - 1 })).rejects.toThrow(
      "a.jpg: 29×18 pixels are more than the limit of 521",
    );
    expect(await decodeImage(jpeg, { maxPixels: 29 * 18 })).toMatchObject({ width: 29, height: 18 });
  });

  test("a JPEG header that promises more than the file can hold", async () => {
    const large = jpeg.slice();
    const frame = large.findIndex((byte, i) => byte === 0xff && large[i + 1] === 0xc0);
    large.set([0x1f, 0x40, 0x1f, 0x40], frame + 5);
    await expect(decodeImage(large, { name: "a.jpg" })).rejects.toThrow(
      `a.jpg: truncated: ${jpeg.length} bytes cannot hold 8000×8000 pixels`,
    );
  });
});
