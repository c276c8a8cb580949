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

/** What decoding needs to know of a picture file. */
export interface DecodeOptions {
  /** What errors call the file. @default "picture" */
  readonly name?: string;
  /** The most pixels that a picture may have. @default 2^26, about 8192 × 8192 */
  readonly maxPixels?: number;
}

/** The default of `maxPixels`. */
export const defaultMaxPixels: number = 2 ** 26;
