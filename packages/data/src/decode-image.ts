import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/arguments";
import { FormatError, ValueError } from "@tapegrad/tensor/errors";
import { decodeJpeg } from "./decode-jpeg.ts";
import { decodePng } from "./decode-png.ts";
import { defaultMaxPixels } from "./picture.ts";
import type { DecodeOptions, Picture } from "./picture.ts";

/**
 * Decodes a JPEG or PNG file to the pixels that `PIL.Image.open(file).convert("RGB")` gives, and so torchvision's loaders.
 *
 * The kind is known by the first bytes, whatever the file is called. Grey is copied to all three channels, palettes are looked
 * up, transparency is dropped without blending, orientation (EXIF) and colour profiles are ignored.
 *
 * @param bytes the whole file.
 * @throws FormatError naming the file, if it is truncated, damaged, larger than `maxPixels`, or neither JPEG nor PNG.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  if (!(bytes instanceof Uint8Array))
    throw new ValueError(`decodeImage: expected the bytes of a file, got ${showValue(bytes)}`);
  refuseUnknownOptions("decodeImage", options, ["name", "maxPixels"]);
  const { name = "picture", maxPixels = defaultMaxPixels } = options;
  if (!(typeof maxPixels === "number" && maxPixels > 0))
    throw new ValueError(`decodeImage: maxPixels must be positive, got ${showValue(maxPixels)}`);
  if (startsWith(bytes, jpegStart)) return decodeJpeg(bytes, { name, maxPixels });
  if (startsWith(bytes, pngStart)) return decodePng(bytes, { name, maxPixels });
  if (bytes.length === 0) throw new FormatError(name, "empty file");
  const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new FormatError(name, `neither JPEG nor PNG: it begins with ${start}`);
}

const jpegStart = [0xff, 0xd8, 0xff];
const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
