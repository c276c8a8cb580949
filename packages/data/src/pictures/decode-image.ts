import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/arguments";
import { FormatError, ValueError } from "@tapegrad/tensor/errors";
import { decodeJpeg } from "./jpeg/decode-jpeg.ts";
import { type DecodeOptions, type Picture, pictureLimits } from "./picture.ts";
import { decodePng } from "./png/decode-png.ts";

/**
 * Decodes a JPEG or PNG file to the pixels that `PIL.Image.open(file).convert("RGB")` gives, and so torchvision's loaders.
 *
 * The kind is known by the first bytes, whatever the file is called. Grey is copied to all three channels, palettes are looked
 * up, transparency is dropped without blending, orientation (EXIF) and colour profiles are ignored.
 *
 * @param bytes the whole file.
 * @throws FormatError naming the file, if it is truncated, damaged, dearer than `maxPixels` or `maxWork` allow, or neither JPEG nor PNG.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  if (!(bytes instanceof Uint8Array))
    throw new ValueError(`decodeImage: expected the bytes of a file, got ${showValue(bytes)}`);
  refuseUnknownOptions("decodeImage", options, ["name", "maxPixels", "maxWork"]);
  const { name = "picture" } = options;
  const limits = { name, ...pictureLimits("decodeImage", options) };
  if (startsWith(bytes, jpegStart)) return decodeJpeg(bytes, limits);
  if (startsWith(bytes, pngStart)) return decodePng(bytes, limits);
  if (bytes.length === 0) throw new FormatError(name, "empty file");
  const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new FormatError(name, `neither JPEG nor PNG: it begins with ${start}`);
}

const jpegStart = [0xff, 0xd8, 0xff];
const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
