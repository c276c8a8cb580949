import type { HostValues } from "@tapegrad/tensor";
import type { Examples } from "../training/supervised.ts";
import type { Finding } from "./finding.ts";
import { rowsOf } from "./measures.ts";

/** Pictures are compared at no more than so many pixels a side. */
const side = 16;
/** Fewest pictures on either side, and most that are compared, spread over all: each is with each. */
const fewest = 48;
const most = 512;
/** By how many standard deviations counts must differ. */
const significant = 3;
/** The part of the batch that must be turned. */
const share = 0.25;
/** How well the held-out pictures must tell the batch's, turned or not, beside how well they tell each other. */
const alike = 0.7;

/** A way to turn a square picture, or any: where the pixel of a row and a column comes from. */
interface Turn {
  readonly name: string;
  readonly square: boolean;
  readonly from: (row: number, column: number, height: number, width: number) => readonly [number, number];
}

const turns: readonly Turn[] = [
  { name: "mirrored left to right", square: false, from: (i, j, _, w) => [i, w - 1 - j] },
  { name: "mirrored top to bottom", square: false, from: (i, j, h) => [h - 1 - i, j] },
  { name: "turned upside down", square: false, from: (i, j, h, w) => [h - 1 - i, w - 1 - j] },
  { name: "turned by a quarter", square: true, from: (i, j, h) => [j, h - 1 - i] },
  { name: "turned by a quarter", square: true, from: (i, j, _, w) => [w - 1 - j, i] },
  { name: "with rows for columns", square: true, from: (i, j) => [j, i] },
];

/** Small grey pictures with their labels. */
interface Pictures {
  readonly height: number;
  readonly width: number;
  readonly pixels: readonly Float32Array[];
  readonly labels: ArrayLike<number>;
}

/** How far a picture is from the nearest held-out one of its class, and from that of any other. */
interface Distances {
  readonly own: number;
  readonly other: number;
}

/** Parts of a set of pictures. */
interface Told {
  readonly count: number;
  /** Those nearest to their class as they are, and not when turned; the other way round; and either. */
  readonly asIs: number;
  readonly turned: number;
  readonly either: number;
  /** Those that are nearer to their class when turned. */
  readonly nearer: number;
}

/**
 * Whether pictures of the batch are turned, in data where that matters; null if not, or if it cannot be told.
 *
 * Each picture is told by its nearest neighbour among the held-out ones, as it is and turned. Where turning matters, held-out pictures are
 * told right as they are and wrong when turned, and hardly ever the other way round. If pictures of the batch are, a flip has made them.
 */
export async function turnedPictures(batch: Examples, heldOut: Examples): Promise<Finding | null> {
  const [own, known] = [await picturesOf(batch), await picturesOf(heldOut)];
  if (own === null || known === null || own.height !== known.height || own.width !== known.width) return null;
  const [ownAsIs, knownAsIs] = [distancesOf(own, own.pixels, known), distancesOf(known, known.pixels, known)];
  let [found, most]: [Finding | null, number] = [null, 0];
  for (const turn of turns) {
    if (turn.square && own.height !== own.width) continue;
    const told = toldOf(own, ownAsIs, turn, known);
    if (told.turned <= most || !isTurned(told, toldOf(known, knownAsIs, turn, known))) continue;
    [found, most] = [turned(turn.name, told), told.turned];
  }
  return found;
}

/** Whether parts of the batch are told when turned, as held-out pictures are not. */
function isTurned(own: Told, known: Told): boolean {
  const deviation = (of: (told: Told) => number): number => Math.sqrt(of(own) / own.count + of(known) / known.count);
  const differing = ({ asIs, turned }: Told): number => asIs + turned;
  const matters = known.asIs - known.turned > significant * Math.sqrt(differing(known) / known.count);
  const fewerRight = known.asIs - known.turned - (own.asIs - own.turned);
  return (
    matters &&
    fewerRight > significant * deviation(differing) &&
    own.nearer - known.nearer > significant * deviation(({ nearer }) => nearer * (1 - nearer)) &&
    own.turned >= share * known.asIs + (1 - share) * known.turned &&
    own.either > alike * known.either
  );
}

function toldOf(pictures: Pictures, asIs: readonly Distances[], turn: Turn, known: Pictures): Told {
  const turned = distancesOf(
    pictures,
    pictures.pixels.map((each) => turnedBy(turn, each, pictures)),
    known,
  );
  const right = ({ own, other }: Distances): boolean => own < other;
  const part = (of: (before: Distances, after: Distances) => boolean): number =>
    asIs.filter((each, i) => of(each, turned[i]!)).length / asIs.length;
  return {
    count: asIs.length,
    asIs: part((before, after) => right(before) && !right(after)),
    turned: part((before, after) => right(after) && !right(before)),
    either: part((before, after) => right(before) || right(after)),
    nearer: part((before, after) => after.own < before.own),
  };
}

/** The distances of pictures, turned or not, from the known ones, but for themselves. */
function distancesOf({ pixels: own, labels }: Pictures, pixels: readonly Float32Array[], known: Pictures): Distances[] {
  return pixels.map((picture, index) => {
    const nearest = { own: Infinity, other: Infinity };
    for (const [i, other] of known.pixels.entries()) {
      if (known.pixels === own && i === index) continue;
      const kind = known.labels[i] === labels[index] ? "own" : "other";
      let distance = 0;
      for (let k = 0; k < picture.length && distance < nearest[kind]; k++) distance += (picture[k]! - other[k]!) ** 2;
      nearest[kind] = Math.min(nearest[kind], distance);
    }
    return nearest;
  });
}

function turnedBy({ from }: Turn, picture: Float32Array, { height, width }: Pictures): Float32Array {
  return picture.map((_, at) => {
    const [i, j] = from(Math.floor(at / width), at % width, height, width);
    return picture[i * width + j]!;
  });
}

/** Pictures that are small enough to compare; null if there are too few, or they are none with classes. */
async function picturesOf({ inputs, targets }: Examples): Promise<Pictures | null> {
  if (inputs.rank !== 4 || inputs.dtype !== "float32" || targets.dtype !== "int32" || targets.rank !== 1) return null;
  const [count, , h, w] = inputs.shape as readonly [number, number, number, number];
  if (count < fewest || targets.size !== count || h < 4 || w < 4) return null;
  const cell = Math.ceil(Math.max(h, w) / side);
  const [height, width] = [Math.floor(h / cell), Math.floor(w / cell)];
  const { row } = await rowsOf(inputs);
  const small = (values: HostValues): Float32Array => {
    const pixels = new Float32Array(height * width);
    const [top, left] = [(h - height * cell) >> 1, (w - width * cell) >> 1];
    for (let at = 0; at < values.length; at++) {
      const [i, j] = [Math.floor(((Math.floor(at / w) % h) - top) / cell), Math.floor(((at % w) - left) / cell)];
      if (i >= 0 && i < height && j >= 0 && j < width) pixels[i * width + j]! += values[at]!;
    }
    return pixels;
  };
  const chosen = Array.from({ length: Math.min(count, most) }, (_, i) =>
    Math.floor((i * count) / Math.min(count, most)),
  );
  const labels = await targets.data();
  const pixels = chosen.map((i) => blurred(small(row(i)), width));
  return { height, width, pixels, labels: chosen.map((i) => labels[i]!) };
}

/** A picture whose edges may be a little elsewhere: weights 1 2 1, both ways. */
function blurred(picture: Float32Array, width: number): Float32Array {
  const at = (i: number, j: number): number => (j < 0 || j >= width ? 0 : (picture[i * width + j] ?? 0));
  const row = (i: number, j: number): number => at(i, j - 1) + 2 * at(i, j) + at(i, j + 1);
  return picture.map((_, k) => {
    const [i, j] = [Math.floor(k / width), k % width];
    return row(i - 1, j) + 2 * row(i, j) + row(i + 1, j);
  });
}

function turned(how: string, { count, asIs, turned: only }: Told): Finding {
  return {
    fault: "turnedPictures",
    layers: [],
    verdict: `${(100 * only).toFixed(0)}% of the pictures of the batch look like held-out ones of their class only when ${how}, as held-out ones do not: a flip or a rotation may have made something else of them than their labels say`,
    evidence: { examples: count, asTheyAre: asIs, turned: only },
    cure: "leave out flips and large rotations where they change what a picture shows, as of digits, letters and arrows; if labels hold all the same, all is well",
  };
}
