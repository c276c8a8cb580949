import { conv2d, fromHost, manualSeed, randn, setThreads, type Tensor, useDevice, zeros } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { defineKernel, type Kernel } from "../src/devices/kernel.ts";
import type { Conv2dMethod } from "../src/kernels/conv2d/conv2d-method.ts";
import { direct } from "../src/kernels/conv2d/direct.ts";
import type { Conv2dGeometry, Pair } from "../src/kernels/conv2d/geometry.ts";
import { winograd, winogradWins } from "../src/kernels/conv2d/winograd.ts";
import { launchOne } from "../src/launch.ts";
import { conv2dReference } from "./reference/conv2d.ts";

// Kernels of their own, so that both methods can be run on every geometry, whichever is faster there. Each has a last
// input with room for its result and some elements more, which the result takes the place of.

type Method = Record<Direction, Kernel<Conv2dGeometry>>;
type Direction = "y" | "dx" | "dweight";
const directions = ["y", "dx", "dweight"] as const;

const byTiles = method(winograd);
const directly = method(direct);

function method({ correlate, weightGrad }: Conv2dMethod): Method {
  return {
    y: defineKernel<Conv2dGeometry>({
      name: "y",
      wasm: (context, [x, weight, bias], [y], geometry) =>
        correlate(context, geometry, false, x!.ptr, weight!.ptr, bias!.ptr, y!.ptr, 0),
    }),
    dx: defineKernel<Conv2dGeometry>({
      name: "dx",
      wasm: (context, [dy, weight], [dx], geometry) =>
        correlate(context, geometry, true, dy!.ptr, weight!.ptr, 0, dx!.ptr, 0),
    }),
    dweight: defineKernel<Conv2dGeometry>({
      name: "dweight",
      wasm: (context, [dy, x], [dweight], geometry) => weightGrad(context, geometry, dy!.ptr, x!.ptr, dweight!.ptr),
    }),
  };
}

interface Values {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly dy: Tensor;
}

/** Elements past the result, and what they hold. */
const GUARDS = 24;
const GUARD = 12345;

function run(kernels: Method, direction: Direction, geometry: Conv2dGeometry, values: Values): Float32Array {
  const { x, weight, bias, dy } = values;
  const inputs = { y: [x, weight, bias], dx: [dy, weight], dweight: [dy, x] }[direction];
  const { size } = { y: dy, dx: x, dweight: weight }[direction];
  const room = fromHost(new Float32Array(size + GUARDS).fill(GUARD), [size + GUARDS]);
  const output = { shape: room.shape, dtype: "float32", inPlaceOf: inputs.length } as const;
  const filled = launchOne(kernels[direction], [...inputs, room], output, geometry).dataSync() as Float32Array;
  expect(filled.subarray(size)).toEqual(new Float32Array(GUARDS).fill(GUARD));
  return filled.slice(0, size);
}

function geometryOf(images: number, channels: Pair, input: Pair, padding: Pair): Conv2dGeometry {
  return {
    images,
    inChannels: channels[0],
    outChannels: channels[1],
    groups: 1,
    input,
    output: [input[0] + 2 * padding[0] - 2, input[1] + 2 * padding[1] - 2],
    kernel: [3, 3],
    stride: [1, 1],
    dilation: [1, 1],
    padding,
  };
}

/** Sides that leave something to compute, channels and images up to what is named. */
function geometries(side: number, channels: number, images: number): fc.Arbitrary<Conv2dGeometry> {
  const pads = fc.integer({ min: 0, max: 2 });
  const extent = (pad: number): fc.Arbitrary<number> => fc.integer({ min: Math.max(1, 3 - 2 * pad), max: side });
  const count = fc.integer({ min: 1, max: channels });
  return fc
    .tuple(pads, pads)
    .chain(([p, q]) =>
      fc
        .tuple(fc.integer({ min: 1, max: images }), fc.tuple(count, count), fc.tuple(extent(p), extent(q)))
        .map(([n, c, input]) => geometryOf(n, c, input, [p, q])),
    );
}

function shapesOf({ images, inChannels, outChannels, input, output }: Conv2dGeometry): Record<keyof Values, number[]> {
  return {
    x: [images, inChannels, ...input],
    weight: [outChannels, inChannels, 3, 3],
    bias: [outChannels],
    dy: [images, outChannels, ...output],
  };
}

function valuesOf(geometry: Conv2dGeometry, make: (shape: readonly number[]) => Tensor): Values {
  const shapes = shapesOf(geometry);
  return { x: make(shapes.x), weight: make(shapes.weight), bias: make(shapes.bias), dy: make(shapes.dy) };
}

/** What a loop in double precision says. */
function reference(geometry: Conv2dGeometry, { x, weight, bias, dy }: Values): Record<Direction, Float64Array> {
  const shapes = shapesOf(geometry);
  const host = (t: Tensor): Float64Array => Float64Array.from(t.dataSync());
  const { stride, dilation, groups, padding } = geometry;
  const configuration = {
    inputShape: shapes.x,
    weightShape: shapes.weight,
    outputShape: shapes.dy,
    ...{ stride, dilation, groups, padding },
  } as unknown as Parameters<typeof conv2dReference>[0];
  return conv2dReference(configuration, host(x), host(weight), host(bias), host(dy));
}

/** How large sums of products can become: as many as are summed, each of the largest values. */
function scalesOf(geometry: Conv2dGeometry, values: Values): Record<Direction, number> {
  const [x, weight, dy] = [values.x, values.weight, values.dy].map((tensor) =>
    Array.from(tensor.dataSync()).reduce((a, b) => Math.max(a, Math.abs(b)), 0),
  ) as [number, number, number];
  const { images, inChannels, outChannels, output } = geometry;
  return {
    y: 9 * inChannels * x * weight,
    dx: 9 * outChannels * dy * weight,
    dweight: images * output[0] * output[1] * dy * x,
  };
}

beforeAll(() => useDevice("wasm"));

describe("a Winograd convolution", () => {
  /** A product in the wrong place would be an error as large as the values are. */
  const check = (geometry: Conv2dGeometry, seed: number, share = 1e-6): void => {
    manualSeed(seed);
    const values = { ...valuesOf(geometry, randn), bias: zeros([geometry.outChannels]) };
    const expected = reference(geometry, values);
    const scales = scalesOf(geometry, values);
    for (const direction of directions) {
      const atol = share * scales[direction];
      expectClose(run(byTiles, direction, geometry, values), expected[direction], { rtol: 0, atol });
    }
  };

  test("equals a loop in double precision, whatever the sides and padding", () => {
    fc.assert(
      fc.property(geometries(20, 12, 5), fc.nat(), (geometry, seed) => check(geometry, seed)),
      { numRuns: 60 },
    );
  });

  test("equals a loop in double precision for many channels", () => {
    fc.assert(
      fc.property(geometries(9, 70, 2), fc.nat(), (geometry, seed) => check(geometry, seed)),
      { numRuns: 30 },
    );
  });

  test("adds the bias once", () => {
    manualSeed(3);
    const geometry = geometryOf(3, [8, 11], [7, 10], [1, 0]);
    const values = valuesOf(geometry, randn);
    const atol = 1e-6 * scalesOf(geometry, values).y;
    expectClose(run(byTiles, "y", geometry, values), reference(geometry, values).y, { rtol: 0, atol });
  });

  test("adds up more channels of the gradient than are transformed at once, and more images than partial sums", () => {
    check(geometryOf(2, [9, 141], [4, 5], [1, 1]), 1);
    check(geometryOf(37, [5, 8], [3, 6], [1, 0]), 2);
  });

  test("rounds to within 1e-7 of as many products as are summed, each of the largest values, where it is chosen", () => {
    fc.assert(
      fc.property(geometries(20, 40, 3).filter(winogradWins), fc.nat(), (geometry, seed) =>
        check(geometry, seed, 1e-7),
      ),
      { numRuns: 30 },
    );
  });

  test("gives the same bits for any number of threads", () => {
    for (const geometry of [
      geometryOf(33, [8, 12], [13, 14], [1, 1]),
      geometryOf(1, [70, 9], [9, 23], [0, 2]),
      geometryOf(3, [16, 72], [8, 8], [1, 1]),
    ]) {
      const values = valuesOf(geometry, randn);
      setThreads(1);
      const alone = directions.map((direction) => run(byTiles, direction, geometry, values));
      for (const threads of [2, 3]) {
        setThreads(threads);
        expect(directions.map((direction) => run(byTiles, direction, geometry, values))).toEqual(alone);
      }
    }
  });

  test("is not finite wherever the loop is not, and elsewhere only up to two rows and columns from there", () => {
    fc.assert(
      fc.property(
        geometries(14, 9, 2),
        fc.constantFrom(NaN, Infinity, -Infinity),
        fc.constantFrom<keyof Values>("x", "weight", "dy"),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (geometry, bad, which, place) => {
          const clean = valuesOf(geometry, randn);
          const spoilt = (clean[which].dataSync() as Float32Array).slice();
          const at = Math.floor(place * spoilt.length);
          spoilt[at] = bad;
          const values = { ...clean, [which]: fromHost(spoilt, clean[which].shape) };
          const expected = reference(geometry, values);
          for (const direction of directions) {
            const result = run(byTiles, direction, geometry, values);
            expected[direction].forEach((value, i) => {
              if (!Number.isFinite(value)) expect(Number.isFinite(result[i])).toBe(false);
            });
          }
          if (which !== "x") return;
          const [y, good] = [values, clean].map((each) => run(byTiles, "y", geometry, each));
          const [height, width] = geometry.output;
          const row = (Math.floor(at / geometry.input[1]) % geometry.input[0]) + geometry.padding[0];
          const column = (at % geometry.input[1]) + geometry.padding[1];
          const image = Math.floor(at / (geometry.inChannels * geometry.input[0] * geometry.input[1]));
          // Of six inputs of a tile the first only enters the first of four results, and the last the last.
          const meets = (result: number, position: number): boolean => {
            const [index, offset] = [result % 4, position - (result - (result % 4))];
            return offset === 0 ? index === 0 : offset === 5 ? index === 3 : 0 < offset && offset < 5;
          };
          y!.forEach((value, i) => {
            const [r, c] = [Math.floor(i / width) % height, i % width];
            const own = Math.floor(i / (geometry.outChannels * height * width)) === image;
            if (own && meets(r, row) && meets(c, column)) return;
            expect(value).toBe(good![i]);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("Winograd's method is chosen", () => {
  const layer = geometryOf(32, [16, 16], [32, 32], [1, 1]);

  test("for the layers of residual networks", () => {
    for (const [channels, side] of [
      [16, 32],
      [32, 16],
      [64, 8],
      [64, 56],
      [512, 7],
    ] as const) {
      expect(winogradWins(geometryOf(32, [channels, channels], [side, side], [1, 1]))).toBe(true);
    }
  });

  test.each<[string, Partial<Conv2dGeometry>]>([
    ["strides", { stride: [1, 2] }],
    ["dilation", { dilation: [2, 1] }],
    ["groups", { groups: 2 }],
    ["other kernels", { kernel: [3, 1] }],
    ["few channels of the input", { inChannels: 15 }],
    ["few channels of the result", { outChannels: 15 }],
    ["padding beyond the kernel's reach", { padding: [1, 3] }],
    ["results narrower than a tile", { output: [32, 3] }],
  ])("not for %s", (_, change) => {
    expect(winogradWins({ ...layer, ...change })).toBe(false);
  });

  test("by conv2d, where it rounds differently from the direct method", () => {
    manualSeed(0);
    const values = valuesOf(layer, randn);
    const y = conv2d(values.x, values.weight, values.bias, { padding: 1 }).dataSync();
    expect(y).toEqual(run(byTiles, "y", layer, values));
    expect(y).not.toEqual(run(directly, "y", layer, values));
  });
});
