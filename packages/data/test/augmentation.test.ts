import {
  type Batch,
  Compose,
  CutMix,
  DataLoader,
  GaussianBlur,
  type Interpolation,
  MixUp,
  type Padding,
  type PaddingMode,
  Pad,
  type Picture,
  type PictureValues,
  prefetch,
  RandomAffine,
  RandomApply,
  RandomChoice,
  type RandomAffineOptions,
  RandomErasing,
  RandAugment,
  RandomAdjustSharpness,
  RandomAutocontrast,
  RandomEqualize,
  RandomGrayscale,
  RandomInvert,
  RandomPosterize,
  RandomResizedCrop,
  RandomRotation,
  RandomSolarize,
  RandomVerticalFlip,
  syntheticDigits,
  ToTensor,
  TrivialAugmentWide,
  type Transform,
} from "@tapegrad/data";
import { DTypeError, Generator, IndexError, ShapeError, tensor, zeros } from "@tapegrad/tensor";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleBeta } from "../src/transforms/batches/sample-beta.ts";
import { applyAll, isRandom } from "../src/transforms/compose.ts";
import { type Box, randomBox } from "../src/transforms/options/random-box.ts";
import type { Affine } from "../src/transforms/pixels/affine-matrix.ts";
import { blurPicture } from "../src/transforms/pixels/blur-picture.ts";
import { rotatePicture, type Turning } from "../src/transforms/pixels/rotate-picture.ts";
import { warpPicture } from "../src/transforms/pixels/warp-picture.ts";
import { eraseBox } from "../src/transforms/random-erasing.ts";
import { splitPortable, transformFromSpec } from "../src/transforms/transform-from-spec.ts";
import { type PlainPicture, readJson, toPicture } from "./picture-cases.ts";

/** What torchvision makes of small pictures and of a batch; see make_warped.py. */
const golden = readJson<{
  readonly pictures: readonly PlainPicture[];
  readonly cases: readonly { op: string; picture: number; args: readonly unknown[]; result: PlainPicture }[];
  readonly erased: readonly { shape: PictureValues["shape"]; by: readonly number[]; result: readonly number[] }[];
  readonly batch: { inputs: readonly number[]; targets: readonly number[] };
  readonly mixed: readonly { op: string; lam: number; x: number; y: number; inputs: number[]; targets: number[] }[];
}>("warped.json");

const augmented = readJson<{
  readonly width: number;
  readonly height: number;
  readonly data: readonly number[];
  readonly cases: readonly {
    readonly kind: "RandAugment" | "TrivialAugmentWide";
    readonly name: string;
    readonly strength: number;
    readonly negative: boolean;
    readonly data: readonly number[];
  }[];
  readonly large: readonly number[];
  readonly changes: Readonly<Record<string, readonly number[]>>;
}>("augmented.json");

const always = new Generator(0);
const quarter: Turning = { interpolation: "nearest", expand: true, center: null, fill: 0 };

describe("torchvision's pixels, given what chance draws", () => {
  const of = ({ width, height, data }: { width: number; height: number; data: readonly number[] }): Picture => ({
    width,
    height,
    channels: 3,
    data: Uint8Array.from(data),
  });

  test("by each augmentation of RandAugment and TrivialAugmentWide", () => {
    const picture = of(augmented);
    expect(augmented.cases).toHaveLength(112);
    for (const { kind, name, strength, negative, data } of augmented.cases) {
      const changed =
        kind === "RandAugment"
          ? new RandAugment({ magnitude: strength }).change(picture, name, negative)
          : new TrivialAugmentWide().change(picture, name, strength, negative);
      expect([...changed.data], `${kind} ${name} ${strength}`).toEqual(data);
    }
  });

  test.each<[string, Transform<Picture, Picture>]>([
    ["autocontrast", new RandomAutocontrast(1)],
    ["equalize", new RandomEqualize(1)],
    ["invert", new RandomInvert(1)],
    ["posterize", new RandomPosterize(3, 1)],
    ["solarize", new RandomSolarize(100.5, 1)],
    ["sharper", new RandomAdjustSharpness(2.5, 1)],
    ["smoother", new RandomAdjustSharpness(0, 1)],
  ])("by %s", (name, transform) => {
    const picture = of({ width: 24, height: 24, data: augmented.large });
    expect([...transform.apply(picture, new Generator(0)).data]).toEqual(augmented.changes[name]);
    expect(transform.apply(of({ width: 0, height: 0, data: [] }), new Generator(0)).data).toHaveLength(0);
  });

  test("RandAugment makes as many changes as asked for, and all of them in time", () => {
    const picture = of(augmented);
    expect(new RandAugment({ numOps: 0 }).apply(picture, new Generator(0))).toEqual(picture);
    const seen = new Set<string>();
    class Told extends TrivialAugmentWide {
      override change(given: Picture, name: string, strength: number, negative: boolean): Picture {
        seen.add(`${name} ${negative}`);
        return super.change(given, name, strength, negative);
      }
    }
    const generator = new Generator("all");
    for (let i = 0; i < 300; i++) new Told().apply(picture, generator);
    expect(seen.size).toBe(28);
  });

  const operations: Readonly<Record<string, (picture: Picture, args: readonly never[]) => Picture>> = {
    rotate: (picture, [degrees, turning]) => rotatePicture(picture, degrees!, turning! as Turning),
    affine: (picture, [affine, options]) =>
      new RandomAffine(0, options! as RandomAffineOptions).change(picture, affine! as Affine),
    resizedCrop: (picture, [box, size, interpolation]) =>
      new RandomResizedCrop(size!, { interpolation: interpolation! as Interpolation }).cut(picture, box! as Box),
    blur: (picture, [across, down, sigma]) => blurPicture(picture, across!, down!, sigma!),
    verticalFlip: (picture) => new RandomVerticalFlip(1).apply(picture, always),
    pad: (picture, [padding, fill, mode]) =>
      new Pad(padding! as Padding, { fill: fill!, paddingMode: mode! as PaddingMode }).apply(picture),
  };

  test.each(Object.keys(operations))("%s", (op) => {
    const mine = golden.cases.filter((each) => each.op === op);
    expect(mine.length).toBeGreaterThanOrEqual(5);
    for (const { args, picture, result } of mine)
      expect(
        operations[op]!(toPicture(golden.pictures[picture]!), args as never),
        `${op}(${JSON.stringify(args)}) of picture ${picture}`,
      ).toEqual(toPicture(result));
  });

  test("erase", () => {
    for (const { shape, by, result } of golden.erased) {
      const values = Float32Array.from({ length: shape[0] * 20 }, (_, i) => i);
      const erased = eraseBox({ values, shape }, { top: 1, left: 2, height: 2, width: 3 }, by);
      expect(erased).toEqual({ values: Float32Array.from(result), shape });
    }
  });

  test.each(golden.mixed)("$op with a share of $lam", async ({ op, lam, x, y, ...expected }) => {
    const batch: Batch = {
      inputs: reshape(tensor([...golden.batch.inputs]), [4, 2, 3, 5]),
      targets: tensor(Int32Array.from(golden.batch.targets)),
    };
    const mixed =
      op === "mixUp"
        ? new MixUp({ numClasses: 3 }).mix(batch, lam)
        : new CutMix({ numClasses: 3 }).cut(batch, lam, x, y);
    expect([mixed.inputs.shape, mixed.targets.shape, mixed.targets.dtype]).toEqual([[4, 2, 3, 5], [4, 3], "float32"]);
    expectClose(await mixed.inputs.data(), expected.inputs, { rtol: 1e-6, atol: 1e-6 });
    expectClose(await mixed.targets.data(), expected.targets, { rtol: 1e-6, atol: 1e-6 });
    // Probabilities of probabilities: what is mixed may be mixed again.
    expect(new MixUp({ numClasses: 3 }).mix(mixed, 0.5).targets.shape).toEqual([4, 3]);
  });
});

const pictures = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }), seed: fc.nat() })
  .map(({ width, height, seed }): Picture => {
    const random = new Generator(seed);
    const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    return { width, height, channels: 3, data };
  });
const interpolations = fc.constantFrom("nearest" as const, "bilinear" as const, "bicubic" as const);

describe("laws", () => {
  test("turning by 360° or not at all, and the identity of all maps, change nothing", () => {
    fc.assert(
      fc.property(pictures, interpolations, fc.constantFrom(0, 360, -720), (picture, interpolation, angle) => {
        expect(new RandomRotation([angle, angle], { interpolation }).apply(picture, always)).toEqual(picture);
        expect(new RandomAffine(0, { interpolation }).apply(picture, always)).toEqual(picture);
        const { width, height } = picture;
        expect(warpPicture(picture, width, height, [1, 0, 0, 0, 1, 0], interpolation, 9)).toEqual(picture);
      }),
    );
  });

  test("four quarter turns, two half turns, and two flips undo themselves", () => {
    fc.assert(
      fc.property(pictures, interpolations, (picture, interpolation) => {
        const turn = (degrees: number): RandomRotation =>
          new RandomRotation([degrees, degrees], { interpolation, expand: true });
        const times = (count: number, transform: Transform<Picture, Picture>): Picture =>
          Array.from({ length: count }).reduce<Picture>((each) => transform.apply(each, always), picture);
        expect(times(4, turn(90))).toEqual(picture);
        expect(times(2, turn(180))).toEqual(picture);
        expect(turn(270).apply(turn(90).apply(picture, always), always)).toEqual(picture);
        expect(times(2, new RandomVerticalFlip(1))).toEqual(picture);
      }),
    );
  });

  test("a shift by whole pixels shows the old pixels where they went, and the fill elsewhere", () => {
    fc.assert(
      fc.property(
        pictures,
        interpolations,
        fc.integer({ min: -5, max: 5 }),
        fc.integer({ min: -5, max: 5 }),
        (picture, interpolation, dx, dy) => {
          const { width, height, data } = picture;
          const moved = new RandomAffine(0, { interpolation, fill: 77 }).change(picture, {
            ...{ angle: 0, scale: 1, shear: [0, 0] },
            translate: [dx, dy],
          });
          const expected = data.map((_, i) => {
            const [x, y] = [(Math.floor(i / 3) % width) - dx, Math.floor(i / 3 / width) - dy];
            const inside = x >= 0 && x < width && y >= 0 && y < height;
            return inside ? data[(y * width + x) * 3 + (i % 3)]! : 77;
          });
          expect(moved.data).toEqual(expected);
        },
      ),
    );
  });

  test("a picture of one colour stays so where it lies inside, whatever the map", () => {
    fc.assert(
      fc.property(pictures, interpolations, fc.nat(255), fc.nat(), (picture, interpolation, level, seed) => {
        const plain = { ...picture, data: picture.data.map(() => level) };
        const random = new Generator(seed);
        const warp = new RandomAffine(180, {
          ...{ interpolation, fill: level, scale: [0.3, 3], shear: [-40, 40, -40, 40], translate: [1, 1] },
        });
        expect(warp.apply(plain, random)).toEqual(plain);
        const turned = new RandomRotation(180, { interpolation, fill: level, expand: true }).apply(plain, random);
        expect(turned.data.every((each) => each === level)).toBe(true);
        expect(turned.width).toBeGreaterThanOrEqual(Math.min(plain.width, plain.height));
      }),
    );
  });

  test("a resized crop has the size asked, and its part the area and ratio asked, or is the middle", () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: 1, max: 9 }), fc.nat(), (picture, size, seed) => {
        const crop = new RandomResizedCrop([size, size + 1]).apply(picture, new Generator(seed));
        expect([crop.height, crop.width]).toEqual([size, size + 1]);
        const frame = { width: 400, height: 300 };
        const fits = (height: number, width: number): boolean => height <= 300 && width <= 400;
        const box = randomBox(frame, [0.1, 0.5], [0.5, 2], fits, new Generator(seed));
        if (box === null) return;
        const { top, left, height, width } = box;
        expect(top >= 0 && left >= 0 && top + height <= 300 && left + width <= 400).toBe(true);
        expect(Math.abs((height * width) / 120_000 - 0.3)).toBeLessThan(0.21);
        expect(width / height).toBeGreaterThan(0.49);
        expect(width / height).toBeLessThan(2.05);
      }),
    );
    // No part of a ratio near 1 and the whole area fits: the middle, as wide as allowed.
    const wide: Picture = { width: 9, height: 1, channels: 3, data: Uint8Array.from({ length: 27 }, (_, i) => i) };
    const middle = new RandomResizedCrop(1, { scale: [1, 1], ratio: [1, 1] }).apply(wide, always);
    expect([...middle.data]).toEqual([12, 13, 14]);
    const high = { ...wide, width: 1, height: 9 };
    expect([...new RandomResizedCrop(1, { scale: [1, 1], ratio: [1, 1] }).apply(high, always).data]).toEqual([
      12, 13, 14,
    ]);
  });

  test("erasing changes one box and nothing else; its area, ratio and chance are those asked", () => {
    const shape = [2, 30, 40] as const;
    const values = new Float32Array(2400).fill(5);
    const erasing = new RandomErasing({ scale: [0.1, 0.2], ratio: [0.5, 1.5], value: [1, 2] });
    let erased = 0;
    const random = new Generator(11);
    for (let i = 0; i < 200; i++) {
      const result = erasing.apply({ values, shape }, random);
      if (result.values === values) continue;
      erased++;
      const rows = new Set<number>();
      const columns = new Set<number>();
      const tally = [0, 0];
      result.values.forEach((value, at) => {
        if (value === 5) return;
        tally[value === (at < 1200 ? 1 : 2) ? value - 1 : 2]!++;
        rows.add(Math.floor((at % 1200) / 40));
        columns.add(at % 40);
      });
      expect(tally).toEqual([rows.size * columns.size, rows.size * columns.size]);
      expect(Math.abs((rows.size * columns.size) / 1200 - 0.15)).toBeLessThan(0.065);
      expect(rows.size / columns.size).toBeGreaterThan(0.44);
      expect(rows.size / columns.size).toBeLessThan(1.7);
    }
    expect(Math.abs(erased / 200 - 0.5)).toBeLessThan(0.15);
    expect(values.every((value) => value === 5)).toBe(true);
    const noise = new RandomErasing({ p: 1, scale: [0.9, 0.9], ratio: [0.75, 0.75], value: "random" });
    const drawn = [...noise.apply({ values, shape }, random).values].filter((value) => value !== 5);
    const mean = drawn.reduce((a, b) => a + b) / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(0.12);
    expect(Math.abs(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length - 1)).toBeLessThan(0.15);
    expect(() => new RandomErasing({ p: 1, value: [1, 2, 3] }).apply({ values, shape }, random)).toThrow(
      new ShapeError("RandomErasing: 3 values for 2 channels"),
    );
    expect(() => noise.apply({ width: 1, height: 1, channels: 3, data: new Uint8Array(3) } as never, random)).toThrow(
      "RandomErasing: expected the values that ToTensor gives",
    );
  });

  test("angles, shifts and enlargements are drawn from all of their ranges", () => {
    const dot: Picture = { width: 41, height: 41, channels: 3, data: new Uint8Array(41 * 41 * 3) };
    dot.data[(20 * 41 + 30) * 3] = 255; // 10 to the right of the middle
    const places = (transform: Transform<Picture, Picture>): readonly { x: number; y: number }[] =>
      Array.from({ length: 200 }, () => transform.apply(dot, random).data.indexOf(255) / 3)
        .filter((at) => at >= 0) // Between pixels it may be lost.
        .map((at) => ({ x: (at % 41) - 20, y: Math.floor(at / 41) - 20 }));
    const random = new Generator(4);
    const angles = places(new RandomRotation([20, 70])).map(({ x, y }) => (Math.atan2(-y, x) * 180) / Math.PI);
    expect(angles.length).toBeGreaterThan(100);
    expect(Math.min(...angles)).toBeLessThan(27);
    expect(Math.max(...angles)).toBeGreaterThan(63);
    expect(angles.every((angle) => angle > 14 && angle < 76)).toBe(true);
    const shifts = places(new RandomAffine(0, { translate: [0.1, 0.2] }));
    expect(new Set(shifts.map(({ x }) => x))).toEqual(new Set([6, 7, 8, 9, 10, 11, 12, 13, 14]));
    expect(new Set(shifts.map(({ y }) => y)).size).toBe(17);
  });

  test("a blur keeps one colour, and the same width spreads as far in both directions", () => {
    fc.assert(
      fc.property(pictures, fc.nat(255), fc.nat(), (picture, level, seed) => {
        fc.pre(picture.width > 2 && picture.height > 2);
        const plain = { ...picture, data: picture.data.map(() => level) };
        expect(new GaussianBlur([5, 3]).apply(plain, new Generator(seed))).toEqual(plain);
        const turned = rotatePicture(picture, 90, quarter);
        const once = new GaussianBlur([5, 3], 1).apply(picture, always);
        expect(new GaussianBlur([3, 5], 1).apply(turned, always)).toEqual(rotatePicture(once, 90, quarter));
      }),
    );
    expect(() =>
      new GaussianBlur(5).apply({ width: 2, height: 9, channels: 3, data: new Uint8Array(54) }, always),
    ).toThrow("cannot be mirrored 2 pixels far");
  });

  test("all or none are applied with probability p; one of several as often as its weight says", () => {
    const random = new Generator(2);
    const dark: Picture = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) };
    const tallies = new Map<number, number>();
    const pads = [new Pad(1), new Pad(2), new Pad(3)];
    const pick = new RandomChoice(pads, [1, 0, 3]);
    const maybe = new RandomApply([new Pad(1), new Pad(2)], 0.3);
    for (let i = 0; i < 1000; i++)
      for (const { width } of [pick.apply(dark, random), maybe.apply(dark, random)].map((each, at) => ({
        width: each.width + 100 * at,
      })))
        tallies.set(width, (tallies.get(width) ?? 0) + 1);
    expect([...tallies.keys()].sort((a, b) => a - b)).toEqual([3, 7, 101, 107]);
    expect(Math.abs(tallies.get(3)! - 250)).toBeLessThan(70);
    expect(Math.abs(tallies.get(107)! - 300)).toBeLessThan(75);
    expect(new Set(Array.from({ length: 60 }, () => new RandomChoice(pads).apply(dark, random).width)).size).toBe(3);
  });

  test("transforms of transforms go to other threads if all of their parts do", () => {
    class Mine extends Pad {}
    const portable = new Compose([
      new RandomChoice([new Compose([new Pad(1), new RandomVerticalFlip()]), new GaussianBlur(1)], [1, 2]),
      new RandomApply([new RandomRotation(30)], 0.6),
      new ToTensor(),
    ]);
    const { portable: specs, rest } = splitPortable(portable);
    expect([specs.length, rest.length]).toEqual([3, 0]);
    const twin = structuredClone(specs).map(transformFromSpec);
    fc.assert(
      fc.property(pictures, fc.nat(), (picture, seed) => {
        const once = portable.apply(picture, new Generator(seed));
        expect(applyAll(twin, picture, new Generator(seed))).toEqual(once);
      }),
      { numRuns: 30 },
    );
    const own: Transform<Picture, Picture> = { apply: (picture) => picture, spec: { name: "Mine", options: [] } };
    const unknown = [
      new RandomApply([own]),
      new RandomChoice([new Mine(1)]),
      new RandomApply([{ apply: (p: Picture) => p }]),
    ];
    for (const each of unknown) expect(splitPortable(each).portable).toEqual([]);
  });

  test("a transform that chance has a part in is known", () => {
    expect(isRandom(new Compose([new Pad(1), new ToTensor()]))).toBe(false);
    expect(isRandom(new Compose([new Pad(1), new Compose([new RandomGrayscale(), new ToTensor()])]))).toBe(true);
  });
});

describe("mixing batches", () => {
  test("shares are from the beta distribution", () => {
    for (const alpha of [0.2, 1, 3]) {
      const random = new Generator(`alpha ${alpha}`);
      const shares = Array.from({ length: 4000 }, () => sampleBeta(alpha, random));
      const mean = shares.reduce((a, b) => a + b) / shares.length;
      const variance = shares.reduce((sum, x) => sum + (x - mean) ** 2, 0) / shares.length;
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
      expect(variance * 4 * (2 * alpha + 1)).toBeGreaterThan(0.9);
      expect(variance * 4 * (2 * alpha + 1)).toBeLessThan(1.1);
    }
    const tiny = new Generator(1);
    for (let i = 0; i < 50; i++) expect(sampleBeta(1e-4, tiny)).not.toBeNaN();
  });

  test.each([new MixUp({ numClasses: 10, alpha: 0.8 }), new CutMix({ numClasses: 10 })])(
    "as a loader's batchTransform: the same in each run, other in each batch and epoch, to be learnt from",
    async (batchTransform) => {
      const make = (): DataLoader<never, Batch> =>
        new DataLoader(syntheticDigits({ count: 24 }), { batchSize: 8, seed: 3, batchTransform }) as never;
      const text = async (batches: AsyncIterable<Batch>): Promise<string[]> => {
        const all: string[] = [];
        for await (const { inputs, targets } of batches) {
          const rows = await targets.array();
          for (const row of rows as number[][]) expectClose([row.reduce((a, b) => a + b)], [1]);
          expect(Number.isFinite(await crossEntropy(zeros([8, 10]), targets).item())).toBe(true);
          all.push(`${[...(await inputs.data())].join()} ${[...(await targets.data())].join()}`);
        }
        return all;
      };
      const first = await text(make());
      expect(await text(prefetch(make()))).toEqual(first);
      expect(await text(make().batches(0, { start: 1 }))).toEqual(first.slice(1));
      const shares = new Set<string>();
      for (const epoch of [0, 1])
        for await (const { targets } of make().batches(epoch))
          shares.add(Math.min(...(await targets.data()).filter((part) => part > 0)).toFixed(4));
      expect(shares.size).toBeGreaterThan(3);
    },
  );

  test("refuses what cannot be mixed", () => {
    const up = new MixUp({ numClasses: 3 });
    const inputs = zeros([2, 1, 2, 2]);
    const classes = tensor(Int32Array.of(0, 1));
    expect(() => up.apply({ inputs, targets: tensor(Int32Array.of(0, 3)) }, always)).toThrow(IndexError);
    expect(() => up.apply({ inputs, targets: zeros([2]) }, always)).toThrow(
      new DTypeError("MixUp: targets must be int32 classes [n] or float32 probabilities [n, 3], got float32 [2]"),
    );
    expect(() => up.apply({ inputs: classes, targets: classes }, always)).toThrow(
      "MixUp: inputs must be float32, got int32",
    );
    expect(() => new CutMix({ numClasses: 3 }).apply({ inputs: zeros([2, 4]), targets: classes }, always)).toThrow(
      new ShapeError("CutMix: inputs must have at least 3 axes, got [2, 4]"),
    );
    expect(() => up.apply([1] as never, always)).toThrow("MixUp: expected a batch { inputs, targets }");
    const alone = { inputs: tensor([[5]]), targets: tensor(Int32Array.of(1)) };
    expect(up.mix(alone, 0.3).inputs.item()).toBeDefined();
  });
});
