import { FormatError } from "@tapegrad/tensor";
import { checkBoolean, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import type { ByteSource } from "../io/byte-source.ts";
import { type FileInput, openSource } from "../io/open-source.ts";
import { checkLimits, limitNames, type ReadLimits } from "../io/read-limits.ts";
import { readLegacy } from "./read-legacy.ts";
import { readZipCheckpoint } from "./read-zip-checkpoint.ts";
import type { TorchValue } from "./torch-value.ts";

/** How a checkpoint is read. */
export interface ReadTorchOptions extends ReadLimits {
  /**
   * Whether tensors that are read whole must match their checksums, as far as they have at most 4 million elements. `saveTorch` writes
   * them, PyTorch may leave them out, and the legacy form has none. @default false
   */
  readonly checksums?: boolean;
}

/**
 * Reads what `torch.save` wrote: the zip form (since PyTorch 1.6) and the legacy form before it.
 *
 * The structure is read at once and checked; tensors come as `FileTensor`s, whose values are read when asked for, so a
 * file of any size takes little memory. Nothing in the file is ever run: the unpickler knows tensors, dicts, lists,
 * tuples, text and numbers. Other functions and classes may be referred to, and come as `PythonName`s; whatever else is done with
 * them is refused by name.
 *
 * @throws FormatError, naming the file and the reason, if the file is damaged, hostile or of another kind, or exceeds a
 *   limit.
 * @throws ValueError if an option is not as described.
 */
export async function readTorch(input: FileInput, options: ReadTorchOptions = {}): Promise<TorchValue> {
  refuseUnknownOptions("readTorch", options, ["checksums", ...limitNames]);
  const { checksums = false, ...limits } = options;
  checkBoolean("readTorch", "checksums", checksums);
  const source = await openSource(input, checkLimits("readTorch", limits));
  return source.held(async () => {
    const head = await source.read(0, Math.min(source.size, 512));
    if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return readZipCheckpoint(source, checksums);
    if (startsWith(head, [0x80])) return readLegacy(source);
    throw new FormatError(source.name, describeOther(source, head));
  });
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.length >= start.length && start.every((byte, i) => bytes[i] === byte);
}

/** What the file probably is instead. */
function describeOther({ size }: ByteSource, head: Uint8Array): string {
  const text = (from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
  if (size === 0) return "is empty";
  if (text(257, 262) === "ustar")
    return "is a checkpoint from before PyTorch 0.1.10 (tar); load and save it with PyTorch once";
  if (text(1, 4) === "HDF") return "is an HDF5 file, as Keras writes, not a PyTorch checkpoint";
  if (text(1, 6) === "NUMPY") return "is a numpy array; read it with readNpy";
  if (head[8] === 0x7b) return "looks like safetensors; read it with readSafetensors";
  return "is no PyTorch checkpoint: it begins neither like a zip archive nor like a pickle";
}
