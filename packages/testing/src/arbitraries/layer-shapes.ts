import type * as nn from "@tapegrad/nn";
import type { Shape } from "@tapegrad/tensor";
import fc from "fast-check";
import { layerSpec, type ModuleSpec } from "./module-spec.ts";

export const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
export const batch: fc.Arbitrary<number> = upTo(3);
export const channels: fc.Arbitrary<number> = upTo(4);
export const extent: fc.Arbitrary<number> = upTo(5);
export const pair = (each: fc.Arbitrary<number>): fc.Arbitrary<readonly [number, number]> => fc.tuple(each, each);
export const images: fc.Arbitrary<[n: number, c: number, h: number, w: number]> = fc.tuple(
  batch,
  channels,
  extent,
  extent,
);
export const sequences: fc.Arbitrary<[n: number, c: number, l: number]> = fc.tuple(batch, channels, extent);
/** Batches of anything: `[n, c]`, `[n, c, l]` or `[n, c, h, w]`. */
export const anything: fc.Arbitrary<Shape> = fc
  .tuple(batch, channels, fc.array(extent, { maxLength: 2 }))
  .map(([n, c, rest]) => [n, c, ...rest]);

/** A layer without arguments, of inputs of any shape. */
export const plain = (type: new () => nn.Layer): fc.Arbitrary<ModuleSpec> =>
  anything.map((shape) => layerSpec(type, [], shape));

/** A layer whose argument does not depend on the shape of the input. */
export const withArgument = <A>(
  type: new (argument: A) => nn.Layer,
  argument: fc.Arbitrary<A>,
  shapes: fc.Arbitrary<Shape> = anything,
): fc.Arbitrary<ModuleSpec> => fc.tuple(shapes, argument).map(([shape, value]) => layerSpec(type, [value], shape));
