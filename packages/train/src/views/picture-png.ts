import type { Shape } from "@tapegrad/tensor";
import { encode } from "fast-png";

/** A picture as a file. */
export interface PngPicture {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * A picture as PNG. Its least value becomes black and its largest white, so normalised ones are seen, too. Larger ones than `mostPixels`
 * a side are made smaller by leaving pixels out.
 *
 * @param shape channels (1 or 3), rows, columns.
 */
export function picturePng(
  values: ArrayLike<number>,
  [channels, rows, columns]: Shape,
  mostPixels: number,
): PngPicture {
  const [c, h, w] = [channels!, rows!, columns!];
  const step = Math.max(1, Math.ceil(Math.max(h, w) / mostPixels));
  const [height, width] = [Math.ceil(h / step), Math.ceil(w / step)];
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < c * h * w; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  const factor = high > low ? 255 / (high - low) : 0;
  const data = new Uint8Array(height * width * c);
  let at = 0;
  for (let y = 0; y < h; y += step)
    for (let x = 0; x < w; x += step)
      for (let channel = 0; channel < c; channel++)
        data[at++] = Math.round((values[(channel * h + y) * w + x]! - low) * factor);
  return { png: encode({ width, height, data, channels: c as 1 | 3, depth: 8 }), width, height };
}

/** Bytes as the address of a picture that stands in the page itself. */
export function pngAddress(png: Uint8Array): string {
  return `data:image/png;base64,${btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join(""))}`;
}
