import {
  checkElements,
  checkFit,
  checkFloat,
  checkSameDevice,
  checkShapeOf,
  checkTensor,
  integerFrom,
  readOptions,
} from "../../checks/index.ts";
import { DTypeError, type Tensor, ValueError } from "../../core.ts";
import { tensor } from "../../tensor/create.ts";

/** Options of `bincount`. */
export interface BincountOptions {
  /** What each entry adds instead of 1; the result is float32 then. */
  readonly weights?: Tensor | null;
  /** How many counts come out at least. @default 0 */
  readonly minLength?: number;
}

/**
 * How often each of the numbers 0, 1, 2, … up to the largest occurs in a list, int32. Counted on the host, and awaited, for the
 * result's shape depends on the values. Not differentiable.
 *
 * @throws ShapeError unless `x` is a list, and `weights` are as many. @throws DTypeError unless `x` is int32 and `weights` float32.
 * @throws ValueError if a number is negative.
 */
export async function bincount(x: Tensor, options: BincountOptions = {}): Promise<Tensor> {
  checkTensor("bincount", x);
  const { weights, minLength } = readOptions<BincountOptions>("bincount", options, {
    weights: [null],
    minLength: [0, integerFrom(0)],
  });
  if (x.dtype !== "int32") throw new DTypeError(`bincount: expected an int32 list, got ${x.dtype}`);
  checkFit("bincount", x.rank === 1, "a list", x.shape);
  if (weights !== null) {
    checkFloat("bincount", weights, "weights");
    checkSameDevice("bincount", [x, weights]);
    checkShapeOf("bincount", "weight", weights.shape, x.shape);
  }
  const values = await x.data();
  const added = weights === null ? null : await weights.data();
  let length = minLength;
  for (const value of values) {
    if (value < 0) throw new ValueError(`bincount: the numbers must not be negative, got ${value}`);
    length = Math.max(length, value + 1);
  }
  checkElements("bincount", [length]);
  const counts = new Float64Array(length);
  values.forEach((value, i) => (counts[value] = counts[value]! + (added === null ? 1 : added[i]!)));
  return tensor(counts, { dtype: weights === null ? "int32" : "float32", device: x.device });
}
