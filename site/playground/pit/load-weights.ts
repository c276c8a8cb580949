import { findStateDict, type FileTensor, loadInto, readSafetensors, readTorch, withoutPrefix } from "@tapegrad/formats";
import type { LeNet } from "@tapegrad/models/lenet";
import { FormatError, ValueError } from "@tapegrad/tensor";

/** What a file of weights held. */
export interface LoadedWeights {
  readonly file: string;
  readonly tensors: number;
  readonly values: number;
}

/** A page should not try more. */
const mostBytes = 2 ** 29;

/**
 * Reads a PyTorch checkpoint or a safetensors file into the model. Nothing of it leaves the page, and nothing in it is run.
 *
 * @throws ValueError or FormatError if it is no such file, damaged, hostile or too large. @throws StateDictError if it is another network's.
 */
export async function loadWeights(model: LeNet, file: File): Promise<LoadedWeights> {
  if (file.size > mostBytes)
    throw new ValueError(`${file.name} has ${file.size} bytes; the page reads ${mostBytes} at most`);
  const dict = await readStateDict(file);
  await loadInto(model, dict);
  const values = [...dict.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return { file: file.name, tensors: dict.size, values };
}

async function readStateDict(file: File): Promise<ReadonlyMap<string, FileTensor>> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  // Safetensors begin with the size of their header, 64 bits, and the header with {.
  const isSafetensors = /\.safetensors$/i.test(file.name) || (bytes[8] === 0x7b && bytes[7] === 0 && bytes[6] === 0);
  try {
    if (isSafetensors) return withoutPrefix((await readSafetensors(bytes)).tensors, "module.");
    return findStateDict(await readTorch(bytes));
  } catch (error) {
    // Readers of bytes do not know the file's name.
    if (error instanceof FormatError) throw new FormatError(file.name, error.reason, { cause: error });
    throw error;
  }
}
