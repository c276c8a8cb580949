import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import { FileStorage, regionOf } from "../io/file-storage.ts";
import { checkTree } from "./check-tree.ts";
import { EndOfPickle } from "./pickle-reader.ts";
import { labelOf, sameStorage } from "./read-zip-checkpoint.ts";
import { parseStorageId, type StorageView } from "./storage-id.ts";
import type { TorchValue } from "./torch-value.ts";
import { unpickle } from "./unpickle.ts";

const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;
/** Bytes that are read in the hope that the pickles end within them, and how many more the next time. */
const firstWindow = 2 ** 20;
const windowGrowth = 32;

/** What stands before the raw storages. */
interface Head {
  readonly value: TorchValue;
  readonly storages: ReadonlyMap<string, FileStorage>;
  readonly views: readonly { readonly view: StorageView; readonly storage: FileStorage; readonly root: FileStorage }[];
  /** Keys in the order in which the storages follow. */
  readonly keys: readonly string[];
  readonly end: number;
}

/**
 * Reads the legacy form: five pickles (magic number, protocol version, system, the object, storage keys), then each
 * storage as a 64-bit count and its elements, little-endian.
 */
export async function readLegacy(source: ByteSource): Promise<TorchValue> {
  const head = await readHead(source);
  await locateStorages(source, head);
  return head.value;
}

/** Where the pickles end is known only when they have been run, so the window on them grows until it is enough. */
async function readHead(source: ByteSource): Promise<Head> {
  for (let window = firstWindow; ; window *= windowGrowth) {
    const length = Math.min(window, source.size);
    const forget = source.budget.remember();
    source.budget.spend(length, "its pickles");
    try {
      return parseHead(source, await source.read(0, length));
    } catch (error) {
      if (!(error instanceof EndOfPickle) || length === source.size) throw error;
      forget();
    }
  }
}

function parseHead(source: ByteSource, bytes: Uint8Array): Head {
  const file = source.name;
  const storages = new Map<string, FileStorage>();
  const views: { view: StorageView; storage: FileStorage; root: FileStorage }[] = [];

  const persistentLoad = (value: unknown): FileStorage => {
    const id = parseStorageId(file, value);
    const { key, element, count, view } = id;
    const known = storages.get(key);
    const root =
      known === undefined
        ? new FileStorage({ source, label: labelOf(key), ...element, count })
        : sameStorage(source, known, id);
    storages.set(key, root);
    if (view === null) return root;
    const storage = new FileStorage({ source, label: `a view of ${root.label}`, ...element, count: view.count });
    views.push({ view, storage, root });
    return storage;
  };
  const refuseStorages = (): never => {
    throw new FormatError(file, "refused: it has a storage before its object");
  };

  let end = 0;
  const next = (load: (id: unknown) => unknown): unknown => {
    const result = unpickle(bytes, end, { source, persistentLoad: load });
    end = result.end;
    return result.value;
  };
  if (next(refuseStorages) !== magicNumber)
    throw new FormatError(file, "is a pickle, but no PyTorch checkpoint: the magic number is missing");
  const version = next(refuseStorages);
  if (version !== protocolVersion)
    throw new FormatError(
      file,
      `has the legacy version ${typeof version === "number" ? version : "?"}; ${protocolVersion} is read`,
    );
  const system = next(refuseStorages);
  if (!(system instanceof Map)) throw new FormatError(file, "lacks its system information");
  const value = checkTree(source, next(persistentLoad));
  const keys = next(refuseStorages);
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string"))
    throw new FormatError(file, "lacks its list of storages");
  return { value, storages, views, keys, end };
}

async function locateStorages(source: ByteSource, { storages, views, keys, end }: Head): Promise<void> {
  const located = new Set<string>();
  let offset = end;
  for (const key of keys) {
    const storage = storages.get(key);
    const label = labelOf(key);
    if (storage === undefined) throw new FormatError(source.name, `${label} belongs to no tensor`);
    if (located.has(key)) throw new FormatError(source.name, `${label} comes twice`);
    located.add(key);
    const count = new DataView((await source.read(offset, 8)).buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.count))
      throw new FormatError(source.name, `${label} has ${count} elements where ${storage.count} were announced`);
    storage.locate(regionOf(source, label, offset + 8, storage.byteLength));
    offset += 8 + storage.byteLength;
  }
  for (const key of storages.keys()) {
    if (!located.has(key)) throw new FormatError(source.name, `truncated: ${labelOf(key)} is missing`);
  }
  for (const { view, storage, root } of views) locateView(source, view, storage, root);
}

function locateView(source: ByteSource, { offset, count }: StorageView, storage: FileStorage, root: FileStorage): void {
  if (!(Number.isSafeInteger(offset) && offset >= 0 && count >= 0 && offset + count <= root.count)) {
    throw new FormatError(
      source.name,
      `${storage.label} takes elements ${offset} to ${offset + count} of ${root.count}`,
    );
  }
  const { elementBytes } = root;
  storage.locate({
    byteLength: count * elementBytes,
    read: (start, length) => root.read(offset + start / elementBytes, length / elementBytes),
  });
}
