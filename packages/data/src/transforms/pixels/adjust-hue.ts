import { blankPicture, type Picture } from "../../pictures/picture.ts";

/**
 * Turns all hues by a part of the circle, from −0.5 to 0.5, through PIL's bytes of hue, saturation and value.
 *
 * @see https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Convert.c
 */
export function adjustHue({ width, height, data }: Picture, turn: number): Picture {
  const result = blankPicture(width, height);
  const shift = Math.trunc(turn * 255);
  for (let i = 0; i < data.length; i += 3) {
    const [h, s, v] = toHsv(data[i]!, data[i + 1]!, data[i + 2]!);
    writeRgb((h + shift) & 255, s, v, result.data, i);
  }
  return result;
}

const { fround } = Math;

function toHsv(r: number, g: number, b: number): readonly [h: number, s: number, v: number] {
  const most = Math.max(r, g, b);
  const least = Math.min(r, g, b);
  if (most === least) return [0, 0, most];
  const range = most - least;
  const [rc, gc, bc] = [fround((most - r) / range), fround((most - g) / range), fround((most - b) / range)];
  const sixths = r === most ? fround(bc - gc) : g === most ? fround(2 + rc - bc) : fround(4 + gc - rc);
  const hue = fround((sixths / 6 + 1) % 1);
  const saturation = fround(range / most);
  return [Math.trunc(hue * 255), Math.trunc(saturation * 255), most];
}

function writeRgb(h: number, s: number, v: number, rgb: Uint8Array, at: number): void {
  const sector = Math.floor((h * 6) / 255);
  const f = fround((h * 6) / 255 - sector);
  const fs = fround(s / 255);
  const p = Math.round(v * (1 - fs));
  const q = Math.round(v * (1 - fs * f));
  const t = Math.round(v * (1 - fs * (1 - f)));
  const [r, g, b] = s === 0 ? [v, v, v] : sectors[sector % 6]!(v, p, q, t);
  rgb[at] = r;
  rgb[at + 1] = g;
  rgb[at + 2] = b;
}

type Colour = readonly [red: number, green: number, blue: number];

/** Red, green and blue in each sixth of the circle. */
const sectors: readonly ((v: number, p: number, q: number, t: number) => Colour)[] = [
  (v, p, _q, t) => [v, t, p],
  (v, p, q) => [q, v, p],
  (v, p, _q, t) => [p, v, t],
  (v, p, q) => [p, q, v],
  (v, p, _q, t) => [t, p, v],
  (v, p, q) => [v, p, q],
];
