import { fromHost, randn, type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import { indexSelect } from "@tapegrad/tensor/ops/index-select";
import fc from "fast-check";
import { gridValues } from "../arbitraries/tensors.ts";
import { orders, permutationOf, type RoundingOptions } from "./batch.ts";
import { expectNear, largest } from "./near.ts";
import { seeded, seeds } from "./seeded.ts";

/** A convolution as a function of its weight, and the shapes that it takes. */
export interface ConvolutionSubject {
  /** `[n, c, h, w]`. */
  readonly inputShape: Shape;
  /** `[outChannels, c / groups, kh, kw]`. */
  readonly weightShape: Shape;
  /** @default 1 */
  readonly groups?: number;
  /** The convolution. */
  readonly fn: (x: Tensor, weight: Tensor, bias: Tensor) => Tensor;
}

/**
 * The law that channels have no order of their own: permuting input channels together with the weight's changes nothing, and
 * permuting the filters and their biases permutes the output's channels. In a grouped convolution, within each group.
 *
 * ```ts
 * const subjects = conv2dConfigurations().map(({ inputShape, weightShape, stride, groups }) => ({
 *   inputShape, weightShape, groups, fn: (x, weight, bias) => conv2d(x, weight, bias, { stride, groups }),
 * }));
 * fc.assert(channelPermutationEquivariance(subjects));
 * ```
 */
export function channelPermutationEquivariance(
  subjects: fc.Arbitrary<ConvolutionSubject>,
  { rtol = 1e-5 }: RoundingOptions = {},
): fc.IProperty<[ConvolutionSubject, number, readonly number[], readonly number[]]> {
  return fc.property(subjects, seeds(), orders(), orders(), (subject, seed, inputOrder, filterOrder) =>
    seeded(seed, () => {
      const { inputShape, weightShape, groups = 1, fn } = subject;
      const [filters, perGroup] = weightShape as [number, number];
      const [x, weight, bias] = [randn(inputShape), randn(weightShape), randn([filters])];
      const expected = fn(x, weight, bias);
      const atol = rtol * largest(expected);
      const within = permutationOf(perGroup, inputOrder);
      expectNear(
        fn(take(x, inGroups(within, groups)), indexSelect(weight, 1, indices(within)), bias),
        expected,
        atol,
        `permuting the input channels and the weight by [${within.join(", ")}] within each group changes the output`,
      );
      const order = inGroups(permutationOf(filters / groups, filterOrder), groups);
      expectNear(
        fn(x, indexSelect(weight, 0, indices(order)), indexSelect(bias, 0, indices(order))),
        take(expected, order),
        atol,
        `permuting the filters by [${order.join(", ")}] does not permute the output channels`,
      );
    }),
  );
}

/** A function of images, and the shape of its input. */
export interface ShiftSubject {
  /** `[n, c, h, w]`. */
  readonly shape: Shape;
  /** What should move with its input. */
  readonly fn: (x: Tensor) => Tensor;
}

/**
 * The law that a picture on a torus may be moved before or after: `f(shift(x)) = shift(f(x))` for every circular shift by rows and
 * columns. It holds for convolutions with circular padding and a stride of 1 that keep height and width, and for whatever
 * looks at each pixel alone.
 */
export function shiftEquivariance(
  subjects: fc.Arbitrary<ShiftSubject>,
  { rtol = 1e-5 }: RoundingOptions = {},
): fc.IProperty<[[ShiftSubject, Shift]]> {
  const cases = subjects.chain((subject) => {
    const [, , h, w] = subject.shape as [number, number, number, number];
    const shift = fc.record({
      values: gridValues(sizeOf(subject.shape)),
      rows: fc.nat({ max: h - 1 }),
      columns: fc.nat({ max: w - 1 }),
    });
    return fc.tuple(fc.constant(subject), shift);
  });
  return fc.property(cases, ([{ shape, fn }, { values, rows, columns }]) => {
    const x = fromHost(Float32Array.from(values), shape);
    const expected = rolled(fn(x), rows, columns);
    const complaint = `moving the input by ${rows} rows and ${columns} columns does not move the output by as many`;
    expectNear(fn(rolled(x, rows, columns)), expected, rtol * largest(expected), complaint);
  });
}

/** An image's values, and how far it is moved. */
export interface Shift {
  readonly values: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

function rolled(x: Tensor, rows: number, columns: number): Tensor {
  const cyclic = (extent: number, by: number): Tensor =>
    indices(Array.from({ length: extent }, (_, i) => (i + extent - by) % extent));
  const [, , h, w] = x.shape as [number, number, number, number];
  return indexSelect(indexSelect(x, 2, cyclic(h, rows)), 3, cyclic(w, columns));
}

/** The same order in each of several groups. */
function inGroups(order: readonly number[], groups: number): readonly number[] {
  return Array.from({ length: groups }, (_, g) => order.map((i) => g * order.length + i)).flat();
}

function take(x: Tensor, order: readonly number[]): Tensor {
  return indexSelect(x, 1, indices(order));
}

function indices(order: readonly number[]): Tensor {
  return fromHost(Int32Array.from(order), [order.length]);
}
