import { blankPicture, type Picture } from "../../pictures/picture.ts";

/** The picture's negative. */
export function invert(picture: Picture): Picture {
  const to = table((level) => 255 - level);
  return mapped(picture, () => to);
}

/** Only the first bits of each level are kept. */
export function posterize(picture: Picture, bits: number): Picture {
  const to = table((level) => level & ~(2 ** (8 - bits) - 1));
  return mapped(picture, () => to);
}

/** Levels from `threshold` on are inverted. */
export function solarize(picture: Picture, threshold: number): Picture {
  const to = table((level) => (level < threshold ? level : 255 - level));
  return mapped(picture, () => to);
}

/** The levels of each channel spread from its darkest to its brightest: `PIL.ImageOps.autocontrast`. */
export function autocontrast(picture: Picture): Picture {
  return mapped(picture, (channel) => {
    const counts = countsOf(picture, channel);
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return table((level) => level);
    const scale = 255 / (high - low);
    return table((level) => Math.trunc(level * scale - low * scale));
  });
}

/** The levels of each channel moved so that all occur about as often: `PIL.ImageOps.equalize`. */
export function equalize(picture: Picture): Picture {
  const total = picture.width * picture.height;
  return mapped(picture, (channel) => {
    const counts = countsOf(picture, channel);
    const brightest = counts[counts.findLastIndex((count) => count > 0)] ?? 0;
    const step = Math.floor((total - brightest) / 255);
    if (step === 0) return table((level) => level);
    let before = Math.floor(step / 2);
    return table((level) => {
      const to = Math.floor(before / step);
      before += counts[level]!;
      return to;
    });
  });
}

function table(to: (level: number) => number): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 256 }, (_, level) => to(level));
}

/** How often each level occurs in a channel. */
function countsOf({ data }: Picture, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = channel; i < data.length; i += 3) counts[data[i]!]!++;
  return counts;
}

/** Each channel's levels changed by a table. */
function mapped({ width, height, data }: Picture, tableOf: (channel: number) => Uint8ClampedArray): Picture {
  const result = blankPicture(width, height);
  for (let channel = 0; channel < 3; channel++) {
    const to = tableOf(channel);
    for (let i = channel; i < data.length; i += 3) result.data[i] = to[data[i]!]!;
  }
  return result;
}
