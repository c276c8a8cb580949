import type { JpegFile } from "./jpeg-file.ts";

/** Turns a row of components into red, green and blue bytes. */
export type WriteColours = (
  rows: readonly Uint8ClampedArray[],
  width: number,
  rgb: Uint8ClampedArray,
  to: number,
) => void;

/** From the file's colours to RGB, with the arithmetic of libjpeg and, for print colours, of Pillow. */
export const writeColours: Readonly<Record<JpegFile["colours"], WriteColours>> = {
  grey([grey], width, rgb, to) {
    for (let x = 0; x < width; x++, to += 3) rgb[to] = rgb[to + 1] = rgb[to + 2] = grey![x]!;
  },

  rgb([red, green, blue], width, rgb, to) {
    for (let x = 0; x < width; x++, to += 3) {
      rgb[to] = red![x]!;
      rgb[to + 1] = green![x]!;
      rgb[to + 2] = blue![x]!;
    }
  },

  ycc([luma, blueness, redness], width, rgb, to) {
    const [ys, cbs, crs] = [luma!, blueness!, redness!];
    for (let x = 0; x < width; x++, to += 3) {
      const [y, cb, cr] = [ys[x]!, cbs[x]!, crs[x]!];
      rgb[to] = y + redOfCr[cr]!;
      rgb[to + 1] = y + ((greenOfCb[cb]! + greenOfCr[cr]!) >> 16);
      rgb[to + 2] = y + blueOfCb[cb]!;
    }
  },

  // Print colours are stored inverted: 255 is no ink. Pillow believes so of all files.
  cmyk([cyan, magenta, yellow, black], width, rgb, to) {
    for (let x = 0; x < width; x++, to += 3) {
      const light = black![x]!;
      rgb[to] = throughInk(255 - cyan![x]!, light);
      rgb[to + 1] = throughInk(255 - magenta![x]!, light);
      rgb[to + 2] = throughInk(255 - yellow![x]!, light);
    }
  },

  ycck(rows, width, rgb, to) {
    writeColours.ycc(rows, width, rgb, to);
    const black = rows[3]!;
    for (let x = 0; x < width; x++, to += 3) {
      const light = black[x]!;
      for (let c = 0; c < 3; c++) rgb[to + c] = throughInk(rgb[to + c]!, light);
    }
  },
};

/** `light · (1 − ink / 255)`, rounded as Pillow does. */
function throughInk(ink: number, light: number): number {
  const product = ink * light + 128;
  return light - (((product >> 8) + product) >> 8);
}

const byLevel = (weight: number, rounding: number, shift: number): Int32Array =>
  Int32Array.from({ length: 256 }, (_, level) => (Math.round(weight * 65536) * (level - 128) + rounding) >> shift);
const redOfCr = byLevel(1.402, 32768, 16);
const blueOfCb = byLevel(1.772, 32768, 16);
const greenOfCr = byLevel(-0.71414, 0, 0);
const greenOfCb = byLevel(-0.34414, 32768, 0);
