import { showValue } from "@tapegrad/tensor/arguments";
import { FormatError, ValueError } from "@tapegrad/tensor/errors";

/** A decoded picture: red, green and blue bytes, pixel by pixel and row by row, as in torchvision's `PIL.Image` of mode RGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  /** `height · width · 3` bytes. */
  readonly data: Uint8Array;
}

/** A black picture, to be drawn on. */
export function blankPicture(width: number, height: number): Picture {
  return { width, height, channels: 3, data: new Uint8Array(width * height * 3) };
}

/** How dear a picture may be, which its file tells before anything is decoded. */
export interface PictureLimits {
  /** The most pixels that a picture may have. @default 2^26, about 8192 × 8192 */
  readonly maxPixels?: number;
  /**
   * The most work that decoding may be, in steps of about ten nanoseconds.
   *
   * A PNG takes a step for each byte of its pixels before compression, and 16 for each row. A JPEG takes one for each pixel, one
   * for each sample (pixels times components, fewer where colours are halved) and two for each byte of the file; if it is
   * progressive, for every 64 samples another 16, and 8 to 30 in each scan. The default is enough for photographs of 48
   * megapixels, or of 24 in a progressive JPEG. It bounds time to a second or two, and memory to 200 MB beside the picture.
   *
   * @default 150,000,000
   */
  readonly maxWork?: number;
}

/** What decoding needs to know of a picture file. */
export interface DecodeOptions extends PictureLimits {
  /** What errors call the file. @default "picture" */
  readonly name?: string;
}

/** The default of `maxPixels`. */
export const defaultMaxPixels: number = 2 ** 26;
const defaultMaxWork = 150_000_000;

/** The limits with defaults. @throws ValueError naming `op`, unless they are positive numbers. */
export function pictureLimits(
  op: string,
  { maxPixels = defaultMaxPixels, maxWork = defaultMaxWork }: PictureLimits,
): Required<PictureLimits> {
  for (const [option, limit] of Object.entries({ maxPixels, maxWork }))
    if (!(typeof limit === "number" && limit > 0))
      throw new ValueError(`${op}: ${option} must be positive, got ${showValue(limit)}`);
  return { maxPixels, maxWork };
}

/** `DecodeOptions` with defaults. */
export type DecodeLimits = Required<DecodeOptions>;

/** @throws FormatError naming the file, if the picture exceeds a limit. */
export function checkLimits(
  { width, height }: { readonly width: number; readonly height: number },
  work: number,
  { name, maxPixels, maxWork }: DecodeLimits,
): void {
  if (width * height > maxPixels)
    throw new FormatError(name, `${width}×${height} pixels are more than the limit of ${maxPixels} (maxPixels)`);
  if (work > maxWork)
    throw new FormatError(
      name,
      `${width}×${height} pixels take ${Math.ceil(work)} steps to decode, more than the limit of ${maxWork} (maxWork)`,
    );
}
