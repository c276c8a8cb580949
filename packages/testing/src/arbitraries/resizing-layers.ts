import * as nn from "@tapegrad/nn";
import fc from "fast-check";
import type { LayerKind } from "./layer-kinds.ts";
import { batch, channels, extent, images, pair, sequences, upTo, withArgument } from "./layer-shapes.ts";
import { layerSpec, type ModuleSpec } from "./module-spec.ts";

const upsampling = fc.tuple(
  fc.oneof(
    upTo(3).map((scaleFactor) => ({ scaleFactor })),
    pair(extent).map((size) => ({ size })),
  ),
  fc.constantFrom(
    { mode: "nearest" as const },
    { mode: "bilinear" as const },
    { mode: "bilinear" as const, alignCorners: true },
  ),
);

/** How to draw layers that resize images, put borders around them, or move values about. */
export const resizingLayers: Readonly<
  Record<
    Extract<
      LayerKind,
      `Up${string}` | `Pixel${string}` | `${string}Pad${1 | 2}d` | "ChannelShuffle" | "Unfold" | "Fold"
    >,
    fc.Arbitrary<ModuleSpec>
  >
> = {
  Upsample: fc
    .tuple(images, upsampling)
    .map(([shape, [size, how]]) => layerSpec(nn.Upsample, [{ ...size, ...how }], shape)),
  PixelShuffle: fc
    .tuple(images, upTo(3))
    .map(([[n, c, h, w], r]) => layerSpec(nn.PixelShuffle, [r], [n, c * r * r, h, w])),
  ZeroPad2d: withArgument(
    nn.ZeroPad2d,
    fc.oneof(
      fc.nat({ max: 2 }),
      fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 })),
    ),
    images,
  ),
  ReflectionPad2d: fc
    .tuple(images, fc.array(fc.nat({ max: 2 }), { minLength: 4, maxLength: 4 }))
    .map(([shape, [left = 0, right = 0, top = 0, bottom = 0]]) => {
      const [, , h, w] = shape;
      const [x, y] = [(cells: number) => Math.min(cells, w - 1), (cells: number) => Math.min(cells, h - 1)];
      return layerSpec(nn.ReflectionPad2d, [[x(left), x(right), y(top), y(bottom)]], shape);
    }),
  UpsamplingNearest2d: fc
    .tuple(images, pair(extent))
    .map(([shape, size]) => layerSpec(nn.UpsamplingNearest2d, [{ size }], shape)),
  UpsamplingBilinear2d: fc
    .tuple(images, pair(extent))
    .map(([shape, size]) => layerSpec(nn.UpsamplingBilinear2d, [{ size }], shape)),
  PixelUnshuffle: fc
    .tuple(images, upTo(3))
    .map(([[n, c, h, w], r]) => layerSpec(nn.PixelUnshuffle, [r], [n, c, h * r, w * r])),
  ChannelShuffle: fc
    .tuple(images, upTo(3))
    .map(([[n, c, h, w], groups]) => layerSpec(nn.ChannelShuffle, [groups], [n, c * groups, h, w])),
  Unfold: fc
    .tuple(images, upTo(2), upTo(2), fc.nat({ max: 1 }))
    .map(([[n, c, h, w], kernel, stride, padding]) =>
      layerSpec(nn.Unfold, [kernel, { stride, padding }], [n, c, h + 1, w + 1]),
    ),
  Fold: fc
    .tuple(batch, channels, extent, extent, upTo(3))
    .map(([n, c, h, w, k]) => layerSpec(nn.Fold, [[h + k - 1, w + k - 1], k], [n, c * k * k, h * w])),
  ReflectionPad1d: withArgument(
    nn.ReflectionPad1d,
    fc.nat({ max: 2 }),
    sequences.map(([n, c, l]) => [n, c, l + 2]),
  ),
  ReplicationPad1d: withArgument(nn.ReplicationPad1d, fc.nat({ max: 3 }), sequences),
  ReplicationPad2d: withArgument(nn.ReplicationPad2d, fc.nat({ max: 3 }), images),
  ConstantPad1d: fc
    .tuple(sequences, fc.nat({ max: 2 }), fc.constantFrom(0, 1.5))
    .map(([shape, padding, value]) => layerSpec(nn.ConstantPad1d, [padding, value], shape)),
  ConstantPad2d: fc
    .tuple(images, fc.nat({ max: 2 }), fc.constantFrom(0, 1.5))
    .map(([shape, padding, value]) => layerSpec(nn.ConstantPad2d, [padding, value], shape)),
  CircularPad2d: withArgument(
    nn.CircularPad2d,
    fc.nat({ max: 2 }),
    images.map(([n, c, h, w]) => [n, c, h + 1, w + 1]),
  ),
};
