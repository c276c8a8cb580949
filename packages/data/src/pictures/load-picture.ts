import { Generator, type GeneratorState } from "@tapegrad/tensor/random";
import { readFileBounded } from "../files/read-file-bounded.ts";
import { applyAll } from "../transforms/compose.ts";
import type { Transform } from "../transforms/transform.ts";
import { decodeImage } from "./decode-image.ts";
import type { PictureLimits } from "./picture.ts";

/** A picture file, and the seed of what chance does to it. */
export interface PictureRequest {
  readonly file: string;
  readonly seed: string;
}

/** What the transforms made of a picture, and where their generator stands. */
export interface LoadedPicture {
  readonly value: unknown;
  readonly state: GeneratorState;
}

/** Reads, decodes and transforms a picture on this thread. @throws FormatError naming the file. */
export async function loadPicture(
  { file, seed }: PictureRequest,
  transforms: readonly Transform<never, unknown>[],
  limits: PictureLimits,
): Promise<LoadedPicture> {
  const picture = await decodeImage(readFileBounded(file, MAX_FILE_BYTES), { name: file, ...limits });
  const generator = new Generator(seed);
  return { value: applyAll(transforms, picture, generator), state: generator.getState() };
}

const MAX_FILE_BYTES = 2 ** 28;
