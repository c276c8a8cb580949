import { fromHost, type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";
import fc from "fast-check";
import { gridValues } from "./tensors.ts";

/** Which sets are drawn. */
export interface LabelledSetOptions {
  /** Shape of an example, or where shapes come from. @default [c, h, w] with sides up to 3 */
  readonly shape?: Shape | fc.Arbitrary<Shape>;
  /** How many classes there may be. @default 3 */
  readonly maxClasses?: number;
  /** Fewest examples. @default 1 */
  readonly minLength?: number;
  /** Most examples. @default 8 */
  readonly maxLength?: number;
}

/** An example of a `LabelledSet`, as `@tapegrad/data` knows them. */
export interface LabelledExample {
  readonly input: { readonly values: Float32Array; readonly shape: Shape };
  readonly target: number;
}

/**
 * Examples with a class each: a dataset as `DataLoader` takes it, and tensors for those who need no loader. Reports show labels
 * and shape.
 */
export class LabelledSet {
  readonly classes: number;
  readonly shape: Shape;
  readonly labels: readonly number[];
  readonly #values: readonly number[];

  constructor(classes: number, shape: Shape, labels: readonly number[], values: readonly number[]) {
    this.classes = classes;
    this.shape = shape;
    this.labels = labels;
    this.#values = values;
  }

  get length(): number {
    return this.labels.length;
  }

  /** Example `index`. @throws RangeError if there is none. */
  get(index: number): LabelledExample {
    const target = this.labels[index];
    if (target === undefined) throw new RangeError(`LabelledSet: no example ${index} among ${this.length}`);
    const size = sizeOf(this.shape);
    const values = Float32Array.from(this.#values.slice(index * size, (index + 1) * size));
    return { input: { values, shape: this.shape }, target };
  }

  /** float32 `[n, …]`, on the current device. */
  inputs(): Tensor {
    return fromHost(Float32Array.from(this.#values), [this.length, ...this.shape]);
  }

  /** int32 `[n]`, on the current device. */
  targets(): Tensor {
    return fromHost(Int32Array.from(this.labels), [this.length]);
  }

  /** What fast-check shows of a counterexample. */
  toString(): string {
    return `LabelledSet(${this.classes} classes, ${showShape(this.shape)}, labels ${this.labels.join(" ")})`;
  }
}

/** Small sets of labelled examples with values on a grid. Classes may be missing, as they may in life. */
export function labelledSets({
  shape = imageShapes(),
  maxClasses = 3,
  minLength = 1,
  maxLength = 8,
}: LabelledSetOptions = {}): fc.Arbitrary<LabelledSet> {
  return fc
    .record({
      classes: fc.integer({ min: 1, max: maxClasses }),
      length: fc.integer({ min: minLength, max: maxLength }),
      shape: shape instanceof fc.Arbitrary ? shape : fc.constant(shape),
    })
    .chain(({ classes, length, shape: found }) =>
      fc
        .tuple(
          fc.array(fc.nat({ max: classes - 1 }), { minLength: length, maxLength: length }),
          gridValues(length * sizeOf(found)),
        )
        .map(([labels, values]) => new LabelledSet(classes, found, labels, values)),
    );
}

function imageShapes(): fc.Arbitrary<Shape> {
  const extent = fc.integer({ min: 1, max: 3 });
  return fc.tuple(extent, extent, extent);
}
