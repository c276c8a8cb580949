import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { readSafetensors } from "@tapegrad/formats";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const bytes = 2 ** 31 + 64;

/** A safetensors file of a tensor of more than 2 GiB, zeros but for its last byte: it takes no room on the disk. */
function sparse(): string {
  const header = Buffer.from(`{"a":{"dtype":"U8","shape":[${bytes}],"data_offsets":[0,${bytes}]}}`);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(header.length);
  const path = join(folder, "sparse.safetensors");
  const file = openSync(path, "w");
  writeSync(file, Buffer.concat([head, header]));
  ftruncateSync(file, 8 + header.length + bytes);
  writeSync(file, Uint8Array.of(7), 0, 1, 8 + header.length + bytes - 1);
  closeSync(file);
  return path;
}

test("a tensor of more than 2 GiB is read part by part", async () => {
  const tensor = (await readSafetensors(sparse())).tensors.get("a")!;
  let [size, last] = [0, 0];
  for await (const piece of tensor.pieces()) {
    size += piece.length;
    last = piece.at(-1)!;
    if (size > 2 ** 24) break;
  }
  expect([size > 2 ** 24, last]).toEqual([true, 0]);
  expect(await tensor.storage.read(bytes - 2, 2)).toEqual(Uint8Array.of(0, 7));
});

const enough = freemem() > 6 * 2 ** 30;
if (!enough)
  console.warn("large-tensors.test.ts: less than 6 GiB of memory are free; reading 2 GiB at once is skipped");

describe.skipIf(!enough)("at once (skipped where less than 6 GiB of memory are free)", () => {
  test("2 GiB are read", { timeout: 300_000 }, async () => {
    const read = await (await readSafetensors(sparse())).tensors.get("a")!.bytes();
    expect([read.length, read.at(-1)]).toEqual([bytes, 7]);
  });
});
