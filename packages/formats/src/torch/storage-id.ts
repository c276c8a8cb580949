import { FormatError } from "@tapegrad/tensor";
import { StorageClass } from "./find-global.ts";
import { refusal } from "./pickle-global.ts";
import type { TorchDType } from "./torch-dtypes.ts";
import { PythonName, Tuple } from "./torch-value.ts";

/** What a persistent id says of a storage. */
export interface StorageId {
  readonly key: string;
  readonly element: TorchDType;
  /** Number of elements. */
  readonly count: number;
  /** The part of the storage that is meant, in legacy files with views of storages. */
  readonly view: StorageView | null;
}

export interface StorageView {
  readonly key: string;
  readonly offset: number;
  readonly count: number;
}

/** Understands `("storage", class, key, location, count[, view])`. @throws FormatError if it is anything else. */
export function parseStorageId(file: string, id: unknown): StorageId {
  const items: readonly unknown[] = id instanceof Tuple ? id.items : [];
  const [kind, storageClass, key, location, count, view = null, ...rest] = items;
  if (storageClass instanceof PythonName) throw refusal(file, storageClass.name);
  const fits =
    kind === "storage" &&
    storageClass instanceof StorageClass &&
    typeof key === "string" &&
    typeof location === "string" &&
    typeof count === "number" &&
    rest.length === 0;
  if (!fits)
    throw new FormatError(
      file,
      `refused: its pickle has a persistent id that is no storage${typeof kind === "string" ? ` but ${JSON.stringify(kind.slice(0, 40))}` : ""}`,
    );
  return { key, element: storageClass.element, count, view: parseView(file, view) };
}

function parseView(file: string, view: unknown): StorageView | null {
  if (view === null) return null;
  const [key, offset, count, ...rest]: readonly unknown[] = view instanceof Tuple ? view.items : [];
  if (typeof key !== "string" || typeof offset !== "number" || typeof count !== "number" || rest.length > 0) {
    throw new FormatError(file, "its pickle has a storage with a malformed view");
  }
  return { key, offset, count };
}
