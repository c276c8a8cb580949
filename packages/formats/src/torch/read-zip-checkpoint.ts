import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import { FileStorage } from "../io/file-storage.ts";
import { readZip } from "../zip/read-zip.ts";
import type { ZipEntry } from "../zip/zip-entry.ts";
import { checkTree } from "./check-tree.ts";
import { parseStorageId, type StorageId } from "./storage-id.ts";
import type { TorchValue } from "./torch-value.ts";
import { unpickle } from "./unpickle.ts";

/** Reads the zip form: `name/data.pkl`, `name/data/0`, `name/data/1`, …, `name/version` and perhaps `name/byteorder`. */
export async function readZipCheckpoint(source: ByteSource, verifyChecksums: boolean): Promise<TorchValue> {
  const entries = await readZip(source, { verifyChecksums });
  const pickle = findPickle(source, entries);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const bigEndian = await isBigEndian(source, entries.get(`${folder}byteorder`));
  const storages = new Map<string, FileStorage>();

  const persistentLoad = (value: unknown): FileStorage => {
    const id = parseStorageId(source.name, value);
    const known = storages.get(id.key);
    if (known !== undefined) return sameStorage(source, known, id);
    const label = labelOf(id.key);
    if (id.view !== null) throw new FormatError(source.name, `${label} is a view, which zip checkpoints do not have`);
    const entry = entries.get(`${folder}data/${id.key}`);
    if (entry === undefined) throw new FormatError(source.name, `${label} is missing from the archive`);
    const { element, count } = id;
    const storage = new FileStorage({ source, label, ...element, count, bigEndian }).locate(entry);
    storages.set(id.key, storage);
    return storage;
  };
  source.budget.spend(pickle.byteLength, "its pickle");
  const { value } = unpickle(await pickle.read(0, pickle.byteLength), 0, { source, persistentLoad });
  return checkTree(source, value);
}

/** What errors call a storage. */
export function labelOf(key: string): string {
  return `storage ${JSON.stringify(key.slice(0, 40))}`;
}

/** A storage that is named again. @throws FormatError if as something else than the first time. */
export function sameStorage(source: ByteSource, known: FileStorage, { key, element, count }: StorageId): FileStorage {
  if (known.dtypeName === element.dtypeName && known.count === count) return known;
  throw new FormatError(
    source.name,
    `${labelOf(key)} is ${known.count} ${known.dtypeName} here and ${count} ${element.dtypeName} there`,
  );
}

function findPickle(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>): ZipEntry {
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined)
    throw new FormatError(source.name, "is a zip archive, but no PyTorch checkpoint: it has no data.pkl in a folder");
  if (pickles.length > 1) throw new FormatError(source.name, `has ${pickles.length} checkpoints in one archive`);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  if (entries.has(`${folder}constants.pkl`))
    throw new FormatError(
      source.name,
      "refused: it is a TorchScript archive, which holds code; save a state dict instead",
    );
  return pickle;
}

async function isBigEndian(source: ByteSource, entry: ZipEntry | undefined): Promise<boolean> {
  if (entry === undefined) return false;
  const order = entry.byteLength > 16 ? "?" : new TextDecoder().decode(await entry.read(0, entry.byteLength));
  if (order === "little" || order === "big") return order === "big";
  throw new FormatError(source.name, `has a byte order that is neither little nor big, but ${JSON.stringify(order)}`);
}
