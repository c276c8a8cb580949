import { DTypeError, type Tensor, ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import type { Bytes } from "../io/bytes.ts";
import { contentOfTensor } from "../io/content.ts";
import { type FileDType, layoutOf } from "../io/file-dtype.ts";
import type { FileTensor } from "../io/file-tensor.ts";
import { entriesOfTensors, type NamedTensors } from "../io/named-tensors.ts";
import { collectBytes, type Sink } from "../io/sink.ts";
import { writeAtomically } from "../io/write-atomically.ts";
import { dtypeNames } from "./safetensors-dtypes.ts";

/** How a safetensors file is written. */
export interface SaveSafetensorsOptions {
  /** Free text for the header. @default none */
  readonly metadata?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file: values bit for bit, dense, each fetched and written by itself. The path names the old file
 * or the whole new one, never a part; links and permissions stay.
 *
 * Tensors with wide elements come first, then by name, as the reference implementation orders them; so all are aligned.
 *
 * @throws ValueError if a tensor is named `__metadata__`, or something is no tensor. @throws DTypeError if one is of an `unknown` dtype.
 */
export async function saveSafetensors(
  path: string | URL,
  tensors: NamedTensors,
  options: SaveSafetensorsOptions = {},
): Promise<void> {
  await writeAtomically(path, prepare(tensors, options));
}

/** The bytes that `saveSafetensors` would write. */
export async function encodeSafetensors(tensors: NamedTensors, options: SaveSafetensorsOptions = {}): Promise<Bytes> {
  return collectBytes(prepare(tensors, options));
}

function prepare(tensors: NamedTensors, options: SaveSafetensorsOptions): (sink: Sink) => Promise<void> {
  refuseUnknownOptions("saveSafetensors", options, ["metadata"]);
  const { metadata } = options;
  const ordered = entriesOfTensors("saveSafetensors", tensors).sort(
    ([nameA, a], [nameB, b]) => bytesOf(b.dtype) - bytesOf(a.dtype) || compare(nameA, nameB),
  );
  const header = encodeHeader(
    ordered,
    metadata === undefined ? [] : metadata instanceof Map ? [...metadata] : Object.entries(metadata),
  );
  return async (sink) => {
    await sink.write(header);
    for (const [, tensor] of ordered)
      for await (const piece of contentOfTensor(tensor).pieces()) await sink.write(piece);
  };
}

function encodeHeader(
  ordered: readonly (readonly [string, Tensor | FileTensor])[],
  metadata: readonly (readonly [string, string])[],
): Uint8Array {
  const fields: string[] = [];
  // Written by hand, because an object would move names that look like numbers to the front.
  const field = (name: string, value: string): number => fields.push(`${JSON.stringify(name)}:${value}`);
  if (metadata.length > 0)
    field(
      "__metadata__",
      `{${metadata.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join(",")}}`,
    );
  let at = 0;
  for (const [name, { dtype, shape, size }] of ordered) {
    if (name === "__metadata__") throw new ValueError("saveSafetensors: no tensor can be named __metadata__");
    const code = dtypeNames.get(dtype);
    if (code === undefined)
      throw new DTypeError(`saveSafetensors: ${JSON.stringify(name)} is of a dtype that is not known`);
    const end = at + size * bytesOf(dtype);
    field(name, JSON.stringify({ dtype: code, shape, data_offsets: [at, end] }));
    at = end;
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  // Padded with spaces, so that the data begins at a multiple of 8.
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(json, 8);
  return bytes;
}

function bytesOf(dtype: FileDType): number {
  return layoutOf(dtype).bytes;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
