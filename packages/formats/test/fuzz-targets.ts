import { readFileSync } from "node:fs";
import { FileTensor, readNpy, readNpz, readSafetensors, readTorch, type TorchValue, Tuple } from "@tapegrad/formats";
import type { FuzzTarget } from "@tapegrad/test-support/fuzz/fuzz-target";
import { openSource } from "../src/io/open-source.ts";
import { readZip } from "../src/zip/read-zip.ts";
import { legacyCheckpoint, zipCheckpoint } from "./checkpoint-bytes.ts";
import { fixture } from "./golden.ts";
import { lyingNpy, lyingNpz, lyingPickle, lyingSafetensors } from "./lying-files.ts";

/** Storages that are large enough for every tensor in the examples. */
const storages: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Array.from({ length: 30 }, (_, key) => [key, new Uint8Array(100)]),
);

export const targets: readonly FuzzTarget[] = [
  {
    name: "PyTorch, zip",
    files: load(
      "state_dict_zip.pth",
      "checkpoint_nested_zip.pth",
      "module_state_dict_with_metadata_zip.pth",
      "whole_module_must_be_refused_zip.pth",
    ),
    make: async (random) => zipCheckpoint(lyingPickle(random), storages),
    read: async (bytes) => readAll(await readTorch(bytes)),
  },
  // Damage to an archive is mostly found before the pickle is looked at; here the archive is whole.
  {
    name: "PyTorch, pickle",
    files: await Promise.all(
      [...load("state_dict_zip.pth", "checkpoint_nested_zip.pth", "module_state_dict_with_metadata_zip.pth")].map(
        pickleIn,
      ),
    ),
    make: lyingPickle,
    read: async (bytes) => readAll(await readTorch(await zipCheckpoint(bytes, storages))),
  },
  {
    name: "PyTorch, legacy",
    files: load("state_dict_legacy.pth"),
    make: (random) => legacyCheckpoint(lyingPickle(random), ["0", "1", "2"], new Uint8Array(24)),
    read: async (bytes) => readAll(await readTorch(bytes)),
  },
  {
    name: "safetensors",
    files: load("state_dict.safetensors"),
    make: lyingSafetensors,
    read: async (bytes) => {
      for (const tensor of (await readSafetensors(bytes)).tensors.values()) await tensor.values();
    },
  },
  {
    name: "npy",
    files: load("f32_c.npy", "f64_fortran.npy", "i64_scalar.npy"),
    make: lyingNpy,
    read: async (bytes) => void (await (await readNpy(bytes)).values()),
  },
  {
    name: "npz",
    files: load("two.npz"),
    make: lyingNpz,
    read: async (bytes) => {
      for (const array of (await readNpz(bytes)).values()) await array.values();
    },
  },
];

function load(...names: readonly string[]): Uint8Array[] {
  return names.map((name) => new Uint8Array(readFileSync(fixture(name))));
}

/** The pickle of a zip checkpoint, without its final STOP. */
async function pickleIn(file: Uint8Array): Promise<Uint8Array> {
  const entries = await readZip(await openSource(file), { verifyChecksums: false });
  const pickle = [...entries.values()].find(({ name }) => name.endsWith("/data.pkl"))!;
  return pickle.read(0, pickle.byteLength - 1);
}

async function readAll(value: TorchValue): Promise<void> {
  if (value instanceof FileTensor) await value.values();
  else if (value instanceof Tuple) for (const item of value.items) await readAll(item);
  else if (value instanceof Map) for (const item of value.values()) await readAll(item as TorchValue);
  else if (Array.isArray(value)) for (const item of value as readonly TorchValue[]) await readAll(item);
}
