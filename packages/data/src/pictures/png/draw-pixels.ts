import type { PngChunks, PngHeader } from "./read-png-chunks.ts";

/** Writes `count` pixels of a row, whose bytes begin at `at`, into `rgb` from `to` on, `step` bytes apart. */
export type DrawPixels = (
  row: Uint8Array,
  at: number,
  count: number,
  rgb: Uint8Array,
  to: number,
  step: number,
) => void;

/** How the pixels of a file become red, green and blue bytes. */
export function pixelDrawer({ header, palette }: PngChunks): DrawPixels {
  const { bitDepth, samples } = header;
  if (header.colour) return drawColours(bitDepth / 8, (samples * bitDepth) / 8);
  if (bitDepth === 16 && samples === 1) return drawCutGrey;
  if (bitDepth > 8 || samples > 1) return drawGrey((samples * bitDepth) / 8);
  return drawIndexed(bitDepth, palette ?? greyPalette(header));
}

/** @param pixel bytes from pixel to pixel; @param sample from sample to sample, of which the first is shown. */
function drawColours(sample: number, pixel: number): DrawPixels {
  return (row, at, count, rgb, to, step) => {
    if (pixel === 3 && step === 3) {
      rgb.set(row.subarray(at, at + 3 * count), to);
      return;
    }
    for (let i = 0; i < count; i++, at += pixel, to += step) {
      rgb[to] = row[at]!;
      rgb[to + 1] = row[at + sample]!;
      rgb[to + 2] = row[at + 2 * sample]!;
    }
  };
}

function drawGrey(pixel: number): DrawPixels {
  return (row, at, count, rgb, to, step) => {
    for (let i = 0; i < count; i++, at += pixel, to += step) rgb[to] = rgb[to + 1] = rgb[to + 2] = row[at]!;
  };
}

/** 16 bits, of which all above 255 is white. */
const drawCutGrey: DrawPixels = (row, at, count, rgb, to, step) => {
  for (let i = 0; i < count; i++, at += 2, to += step)
    rgb[to] = rgb[to + 1] = rgb[to + 2] = row[at] === 0 ? row[at + 1]! : 255;
};

/** Numbers of 1 to 8 bits, the first of a byte on its left, that stand for colours. */
function drawIndexed(bitDepth: number, palette: Uint8Array): DrawPixels {
  const mask = (1 << bitDepth) - 1;
  return (row, at, count, rgb, to, step) => {
    let shift = 8;
    for (let i = 0; i < count; i++, to += step) {
      shift -= bitDepth;
      const entry = 3 * ((row[at]! >> shift) & mask);
      rgb[to] = palette[entry]!;
      rgb[to + 1] = palette[entry + 1]!;
      rgb[to + 2] = palette[entry + 2]!;
      if (shift > 0) continue;
      shift = 8;
      at++;
    }
  };
}

function greyPalette({ bitDepth }: PngHeader): Uint8Array {
  const largest = (1 << bitDepth) - 1;
  return Uint8Array.from({ length: 3 * (largest + 1) }, (_, i) => (Math.floor(i / 3) * 255) / largest);
}
