import { checkFunction, readOptions } from "@tapegrad/tensor/internal";
import type { Bytes } from "../io/bytes.ts";
import { type Content, contentOf } from "../io/content.ts";
import { collectBytes, type Sink } from "../io/sink.ts";
import { writeAtomically } from "../io/write-atomically.ts";
import { ZipWriter } from "../zip/zip-writer.ts";
import { pickle, type TorchSavable } from "./pickle.ts";

/** How a checkpoint is written. */
export interface SaveTorchOptions {
  /**
   * Which int32 tensors, by their key, become int64, as PyTorch expects.
   *
   * @default keys that end in `num_batches_tracked`
   */
  readonly asInt64?: (key: string) => boolean;
}

/**
 * Writes a checkpoint that `torch.load` opens (the zip form, PyTorch 1.6 and later): a state dict, or any nesting of
 * dicts, lists, numbers and text with tensors in it.
 *
 * ```ts
 * await saveTorch("model.pth", model.stateDict());
 * ```
 *
 * Values are written bit for bit; tensors that share a storage share it in the file. They are fetched and written one
 * after the other. The path names the old file or the whole new one, never a part; links and permissions stay.
 *
 * @throws ValueError if something in the value cannot be saved, before anything is written.
 * @throws FileError if the file system refuses.
 */
export async function saveTorch(
  path: string | URL,
  value: TorchSavable,
  options: SaveTorchOptions = {},
): Promise<void> {
  const write = prepare(value, options);
  await writeAtomically(path, write);
}

/** The bytes that `saveTorch` would write. */
export async function encodeTorch(value: TorchSavable, options: SaveTorchOptions = {}): Promise<Bytes> {
  return collectBytes(prepare(value, options));
}

function prepare(value: TorchSavable, options: SaveTorchOptions): (sink: Sink) => Promise<void> {
  const { asInt64 } = readOptions("saveTorch", options, { asInt64: [isCounter, checkFunction] });
  const { bytes, storages } = pickle(value, { asInt64 });
  return async (sink) => {
    const zip = new ZipWriter(sink);
    const text = (value: string): Content => contentOf(new TextEncoder().encode(value));
    await zip.add("archive/data.pkl", contentOf(bytes));
    await zip.add("archive/byteorder", text("little"));
    for (const { key, content } of storages) await zip.add(`archive/data/${key}`, content);
    await zip.add("archive/version", text("3\n"));
    await zip.finish();
  };
}

function isCounter(key: string): boolean {
  return key === "num_batches_tracked" || key.endsWith(".num_batches_tracked");
}
