import { blankPicture, type Picture } from "../../pictures/picture.ts";

/** How a pixel is found from those of the other size. */
export type Interpolation = "nearest" | "bilinear" | "bicubic" | "lanczos";

/**
 * A picture in another size, with Pillow's arithmetic to the bit: columns first, then rows; weights in 22-bit fixed point; bytes
 * in between.
 *
 * When shrinking, filters are stretched to cover all pixels that fall together (antialiasing), except `nearest`.
 *
 * @see https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c
 */
export function resample(picture: Picture, width: number, height: number, interpolation: Interpolation): Picture {
  if (interpolation === "nearest") return nearest(picture, width, height);
  const filter = filters[interpolation];
  const across =
    width === picture.width ? picture : resampleColumns(picture, filterWeights(picture.width, width, filter));
  return height === picture.height ? across : resampleRows(across, filterWeights(picture.height, height, filter));
}

interface Filter {
  /** How far from its centre the filter reaches, in pixels. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const filters: Readonly<Record<Exclude<Interpolation, "nearest">, Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Keys' cubic with a = −½. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** For each new pixel: the first old pixel that matters, and the weights of it and those after it. */
type Weights = readonly { readonly first: number; readonly weights: Int32Array }[];

const PRECISION_BITS = 32 - 8 - 2;

function filterWeights(from: number, to: number, { support, weight }: Filter): Weights {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const exact = Array.from({ length: end - first }, (__, x) => weight((x + first - center + 0.5) * (1 / stretch)));
    const total = exact.reduce((sum, each) => sum + each, 0);
    const weights = Int32Array.from(exact, (each) => {
      const fixed = (total === 0 ? each : each / total) * 2 ** PRECISION_BITS;
      return Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
    return { first, weights };
  });
}

function resampleColumns({ width, height, data }: Picture, columns: Weights): Picture {
  const result = blankPicture(columns.length, height);
  for (let y = 0, to = 0; y < height; y++) {
    for (const { first, weights } of columns) {
      weigh(data, (y * width + first) * 3, 3, weights, result.data, to);
      to += 3;
    }
  }
  return result;
}

function resampleRows({ width, data }: Picture, rows: Weights): Picture {
  const result = blankPicture(width, rows.length);
  let to = 0;
  for (const { first, weights } of rows) {
    for (let x = 0; x < width; x++) {
      weigh(data, (first * width + x) * 3, width * 3, weights, result.data, to);
      to += 3;
    }
  }
  return result;
}

/** One new pixel: the weighted sum of pixels `step` bytes apart, rounded and cut off at 0 and 255. */
function weigh(
  data: Uint8Array,
  from: number,
  step: number,
  weights: Int32Array,
  result: Uint8Array,
  to: number,
): void {
  let red = 1 << (PRECISION_BITS - 1);
  let green = red;
  let blue = red;
  for (let i = 0; i < weights.length; i++, from += step) {
    const weight = weights[i]!;
    red += data[from]! * weight;
    green += data[from + 1]! * weight;
    blue += data[from + 2]! * weight;
  }
  result[to] = toByte(red >> PRECISION_BITS);
  result[to + 1] = toByte(green >> PRECISION_BITS);
  result[to + 2] = toByte(blue >> PRECISION_BITS);
}

function toByte(level: number): number {
  return level < 0 ? 0 : level > 255 ? 255 : level;
}

/** The old pixel under each new pixel's centre; positions are summed up step by step, as Pillow does, to round alike. */
function nearest(picture: Picture, width: number, height: number): Picture {
  if (width === picture.width && height === picture.height) return picture;
  const result = blankPicture(width, height);
  const columns = nearestIndices(picture.width, width);
  let to = 0;
  for (const row of nearestIndices(picture.height, height)) {
    for (const column of columns) {
      const from = (row * picture.width + column) * 3;
      result.data[to++] = picture.data[from]!;
      result.data[to++] = picture.data[from + 1]!;
      result.data[to++] = picture.data[from + 2]!;
    }
  }
  return result;
}

function nearestIndices(from: number, to: number): readonly number[] {
  const scale = from / to;
  let position = scale * 0.5;
  return Array.from({ length: to }, () => {
    const index = Math.trunc(position);
    position += scale;
    return index;
  });
}
