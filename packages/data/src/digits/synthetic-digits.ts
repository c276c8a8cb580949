import { Generator } from "@tapegrad/tensor";
import { checkElements, checkInteger, checkSeed, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { normals } from "@tapegrad/tensor/random";
import { ImageDataset } from "../datasets/image-dataset.ts";
import { digitStrokes } from "./digit-strokes.ts";
import { drawStrokes, type Pen } from "./draw-strokes.ts";

/** How many digits, and which. */
export interface SyntheticDigitsOptions {
  readonly count: number;
  /** Another seed gives other digits; the same seed the same, on every machine. @default 0 */
  readonly seed?: number | string;
}

/**
 * Pictures of hand-drawn-looking digits, made up on the spot: no files, no download.
 *
 * Each is one of several ways to write its digit, drawn with a pen of random width and softness after a random turn (to ±15°),
 * slant, size, shift and a smooth distortion, with noise. Fewer digits of a seed are the first of more. Only arithmetic that is
 * the same on every machine is used.
 *
 * Shape of the inputs: `[n, 1, 28, 28]`; ink is bright, as in MNIST. Some 7,000 digits a second.
 *
 * @throws ValueError if `count` is not a positive integer.
 */
export function syntheticDigits(options: SyntheticDigitsOptions): ImageDataset {
  refuseUnknownOptions("syntheticDigits", options, ["count", "seed"]);
  const { count, seed = 0 } = options;
  checkInteger("syntheticDigits", "count", count, 1);
  checkElements("syntheticDigits", [count, size, size]);
  checkSeed("syntheticDigits", "seed", seed);
  const generator = new Generator(`digits ${seed}`);
  const images = new Uint8Array(count * size * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = generator.integer(digitStrokes.length);
    images.set(drawDigit(labels[i]!, generator), i * size * size);
  }
  return new ImageDataset({ images, labels, shape: [1, size, size], ...digitStatistics });
}

/** Mean and standard deviation of the pictures, as parts of 255. */
const digitStatistics = { mean: 0.113, std: 0.252 };
const size = 28;

function drawDigit(digit: number, generator: Generator): Uint8Array {
  const variants = digitStrokes[digit]!;
  const strokes = variants[generator.integer(variants.length)]!;
  const picture = new Float32Array(size * size);
  const pen = randomPen(generator);
  drawStrokes(strokes, pen, picture, size);
  const noise = normals(generator, size * size);
  const strength = between(generator, 0, 0.05);
  const ink = between(generator, 0.8, 1);
  return Uint8Array.from(picture, (value, i) =>
    Math.round(255 * Math.min(1, Math.max(0, value * ink + strength * noise[i]!))),
  );
}

function randomPen(generator: Generator): Pen {
  const radius = between(generator, 0.7, 1.6);
  const softness = between(generator, 0.8, 2);
  const distort = randomDistortion(generator);
  const place = randomPlacement(generator);
  return { radius, softness, place: (x, y) => place(...distort(x, y)) };
}

/** Turns, slants, scales and shifts the unit square onto the picture. */
function randomPlacement(generator: Generator): Pen["place"] {
  // The tangent of half the angle gives sine and cosine by arithmetic alone.
  const half = between(generator, -0.1317, 0.1317);
  const [cos, sin] = [(1 - half * half) / (1 + half * half), (2 * half) / (1 + half * half)];
  const slant = between(generator, -0.25, 0.25);
  const scale = between(generator, 16, 21);
  const [width, height] = [scale * between(generator, 0.75, 1.05), scale];
  const [left, top] = [13.5 + between(generator, -2, 2), 13.5 + between(generator, -2, 2)];
  return (x, y) => {
    const v = (y - 0.5) * height;
    const u = (x - 0.5) * width - slant * v;
    return [left + cos * u - sin * v, top + sin * u + cos * v];
  };
}

/** Moves the corners, edges and centre of the unit square a little, and everything between them smoothly. */
function randomDistortion(generator: Generator): Pen["place"] {
  const moves = Array.from({ length: 18 }, () => between(generator, -0.09, 0.09));
  const weights = (t: number): readonly number[] => [2 * (t - 0.5) * (t - 1), 4 * t * (1 - t), 2 * t * (t - 0.5)];
  return (x, y) => {
    const [wx, wy] = [weights(x), weights(y)];
    let [dx, dy] = [0, 0];
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        const weight = wy[row]! * wx[column]!;
        dx += weight * moves[2 * (3 * row + column)]!;
        dy += weight * moves[2 * (3 * row + column) + 1]!;
      }
    }
    return [x + dx, y + dy];
  };
}

function between(generator: Generator, low: number, high: number): number {
  return low + (high - low) * generator.next();
}
