import { readFileSync } from "node:fs";
import {
  CenterCrop,
  ColorJitter,
  Compose,
  CutMix,
  decodeImage,
  Grayscale,
  MixUp,
  Normalize,
  Pad,
  type Picture,
  RandomAffine,
  RandomCrop,
  RandomErasing,
  RandAugment,
  RandomAdjustSharpness,
  RandomGrayscale,
  RandomSolarize,
  TrivialAugmentWide,
  RandomHorizontalFlip,
  RandomResizedCrop,
  RandomRotation,
  RandomVerticalFlip,
  Resize,
  ToTensor,
  type Transform,
} from "@tapegrad/data";
import { Generator, ShapeError, ValueError } from "@tapegrad/tensor";
import type { GoldenTensor } from "@tapegrad/test-support";
import { expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { adjustHue } from "../src/transforms/pixels/adjust-hue.ts";
import { adjustBrightness, adjustContrast, adjustSaturation } from "../src/transforms/pixels/blend.ts";
import { cropPicture } from "../src/transforms/pixels/crop-picture.ts";
import { padPicture } from "../src/transforms/pixels/pad-picture.ts";
import { transformFromSpec } from "../src/transforms/transform-from-spec.ts";
import { readAdjustedCases } from "./picture-cases.ts";

interface GoldenTransforms {
  readonly pngBase64: string;
  readonly imageHWC: GoldenTensor;
  readonly uint8Results: Readonly<Record<string, GoldenTensor>>;
  readonly resize4x5_ToTensor_Normalize_imagenet: GoldenTensor;
}

const golden = JSON.parse(
  readFileSync(new URL("../../test-support/fixtures/torch/transforms_pil.json", import.meta.url), "utf8"),
) as GoldenTransforms;
const generator = new Generator(0);

describe("torchvision's golden results", () => {
  let picture: Picture;
  beforeAll(async () => {
    picture = await decodeImage(Uint8Array.from(Buffer.from(golden.pngBase64, "base64")));
  });

  test("the picture itself", () => {
    expect([picture.height, picture.width, 3]).toEqual(golden.imageHWC.shape);
    expect([...picture.data]).toEqual(golden.imageHWC.data);
  });

  test.each<[string, Transform<Picture, Picture>]>([
    ["Resize(6)", new Resize(6)],
    ["Resize((4,5))", new Resize([4, 5])],
    ["Resize((18,26))", new Resize([18, 26])],
    ["Resize((4,5),nearest)", new Resize([4, 5], { interpolation: "nearest" })],
    ["CenterCrop(5)", new CenterCrop(5)],
    ["CenterCrop(11)", new CenterCrop(11)],
    ["hflip", new RandomHorizontalFlip(1)],
  ])("%s", (name, transform) => {
    const { width, height, data } = transform.apply(picture, generator);
    expect([height, width, 3]).toEqual(golden.uint8Results[name]!.shape);
    expect([...data]).toEqual(golden.uint8Results[name]!.data);
  });

  test("Grayscale, in all three channels", () => {
    const { data } = new Grayscale().apply(picture);
    for (let c = 0; c < 3; c++)
      expect([...data].filter((_, i) => i % 3 === c)).toEqual(golden.uint8Results["Grayscale"]!.data);
  });

  test("resized, as tensor, normalised", () => {
    const transform = new Compose([
      new Resize([4, 5]),
      new ToTensor(),
      new Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]);
    const { values, shape } = transform.apply(picture, generator);
    expect(shape).toEqual(golden.resize4x5_ToTensor_Normalize_imagenet.shape);
    expectClose(values, golden.resize4x5_ToTensor_Normalize_imagenet.data as number[], { rtol: 1e-6, atol: 1e-6 });
  });
});

describe("torchvision's results, byte for byte", () => {
  const operations: Readonly<Record<string, (picture: Picture, args: readonly never[]) => Picture>> = {
    Resize: (picture, args) => new Resize(...(args as unknown as ConstructorParameters<typeof Resize>)).apply(picture),
    CenterCrop: (picture, args) =>
      new CenterCrop(...(args as unknown as ConstructorParameters<typeof CenterCrop>)).apply(picture),
    adjustBrightness: (picture, [factor]) => adjustBrightness(picture, factor!),
    adjustContrast: (picture, [factor]) => adjustContrast(picture, factor!),
    adjustSaturation: (picture, [factor]) => adjustSaturation(picture, factor!),
    adjustHue: (picture, [turn]) => adjustHue(picture, turn!),
    padPicture: (picture, [margins, mode, fill]) => {
      const [left, top, right, bottom] = margins as unknown as [number, number, number, number];
      return padPicture(picture, { left, top, right, bottom }, mode!, fill!);
    },
  };
  const cases = readAdjustedCases();

  test.each(Object.keys(operations))("%s", (op) => {
    const mine = cases.filter((each) => each.op === op);
    expect(mine.length).toBeGreaterThan(5);
    for (const { args, picture, result } of mine) {
      expect(
        operations[op]!(picture, args as never),
        `${op}(${JSON.stringify(args)}) of ${picture.width}×${picture.height}`,
      ).toEqual(result);
    }
  });
});

/** A picture whose bytes are all different from their neighbours'. */
const pictures = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }), seed: fc.nat() })
  .map(({ width, height, seed }): Picture => {
    const random = new Generator(seed);
    return {
      width,
      height,
      channels: 3,
      data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)),
    };
  });

describe("chance", () => {
  test("a random crop is a part of the padded picture, and every part comes up", () => {
    const picture: Picture = {
      width: 3,
      height: 2,
      channels: 3,
      data: Uint8Array.from({ length: 18 }, (_, i) => i + 1),
    };
    const crop = new RandomCrop(2, { padding: 1 });
    const padded = padPicture(picture, { left: 1, top: 1, right: 1, bottom: 1 }, "constant", 0);
    const parts = [0, 1, 2].flatMap((top) =>
      [0, 1, 2, 3].map((left) => cropPicture(padded, top, left, 2, 2).data.join()),
    );
    const random = new Generator(3);
    const seen = new Set(Array.from({ length: 400 }, () => crop.apply(picture, random).data.join()));
    expect([...seen].sort()).toEqual([...new Set(parts)].sort());
  });

  test("a flip comes with its probability and is its own inverse", () => {
    const random = new Generator(5);
    const picture: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const flip = new RandomHorizontalFlip(0.3);
    const flipped = Array.from({ length: 2000 }, () => flip.apply(picture, random)).filter(
      ({ data }) => data[0] === 4,
    ).length;
    expect(Math.abs(flipped / 2000 - 0.3)).toBeLessThan(0.04);
    fc.assert(
      fc.property(pictures, (each) => {
        const always = new RandomHorizontalFlip(1);
        expect(always.apply(always.apply(each, random), random)).toEqual(each);
      }),
    );
  });

  test("a jitter is one adjustment after another in an order that changes, by amounts within its ranges", () => {
    const random = new Generator(7);
    const grey: Picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(100, 100, 100) };
    const levels = Array.from({ length: 300 }, () => new ColorJitter({ brightness: 0.4 }).apply(grey, random).data[0]!);
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(60);
    expect(Math.max(...levels)).toBeLessThanOrEqual(140);
    expect(new Set(levels).size).toBeGreaterThan(40);
    // Twice the contrast first runs into black and white.
    const two: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(250, 250, 250, 10, 10, 10) };
    const jitter = new ColorJitter({ brightness: [0.5, 0.5], contrast: [2, 2] });
    const orders = new Set(Array.from({ length: 50 }, () => jitter.apply(two, random).data.join()));
    expect([...orders].sort()).toEqual(
      [adjustContrast(adjustBrightness(two, 0.5), 2), adjustBrightness(adjustContrast(two, 2), 0.5)]
        .map(({ data }) => data.join())
        .sort(),
    );
  });

  test("the same seed makes the same picture; the input is left as it was", () => {
    const transform = new Compose([
      new RandomCrop(4, { padding: [1, 2], padIfNeeded: true, paddingMode: "edge" }),
      new RandomHorizontalFlip(),
      new ColorJitter({ brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.2 }),
      new ToTensor(),
    ]);
    fc.assert(
      fc.property(pictures, fc.nat(), (picture, seed) => {
        const before = picture.data.slice();
        const once = transform.apply(picture, new Generator(seed));
        expect(transform.apply(picture, new Generator(seed))).toEqual(once);
        expect(once.shape).toEqual([3, 4, 4]);
        expect(picture.data).toEqual(before);
      }),
    );
  });
});

describe("laws", () => {
  test("resizing to the same size changes nothing, and one colour stays one colour", () => {
    fc.assert(
      fc.property(
        pictures,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(255),
        (picture, width, height, level) => {
          expect(new Resize([picture.height, picture.width]).apply(picture)).toEqual(picture);
          const plain = { ...picture, data: picture.data.map(() => level) };
          for (const interpolation of ["nearest", "bilinear", "bicubic", "lanczos"] as const) {
            const resized = new Resize([height, width], { interpolation }).apply(plain);
            expect([resized.width, resized.height]).toEqual([width, height]);
            expect(resized.data.every((each) => each === level)).toBe(true);
          }
        },
      ),
    );
  });

  test("cropping the middle of a padded picture gives it back", () => {
    fc.assert(
      fc.property(
        pictures,
        fc.nat(5),
        fc.constantFrom("constant" as const, "edge" as const),
        (picture, margin, mode) => {
          const padded = padPicture(picture, { left: margin, top: margin, right: margin, bottom: margin }, mode, 9);
          expect(new CenterCrop([picture.height, picture.width]).apply(padded)).toEqual(picture);
        },
      ),
    );
  });

  test("where the middle lies between two places, it is the even one, as Python rounds", () => {
    for (const [from, to, first] of [
      [9, 4, 2],
      [11, 4, 4],
      [7, 2, 2],
      [5, 4, 0],
      [8, 4, 2],
    ] as const) {
      const plain: Picture = {
        width: from,
        height: 1,
        channels: 3,
        data: new Uint8Array(3 * from).map((_, i) => Math.floor(i / 3)),
      };
      const row = new CenterCrop([1, to]).apply(plain);
      expect(row.data[0]).toBe(first);
      const column = new CenterCrop([to, 1]).apply({ ...plain, width: 1, height: from });
      expect(column.data[0]).toBe(first);
    }
  });

  test("ToTensor parts colours; Normalize undoes itself", () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const { values, shape } = new ToTensor().apply(picture);
        expect(shape).toEqual([3, picture.height, picture.width]);
        const plane = picture.width * picture.height;
        expect([...picture.data]).toEqual(
          Array.from(picture.data, (_, i) => Math.round(values[(i % 3) * plane + Math.floor(i / 3)]! * 255)),
        );
        const there = new Normalize([0.2, 0.3, 0.4], [0.5, 2, 4]).apply({ values, shape });
        const back = new Normalize([-0.4, -0.15, -0.1], [2, 0.5, 0.25]).apply(there);
        expectClose(back.values, values, { rtol: 1e-5, atol: 1e-6 });
      }),
    );
  });

  test("a transform made from its spec does the same", () => {
    const transforms: readonly Transform<Picture, Picture>[] = [
      new Resize(5, { interpolation: "bicubic" }),
      new CenterCrop([3, 4]),
      new RandomCrop(2, { padding: [1, 2, 3, 4], fill: [1, 2, 3] }),
      new RandomHorizontalFlip(0.4),
      new ColorJitter({ brightness: [0.2, 0.9], hue: 0.1 }),
      new Grayscale(),
      new RandomResizedCrop([3, 4], { scale: [0.2, 0.7], interpolation: "bicubic" }),
      new Pad([1, 2], { fill: 7, paddingMode: "edge" }),
      new RandomVerticalFlip(0.4),
      new RandomRotation([10, 50], { expand: true, fill: [1, 2, 3], center: [1, 2] }),
      new RandomAffine(20, { translate: [0.2, 0.4], scale: [0.5, 2], shear: [1, 2, 3, 4], interpolation: "bilinear" }),
      new RandomGrayscale(0.4),
      new RandomSolarize(99, 0.4),
      new RandomAdjustSharpness(1.5, 0.4),
      new RandAugment({ magnitude: 20 }),
      new TrivialAugmentWide({ fill: [1, 2, 3] }),
    ];
    fc.assert(
      fc.property(pictures, fc.constantFrom(...transforms), fc.nat(), (picture, transform, seed) => {
        const twin = transformFromSpec(structuredClone(transform.spec!)) as Transform<Picture, Picture>;
        expect(twin.apply(picture, new Generator(seed))).toEqual(transform.apply(picture, new Generator(seed)));
      }),
    );
    expect(transformFromSpec(new Normalize([0.5], [2]).spec)).toEqual(new Normalize([0.5], [2]));
    const erasing = new RandomErasing({ p: 1, value: "random", scale: [0.1, 0.2] });
    const values = { values: new Float32Array(48), shape: [3, 4, 4] as const };
    const erasingTwin = transformFromSpec(structuredClone(erasing.spec)) as RandomErasing;
    expect(erasingTwin.apply(values, new Generator(1))).toEqual(erasing.apply(values, new Generator(1)));
    expect(transformFromSpec(new ToTensor().spec)).toEqual(new ToTensor());
    expect(() => transformFromSpec({ name: "constructor", options: [] })).toThrow("unknown transform constructor");
  });
});

describe("refused when made", () => {
  const unknown = <T>(options: object): T => options as T;
  test.each<[string, () => unknown]>([
    ["Resize: size must be a positive integer", () => new Resize(0)],
    ["Resize: size must be a positive integer", () => new Resize([3, 2.5])],
    [
      'Resize: interpolation must be nearest, bilinear, bicubic or lanczos, got "box"',
      () => new Resize(3, { interpolation: unknown("box" as never) }),
    ],
    ["Resize: unknown option antialias", () => new Resize(3, unknown({ antialias: false }))],
    ["Resize: maxSize 3", () => new Resize(3, { maxSize: 3 })],
    ["Resize: maxSize 9", () => new Resize([3, 3], { maxSize: 9 })],
    ["CenterCrop: size must be a positive integer", () => new CenterCrop(-1)],
    ["RandomCrop: padding must be", () => new RandomCrop(3, { padding: -1 })],
    ["RandomCrop: padding must be", () => new RandomCrop(3, { padding: unknown([1, 2, 3]) })],
    ["RandomCrop: fill must be", () => new RandomCrop(3, { fill: 256 })],
    [
      'RandomCrop: paddingMode must be "constant", "edge"',
      () => new RandomCrop(3, { paddingMode: unknown("circular" as never) }),
    ],
    ["RandomCrop: unknown option pad_if_needed", () => new RandomCrop(3, unknown({ pad_if_needed: true }))],
    ["RandomHorizontalFlip: p must lie in [0, 1], got 1.5", () => new RandomHorizontalFlip(1.5)],
    ["RandomHorizontalFlip: p must lie in [0, 1], got NaN", () => new RandomHorizontalFlip(NaN)],
    ["RandomVerticalFlip: p must lie in [0, 1], got -1", () => new RandomVerticalFlip(-1)],
    ["RandomGrayscale: p must lie in [0, 1]", () => new RandomGrayscale(2)],
    ["RandomResizedCrop: scale must be [low, high] above 0", () => new RandomResizedCrop(3, { scale: [0, 1] })],
    [
      "RandomResizedCrop: scale must be [low, high] above 0 and at most 1, got",
      () => new RandomResizedCrop(3, { scale: [0.5, 1.5] }),
    ],
    ["RandomResizedCrop: ratio must be [low, high] above 0", () => new RandomResizedCrop(3, { ratio: [2, 1] })],
    ["RandomRotation: degrees must be a number of degrees of at least 0", () => new RandomRotation(-5)],
    ["RandomRotation: degrees must be a number of degrees", () => new RandomRotation([5, 1])],
    ["RandomRotation: center must be [x, y] in pixels, or null", () => new RandomRotation(5, { center: unknown([1]) })],
    [
      'RandomRotation: interpolation must be "nearest"',
      () => new RandomRotation(5, unknown({ interpolation: "lanczos" })),
    ],
    ["RandomAffine: translate must be parts of width and height", () => new RandomAffine(0, { translate: [0.1, 2] })],
    ["RandomAffine: scale must be [low, high] above 0", () => new RandomAffine(0, { scale: [0, 1] })],
    ["RandomAffine: shear must be a number of degrees", () => new RandomAffine(0, { shear: [1, 2, 4, 3] })],
    ["RandomErasing: scale must be [low, high] within [0, 1]", () => new RandomErasing({ scale: [0.1, 1.2] })],
    [
      'RandomErasing: value must be a number, a list with one for each channel, or "random"',
      () => new RandomErasing({ value: [] }),
    ],
    ["Pad: padding must be 1, 2 or 4 integers", () => new Pad(unknown([1, 2, 3]))],
    ["MixUp: numClasses must be a positive integer, got undefined", () => new MixUp(unknown({}))],
    ["CutMix: alpha must be above 0, got 0", () => new CutMix({ numClasses: 3, alpha: 0 })],
    ["ColorJitter: brightness must be at least 0", () => new ColorJitter({ brightness: -0.1 })],
    ["ColorJitter: saturation must be at least 0", () => new ColorJitter({ saturation: [2, 1] })],
    ["ColorJitter: hue must lie in [0, 0.5]", () => new ColorJitter({ hue: 0.6 })],
    ["ColorJitter: unknown option gamma", () => new ColorJitter(unknown({ gamma: 1 }))],
    ["Normalize: stds must be positive", () => new Normalize([0], [0])],
    ["Normalize: means must be finite", () => new Normalize([NaN], [1])],
    [
      "Compose: expected at least one transform",
      () => new Compose(unknown<readonly [Transform<Picture, Picture>]>([])),
    ],
  ])("%s", (message, make) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(message);
  });

  test("Normalize: as many means as stds", () => {
    expect(() => new Normalize([0, 0, 0], [1])).toThrow(new ShapeError("Normalize: 3 means but 1 stds"));
  });
});

describe("refused when applied", () => {
  const picture: Picture = { width: 3, height: 2, channels: 3, data: new Uint8Array(18) };

  test("a crop larger than the picture", () => {
    expect(() => new RandomCrop(4).apply(picture, generator)).toThrow(
      "RandomCrop: a picture of 3×2 (width × height, padding included) is smaller than 4×4",
    );
    expect(() => new RandomCrop(4, { padding: 1 }).apply(picture, generator)).not.toThrow();
  });

  test("mirroring further than the picture reaches", () => {
    expect(() => new RandomCrop(4, { padding: 2, paddingMode: "reflect" }).apply(picture, generator)).toThrow(
      "2 pixels cannot be mirrored 2 pixels far",
    );
  });

  test("a resize that would not fit in memory, or leave nothing", () => {
    const narrow: Picture = { width: 1, height: 70_000, channels: 3, data: new Uint8Array(210_000) };
    expect(() => new Resize(224).apply(narrow)).toThrow(
      "Resize: 1×70000 would become 224×15680000, more than 67108864 pixels",
    );
    expect(() => new Resize(224, { maxSize: 225 }).apply(narrow)).toThrow("would have no pixels left");
  });

  test("steps in the wrong order", () => {
    const values = new ToTensor().apply(picture);
    expect(() => new ToTensor().apply(values as unknown as Picture)).toThrow("ToTensor: expected a picture");
    expect(() => new Normalize([0, 0, 0], [1, 1, 1]).apply(picture as never)).toThrow(
      "Normalize: expected the values that ToTensor gives",
    );
    expect(() => new Normalize([0], [1]).apply(values)).toThrow(new ShapeError("Normalize: 1 means for 3 channels"));
  });
});
