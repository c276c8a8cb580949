import { deflateSync } from "node:zlib";
import { decodeImage } from "@tapegrad/data";
import { FormatError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";
import { jpegWork } from "../src/pictures/jpeg/jpeg-work.ts";
import { readJpegFile } from "../src/pictures/jpeg/read-jpeg-file.ts";
import { pictureCase, pictureCases } from "./picture-cases.ts";
import { plainPng, pngChunk, pngFile } from "./png-chunk.ts";

describe("decodeImage gives Pillow's pixels", () => {
  test.each(pictureCases)("$name: every byte", async ({ file, picture }) => {
    expect(await decodeImage(file)).toEqual(picture);
  });

  test("files may lie anywhere in a buffer", async () => {
    for (const name of ["jpeg 4:2:0 baseline quality 90", "png rgb"]) {
      const { file, picture } = pictureCase(name);
      const larger = new Uint8Array(file.length + 20);
      larger.set(file, 7);
      expect(await decodeImage(larger.subarray(7, 7 + file.length))).toEqual(picture);
    }
  });

  test("a JPEG whose quantization tables have two bytes a step", async () => {
    const { file, picture } = pictureCase("jpeg 4:2:0 baseline quality 90");
    const parts: number[] = [];
    let [at, tables] = [2, 0];
    for (; file[at + 1] !== 0xda; at += 2 + file[at + 2]! * 256 + file[at + 3]!) {
      const segment = [...file.subarray(at, at + 2 + file[at + 2]! * 256 + file[at + 3]!)];
      if (segment[1] !== 0xdb) parts.push(...segment);
      else
        for (let table = 4; table < segment.length; table += 65, tables++) {
          const steps = segment.slice(table + 1, table + 65).flatMap((step) => [0, step]);
          parts.push(0xff, 0xdb, 0, 131, 16 + segment[table]!, ...steps);
        }
    }
    expect(tables).toBeGreaterThan(0);
    const wide = Uint8Array.of(...file.subarray(0, 2), ...parts, ...file.subarray(at));
    expect(await decodeImage(wide)).toEqual(picture);
  });

  test("a PNG in many parts, larger than is inflated at once, with every filter and width", async () => {
    for (const [width, height] of [
      [700, 601],
      [1, 70_000],
    ] as const) {
      const raw = new Uint8Array(height * (1 + 3 * width));
      for (let y = 0; y < height; y++) raw[y * (1 + 3 * width)] = 1;
      // Each byte is one more than that of the pixel before.
      for (let i = 0; i < raw.length; i++) if (i % (1 + 3 * width) > 0) raw[i] = 1;
      const data = deflateSync(raw, { level: 0 });
      const parts = Array.from({ length: Math.ceil(data.length / 999) }, (_, i) =>
        pngChunk("IDAT", data.subarray(999 * i, 999 * (i + 1))),
      );
      const picture = await decodeImage(pngFile({ width, height }, parts));
      expect(picture.data.every((level, i) => level === ((Math.floor(i / 3) % width) + 1) % 256)).toBe(true);
    }
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
      "a.jpg: truncated: the data of a scan ends before its picture does",
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
    [{ width: 6000, height: 6000 }, "truncated: 12 bytes of data cannot hold 108006000"],
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
    const narrow = pngFile({ width: 1, height: 2 ** 23 + 2 ** 20 }, [pngChunk("IDAT", deflateSync(new Uint8Array(9)))]);
    await expect(decodeImage(narrow, { name: "a.png" })).rejects.toThrow(
      "a.png: 1×9437184 pixels take 188743680 steps to decode, more than the limit of 150000000 (maxWork)",
    );
    await expect(decodeImage(narrow, { name: "a.png", maxWork: 2e8 })).rejects.toThrow("a.png: truncated");
    await expect(decodeImage(jpeg, { name: "a.jpg", maxPixels: 29 * 18 - 1 })).rejects.toThrow(
      "a.jpg: 29×18 pixels are more than the limit of 521",
    );
    expect(await decodeImage(jpeg, { maxPixels: 29 * 18 })).toMatchObject({ width: 29, height: 18 });
  });

  test("a JPEG header that promises more than the file can hold", async () => {
    const large = jpeg.slice();
    const frame = large.findIndex((byte, i) => byte === 0xff && large[i + 1] === 0xc0);
    large.set([0x0f, 0xa0, 0x0f, 0xa0], frame + 5);
    await expect(decodeImage(large, { name: "a.jpg" })).rejects.toThrow(
      `a.jpg: truncated: ${jpeg.length} bytes cannot hold 4000×4000 pixels`,
    );
  });

  const segment = (marker: number, ...body: number[]): number[] => [
    ...[0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255],
    ...body,
  ];
  const progressive = pictureCase("jpeg 4:2:0 progressive quality 90").file;
  const scansOf = (file: Uint8Array): number[] =>
    Array.from(file.keys()).filter((i) => file[i] === 0xff && file[i + 1] === 0xda);
  const end = [0xff, 0xd9];

  test("scans that go over what is complete, leave it incomplete, or are too many", async () => {
    const [first, second] = scansOf(progressive) as [number, number];
    const repeated = [...progressive.slice(0, second), ...progressive.slice(first, second), ...end];
    await expect(decodeImage(Uint8Array.from(repeated), { name: "a.jpg" })).rejects.toThrow(
      "a.jpg: damaged JPEG: scan 1 does not follow on from those before it",
    );
    await expect(decodeImage(Uint8Array.from([...progressive.slice(0, second), ...end]))).rejects.toThrow(
      "damaged JPEG: its scans leave the picture incomplete",
    );
    const codes = progressive.findLastIndex((byte, i) => i < second && byte === 0xff && progressive[i + 1] === 0xc4);
    const early = [...progressive.slice(0, first), ...progressive.slice(codes)];
    await expect(decodeImage(Uint8Array.from(early))).rejects.toThrow("damaged JPEG: scan 0 comes before the means");
    const scan = [...progressive.slice(first, first + 14)];
    const many = [...progressive.slice(0, first), ...Array.from({ length: 501 }, () => scan).flat(), ...end];
    await expect(decodeImage(Uint8Array.from(many))).rejects.toThrow("more than 500 scans");
  });

  test("scans of coefficients or bits that there cannot be", async () => {
    const baseline = pictureCase("jpeg 4:2:0 baseline quality 90").file;
    const with3 = (file: Uint8Array, scan: number, values: readonly number[]): Uint8Array => {
      const start = scansOf(file)[scan]!;
      const patched = file.slice();
      patched.set(values, start + 5 + 2 * file[start + 4]!);
      return patched;
    };
    const scans = scansOf(progressive);
    const parts = scans.map((start) => progressive[start + 4]);
    expect(parts[0]).toBe(3);
    const single = parts.indexOf(1);
    // First and last coefficient, bits before and after.
    const cases: readonly (readonly [Uint8Array, number, readonly number[]])[] = [
      [progressive, 0, [0, 5, 0x01]],
      [progressive, 0, [1, 5, 0x01]],
      [progressive, 0, [0, 0, 0x0e]],
      [progressive, 0, [0, 0, 0x20]],
      [progressive, 0, [0, 0, 0x12]],
      [progressive, single, [5, 3, 0x01]],
      [progressive, single, [1, 64, 0x01]],
      [progressive, single, [0, 63, 0x01]],
      [baseline, 0, [0, 62, 0]],
      [baseline, 0, [1, 63, 0]],
      [baseline, 0, [0, 63, 0x01]],
    ];
    for (const [file, scan, values] of cases)
      await expect(decodeImage(with3(file, scan, values)), String(values)).rejects.toThrow(
        /damaged JPEG: a scan of coefficients/,
      );
  });

  test("JPEG scans whose header has another length than its number of components says", async () => {
    const [start] = scansOf(jpeg) as [number];
    const length = (jpeg[start + 2]! << 8) + jpeg[start + 3]!;
    const withHeader = (...content: number[]): Uint8Array =>
      Uint8Array.from([...jpeg.slice(0, start), ...segment(0xda, ...content), ...jpeg.slice(start + 2 + length)]);
    for (const content of [[], [0, 0, 63, 0], [5, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0, 63, 0], [1, 1, 0, 0, 63, 0, 0]])
      await expect(decodeImage(withHeader(...content)), String(content)).rejects.toThrow(
        "damaged JPEG: a scan header of a wrong length",
      );
  });

  test("a JPEG's work grows with its bytes, of which decoding reads each", () => {
    const file = readJpegFile(jpeg, "a.jpg");
    expect(jpegWork(file, 1000) - jpegWork(file, 0)).toBe(2000);
  });

  test("a JPEG with many scans over many pixels, before decoding", async () => {
    const large = progressive.slice();
    const frame = large.findIndex((byte, i) => byte === 0xff && large[i + 1] === 0xc2);
    large.set([0x20, 0, 0x20, 0], frame + 5);
    await expect(decodeImage(large, { name: "a.jpg" })).rejects.toThrow(
      /^a\.jpg: 8192×8192 pixels take \d+ steps to decode, more than the limit of 150000000 \(maxWork\)$/,
    );
    await expect(decodeImage(progressive, { maxWork: 1000 })).rejects.toThrow("more than the limit of 1000 (maxWork)");
  });

  test("JPEG tables, factors and markers that cannot be", async () => {
    const [scan] = scansOf(jpeg) as [number];
    const before = (...extra: number[]): Uint8Array =>
      Uint8Array.from([...jpeg.slice(0, scan), ...extra, ...jpeg.slice(scan)]);
    const codes = (...counts: number[]): number[] =>
      segment(0xc4, 0, ...Array.from({ length: 16 }, (_, i) => counts[i] ?? 0), 1, 2, 3);
    await expect(decodeImage(before(...codes(3)))).rejects.toThrow("a table of codes that cannot be");
    await expect(decodeImage(before(...codes(0, 200)))).rejects.toThrow("a table of codes that is cut short");
    await expect(decodeImage(before(...codes(0, 3)))).rejects.toThrow(FormatError);
    await expect(decodeImage(before(...segment(0xdb, 0, 1, 2)))).rejects.toThrow(
      "a quantization table that is cut short",
    );
    await expect(decodeImage(before(...segment(0xdd, 0, 1)))).rejects.toThrow("restart marker 0 is missing");
    const sampled = jpeg.slice();
    const frame = sampled.findIndex((byte, i) => byte === 0xff && sampled[i + 1] === 0xc0);
    sampled[frame + 11] = 0x32;
    sampled[frame + 14] = 0x21;
    await expect(decodeImage(sampled)).rejects.toThrow("sampling factors that are not read here (3×2, 2×1, 1×1)");
  });

  test("a PNG of more chunks than any encoder writes", async () => {
    const chunks = Array.from({ length: 2 ** 17 }, () => pngChunk("IDAT", new Uint8Array()));
    await expect(decodeImage(pngFile({ width: 1, height: 1 }, chunks))).rejects.toThrow("more than 131072 chunks");
  });
});
