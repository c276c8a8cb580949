import { fromHost, type Tensor } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";
import fc from "fast-check";
import { shapes } from "./shapes.ts";

/** Which values random tensors have: `(k + offset) · step` for integers `k`, no larger than `max`. */
export interface GridOptions {
  /** Distance of neighbouring values; a power of two keeps sums and products exact. @default 1/8 */
  readonly step?: number;
  /** Largest magnitude. @default 4 */
  readonly max?: number;
  /** Shift in steps; 0.5 keeps all values away from 0, where relu and abs have kinks. @default 0 */
  readonly offset?: number;
}

/** What random tensors are like. */
export interface TensorOptions extends GridOptions {
  /** A fixed shape, or where shapes come from. @default shapes() */
  readonly shape?: readonly number[] | fc.Arbitrary<readonly number[]>;
  /** @default false */
  readonly requiresGrad?: boolean;
}

/**
 * Float32 tensors with values on a grid, made on the current device. Reports show shape and values; tensors shrink
 * towards small shapes and zeros.
 */
export function tensors({ shape = shapes(), requiresGrad = false, ...grid }: TensorOptions = {}): fc.Arbitrary<Tensor> {
  const shapeArbitrary = shape instanceof fc.Arbitrary ? shape : fc.constant(shape);
  return shapeArbitrary.chain((found) => {
    const size = found.reduce((product, extent) => product * extent, 1);
    return gridValues(size, grid).map((values) => {
      const made = fromHost(Float32Array.from(values), found, requiresGrad);
      const text = `tensor(${showShape(found)}, [${values.join(", ")}])`;
      return Object.defineProperty(made, fc.toStringMethod, { value: () => text });
    });
  });
}

/** `size` numbers on a grid. */
export function gridValues(
  size: number,
  { step = 1 / 8, max = 4, offset = 0 }: GridOptions = {},
): fc.Arbitrary<number[]> {
  const bound = Math.floor(max / step - Math.abs(offset));
  return fc
    .array(fc.integer({ min: -bound, max: bound }), { minLength: size, maxLength: size })
    .map((integers) => integers.map((k) => (k + offset) * step));
}
