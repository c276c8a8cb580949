import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { encodeTorch, fileTensor, type FileTensor, loadTorch, readNpz, readTorch, Tuple } from "@tapegrad/formats";
import { FormatError } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentOf } from "../src/io/content.ts";
import { openSource } from "../src/io/open-source.ts";
import { collectBytes } from "../src/io/sink.ts";
import { crc32 } from "../src/zip/crc32.ts";
import { readZip } from "../src/zip/read-zip.ts";
import { ZipWriter } from "../src/zip/zip-writer.ts";
import { asDict, fixture } from "./golden.ts";
import { hasTorch, runPython } from "./python.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7) & 255);

async function zipOf(entries: readonly (readonly [string, Uint8Array])[], zip64From?: number): Promise<Uint8Array> {
  return collectBytes(async (sink) => {
    const zip = new ZipWriter(sink, zip64From);
    for (const [name, content] of entries) await zip.add(name, contentOf(content));
    await zip.finish();
  });
}

async function readAll(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  for (const [name, entry] of await readZip(await openSource(archive), { verifyChecksums: true })) {
    contents.set(name, await entry.read(0, entry.byteLength));
  }
  return contents;
}

/** A zip archive of deflated entries, with sizes that may lie. */
function deflated(
  entries: readonly { name: string; content: Uint8Array; size?: number; raw?: Uint8Array }[],
): Uint8Array {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, size = content.length, raw = deflateRawSync(content) } of entries) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(raw.length, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(name.length, 22);
    const record = Buffer.alloc(46);
    record.write("PK\x01\x02\x14\x00", "latin1");
    fields.copy(record, 6);
    record.writeUInt32LE(offset, 42);
    directory.push(record, Buffer.from(name));
    const piece = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, Buffer.from(name), raw]);
    pieces.push(piece);
    offset += piece.length;
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, records, end]);
}

describe("zip archives", () => {
  test("crc32 is the one of zip", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    expect(crc32(bytes(1000))).toBe(crc32(bytes(1000).slice(333), crc32(bytes(333))));
  });

  test.each([
    ["32-bit", undefined],
    ["zip64", 0],
  ])("any entries read back, %s", async (_, zip64From) => {
    const entries = fc.uniqueArray(
      fc.tuple(fc.string({ unit: "binary", maxLength: 20 }), fc.uint8Array({ maxLength: 300 })),
      { selector: ([name]) => name, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(entries, async (saved) => {
        const read = await readAll(
          await zipOf(
            saved.map(([name, content]) => [name, new Uint8Array(content)]),
            zip64From,
          ),
        );
        expect(new Map(saved.map(([name, content]) => [name, new Uint8Array(content)]))).toEqual(read);
      }),
    );
  });

  test("data begins at multiples of 64, as in PyTorch's files", async () => {
    const marker = [0xde, 0xad, 0xbe, 0xef];
    for (let length = 1; length < 70; length++) {
      const archive = Buffer.from(await zipOf([["n".repeat(length), Uint8Array.from(marker)]]));
      expect(archive.indexOf(Uint8Array.from(marker)) % 64).toBe(0);
    }
  });

  test("a part of a deflated entry can be read without the rest", async () => {
    const content = bytes(100_000);
    const [entry] = (
      await readZip(await openSource(deflated([{ name: "a", content }])), { verifyChecksums: true })
    ).values();
    expect(await entry!.read(500, 20)).toEqual(content.slice(500, 520));
    expect(await entry!.read(0, content.length)).toEqual(content);
  });
});

test("offsets beyond 4 GiB, of entries and of the directory, are found again", async () => {
  const start = 5 * 2 ** 30 + 12_345;
  const written = await collectBytes(async (sink) => {
    const zip = new ZipWriter(sink, undefined, start);
    for (const name of ["a", "b"]) await zip.add(name, contentOf(bytes(name === "a" ? 100 : 300)));
    await zip.finish();
  });
  const memory = await openSource(written);
  const source = {
    name: "sparse",
    size: start + written.length,
    tensorBytes: Infinity,
    budget: memory.budget,
    // All that lies before is zeros.
    read: (offset: number, length: number) => {
      const before = Math.max(0, start - offset);
      if (before === 0) return memory.read(offset - start, length);
      return memory.read(0, length - before).then((rest) => Uint8Array.from([...new Uint8Array(before), ...rest]));
    },
    held: <R>(fn: () => Promise<R>) => fn(),
  };
  const entries = await readZip(source, { verifyChecksums: true });
  expect(await entries.get("a")!.read(0, 100)).toEqual(bytes(100));
  expect(await entries.get("b")!.read(0, 300)).toEqual(bytes(300));
});

test("a storage that many tensors view is inflated a few times, not for each", async () => {
  const content = bytes(200_000);
  const memory = await openSource(deflated([{ name: "a", content }]));
  let readBytes = 0;
  const source = Object.assign(Object.create(memory) as typeof memory, {
    name: memory.name,
    size: memory.size,
    budget: memory.budget,
    read: (offset: number, length: number) => {
      readBytes += length;
      return memory.read(offset, length);
    },
  });
  const entry = (await readZip(source, { verifyChecksums: true })).get("a")!;
  for (let i = 0; i < 1000; i++) expect(await entry.read(150 * i, 100)).toEqual(content.slice(150 * i, 150 * i + 100));
  expect(readBytes).toBeLessThan(8 * memory.size);
});

describe("an archive is refused", () => {
  const content = bytes(3000);
  const patched = (archive: Uint8Array, patch: (view: DataView, directory: number) => void): Uint8Array => {
    const copy = archive.slice();
    const view = new DataView(copy.buffer);
    patch(view, view.getUint32(copy.length - 6, true));
    return copy;
  };
  const two = (): Promise<Uint8Array> =>
    zipOf([
      ["a", content],
      ["b", content],
    ]);

  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    [
      "if an entry comes twice",
      () =>
        zipOf([
          ["a", content],
          ["a", content],
        ]),
      /entry a comes twice/,
    ],
    ["if it is cut off", async () => (await two()).slice(0, -30), /directory is missing/],
    [
      "if entries overlap",
      async () => patched(await two(), (view, at) => view.setUint32(at + 47 + 42, 10, true)),
      /overlaps/,
    ],
    [
      "if an entry reaches into the directory",
      async () =>
        patched(await two(), (view, at) => [20, 24].forEach((field) => view.setUint32(at + 47 + field, 4000, true))),
      /overlaps the zip directory/,
    ],
    [
      "if an entry is encrypted",
      async () => patched(await two(), (view, at) => view.setUint16(at + 8, 1, true)),
      /encrypted/,
    ],
    [
      "if its compression is unknown",
      async () => patched(await two(), (view, at) => view.setUint16(at + 10, 93, true)),
      /method 93/,
    ],
    [
      "if a stored entry has two sizes",
      async () => patched(await two(), (view, at) => view.setUint32(at + 24, 7, true)),
      /stored, yet/,
    ],
    ["if it is split", async () => patched(await two(), (view, at) => view.setUint16(at + 34, 1, true)), /split/],
    [
      "if the directory lies about its entries",
      async () =>
        patched(await two(), (view) => [12, 14].forEach((back) => view.setUint16(view.byteLength - back, 3, true))),
      /announces 3 entries and has 2/,
    ],
    [
      "if 64-bit sizes are missing",
      async () => patched(await two(), (view, at) => view.setUint32(at + 24, 0xffffffff, true)),
      /lacks its 64-bit sizes/,
    ],
    [
      "if the header is elsewhere",
      async () => patched(await two(), (view) => view.setUint32(0, 7, true)),
      /not at byte 0/,
    ],
    ["if the names differ", async () => patched(await two(), (view) => view.setUint8(30, 0x7a)), /not at byte 0/],
    ["if a checksum differs", async () => patched(await two(), (view) => view.setUint8(200, 0)), /checksum/],
    [
      "if it inflates to more than it says",
      async () => deflated([{ name: "a", content, size: 100 }]),
      /more than the 100 bytes/,
    ],
    [
      "if it inflates to less than it says",
      async () => deflated([{ name: "a", content, size: 3001 }]),
      /inflates to 3000 bytes/,
    ],
    [
      "if it cannot inflate to so much",
      async () => deflated([{ name: "a", content, size: 2 ** 31 }]),
      /cannot inflate/,
    ],
    [
      "if it is a bomb",
      async () => deflated([{ name: "a", content: new Uint8Array(2 ** 25 + 2 ** 21) }]),
      /what zip entry a inflates to/,
    ],
    ["if its deflated data is rubbish", async () => deflated([{ name: "a", content, raw: bytes(500) }]), /damaged/],
  ])("%s", async (_, archive, reason) => {
    const reading = archive().then(readAll);
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(reason);
  });

  test("if a zip64 archive's directory lies outside the file", async () => {
    const archive = await zipOf([["a", content]], 0);
    new DataView(archive.buffer).setBigUint64(archive.length - 22 - 12, 2n ** 60n, true);
    await expect(readAll(archive)).rejects.toThrow(/zip64 directory/);
    for (const field of [16, 20]) {
      const volume = await zipOf([["a", content]], 0);
      // The record of the directory is 56 bytes long, its locator 20, the end 22.
      new DataView(volume.buffer).setUint32(volume.length - 22 - 20 - 56 + field, 1, true);
      await expect(readAll(volume), String(field)).rejects.toThrow("is one volume of a split zip archive");
    }
  });
});

test("a file that changes while it is read is noticed", async () => {
  const path = join(folder, "changing.pth");
  writeFileSync(path, await encodeTorch(fileTensor(Float32Array.of(1), [1])));
  const tensor = (await readTorch(path)) as FileTensor;
  writeFileSync(path, await encodeTorch(fileTensor(Float32Array.of(1, 2, 3), [3])));
  await expect(tensor.values()).rejects.toThrow(/changed since it was opened/);
});

test("an npz whose entry is no array is refused by name", async () => {
  await expect(readNpz(await zipOf([["x.npy", bytes(100)]]))).rejects.toThrow(/the array "x" is no npy file/);
});

describe.skipIf(!hasTorch)("forms that Python writes (skipped where it has no torch)", () => {
  test("pickle protocols 2 to 5, zip and legacy", async () => {
    await runPython(
      `import sys, torch
from collections import OrderedDict
for protocol in 2, 3, 4, 5:
    for form in True, False:
        value = OrderedDict(w=torch.arange(6.).view(2, 3).t(), n={'deep': (1, [2.5, None, 'é', 2**70, -2**40, True])})
        torch.save(value, f"{sys.argv[1]}/p{protocol}{form}.pth", pickle_protocol=protocol, _use_new_zipfile_serialization=form)`,
      folder,
    );
    for (const name of [2, 3, 4, 5].flatMap((protocol) => [`p${protocol}True`, `p${protocol}False`])) {
      const dict = asDict(await readTorch(join(folder, `${name}.pth`)));
      expect(await (dict.get("w") as FileTensor).values()).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5));
      expect(dict.get("n")).toEqual(new Map([["deep", new Tuple([1, [2.5, null, "é", 2n ** 70n, -(2 ** 40), true]])]]));
    }
  });

  test.each([
    ["deflated", "ZIP_DEFLATED", "False"],
    ["zip64", "ZIP_STORED", "True"],
    ["with data descriptors", "ZIP_STORED", "False"],
  ])("a checkpoint zipped again, %s", async (name, compression, zip64) => {
    const path = join(folder, `${name.replaceAll(" ", "-")}.pth`);
    await runPython(
      `import sys, zipfile
class Unseekable:
    def __init__(self, f): self.f = f
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
source = zipfile.ZipFile(sys.argv[1])
with open(sys.argv[2], 'wb') as f:
    with zipfile.ZipFile(Unseekable(f) if 'descriptors' in sys.argv[2] else f, 'w', zipfile.${compression}) as z:
        for i in source.infolist():
            with z.open(zipfile.ZipInfo(i.filename) if ${zip64} else i.filename, 'w', force_zip64=${zip64}) as e: e.write(source.read(i))`,
      fixture("module_state_dict_with_metadata_zip.pth"),
      path,
    );
    const [expected, actual] = [
      await loadTorch(fixture("module_state_dict_with_metadata_zip.pth")),
      await loadTorch(path),
    ];
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    for (const [key, tensor] of expected) expect(await actual.get(key)!.data()).toEqual(await tensor.data());
  });

  test("Python's zipfile finds nothing wrong with ours, zip64 included", async () => {
    for (const zip64From of [undefined, 0]) {
      const path = join(folder, "ours.zip");
      writeFileSync(
        path,
        await zipOf(
          [
            ["a/é", bytes(1000)],
            ["b", new Uint8Array(0)],
          ],
          zip64From,
        ),
      );
      expect(
        await runPython(
          "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist())",
          path,
        ),
      ).toBe("None ['a/é', 'b']");
    }
    expect(readFileSync(join(folder, "ours.zip")).length).toBeGreaterThan(1000);
  });
});
