import { DTypeError, type Tensor } from "@tapegrad/tensor";
import type { Bytes } from "../io/bytes.ts";
import { type Content, contentOfTensor, preceded } from "../io/content.ts";
import type { FileTensor } from "../io/file-tensor.ts";
import { checkSavable, entriesOfTensors, type NamedTensors } from "../io/named-tensors.ts";
import { collectBytes, type Sink } from "../io/sink.ts";
import { writeAtomically } from "../io/write-atomically.ts";
import { ZipWriter } from "../zip/zip-writer.ts";
import { npyCode } from "./npy-header.ts";

/**
 * Writes an array for `numpy.load`, bit for bit. The path names the old file or the whole new one, never a part;
 * links and permissions stay.
 *
 * @throws DTypeError if it is bfloat16, which numpy lacks.
 */
export async function saveNpy(path: string | URL, array: Tensor | FileTensor): Promise<void> {
  const content = npyContent(array);
  await writeAtomically(path, (sink) => write(sink, content));
}

/** The bytes that `saveNpy` would write. */
export async function encodeNpy(array: Tensor | FileTensor): Promise<Bytes> {
  const content = npyContent(array);
  return collectBytes((sink) => write(sink, content));
}

/**
 * Writes arrays under their names for `numpy.load`, without compression.
 *
 * @throws ValueError if something is no tensor. @throws DTypeError if one is bfloat16, which numpy lacks.
 */
export async function saveNpz(path: string | URL, arrays: NamedTensors): Promise<void> {
  const contents = entriesOfTensors("saveNpz", arrays).map(
    ([name, array]) => [`${name}.npy`, npyContent(array)] as const,
  );
  await writeAtomically(path, async (sink) => {
    const zip = new ZipWriter(sink);
    for (const [name, content] of contents) await zip.add(name, content);
    await zip.finish();
  });
}

function npyContent(array: Tensor | FileTensor): Content {
  checkSavable("saveNpy", array, "array");
  return preceded(npyHeader(array), contentOfTensor(array));
}

async function write(sink: Sink, content: Content): Promise<void> {
  for await (const piece of content.pieces()) await sink.write(piece);
}

/** The header of version 1, padded so that the data begins at a multiple of 64. */
function npyHeader({ dtype, shape }: Tensor | FileTensor): Uint8Array {
  const code = npyCode(dtype);
  if (code === null) throw new DTypeError(`saveNpy: numpy has no dtype for ${dtype}; save it as another one`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${code}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const size = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const text = `\x93NUMPY\x01\x00${String.fromCharCode((size - 10) & 255, (size - 10) >>> 8)}${dict.padEnd(size - 11)}\n`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
