import {
  broadcastShapes,
  checkBoolean,
  checkDTypeOf,
  checkSameDevice,
  checkTensor,
  readOptions,
  showValue,
} from "../../checks/index.ts";
import { sameShape, ShapeError, showShape, Tensor, ValueError } from "../../core.ts";
import { arange, full } from "../../tensor/create.ts";
import { broadcastTo, reshape } from "../basic.ts";
import type { Num } from "../internal/define-binary.ts";
import { choose, type Position, rowsOf } from "../internal/positions.ts";
import { checkFill } from "../shape/place.ts";
import { indexAdd } from "./index-add.ts";
import { copiedAt } from "./index-copy.ts";

/** Options of `indexPut`. */
export interface IndexPutOptions {
  /** Whether values are added to what stands there, instead of replacing it. @default false */
  readonly accumulate?: boolean;
}

/**
 * `x` with `value` at `at(x, ...positions)`, which is what `x[…] = value` makes of `x` in torch; `x` itself does not change.
 *
 * Of several values that go to one place, the last stays, and takes the gradient, or all are added.
 *
 * @param value a number, or a tensor that is broadcast to the shape of `at(x, ...positions)`.
 * @throws IndexError, ShapeError or DeviceError as `at`. @throws DTypeError if the dtypes differ.
 */
export function indexPut(x: Tensor, positions: readonly Position[], value: Num, options: IndexPutOptions = {}): Tensor {
  checkTensor("indexPut", x);
  if (!Array.isArray(positions))
    throw new ValueError(`indexPut: positions must be a list of what at takes, got ${showValue(positions)}`);
  const { accumulate } = readOptions("indexPut", options, { accumulate: [false, checkBoolean] });
  if (value instanceof Tensor) {
    checkSameDevice("indexPut", [x, value]);
    checkDTypeOf("indexPut", x, "value", value);
  } else checkFill("indexPut", value, x);
  const { dtype, device } = x;
  const rows = rowsOf("indexPut", x, positions);
  const numbers = (): Tensor => reshape(arange(0, x.size, { dtype: "int32", device }), x.shape);
  const places = rows ?? choose("indexPut", numbers(), positions);
  const shape = rows === null ? places.shape : [...places.shape, ...x.shape.slice(1)];
  const values = value instanceof Tensor ? value : full([], value, { dtype, device });
  if (!sameShape(broadcastShapes("indexPut", values.shape, shape), shape))
    throw new ShapeError(
      `indexPut: a value of shape ${showShape(values.shape)} does not broadcast to ${showShape(shape)}`,
    );
  const target = rows === null ? reshape(x, [x.size]) : x;
  const list = reshape(places, [places.size]);
  const source = reshape(broadcastTo(values, shape), [places.size, ...target.shape.slice(1)]);
  return reshape(accumulate ? indexAdd(target, 0, list, source) : copiedAt(target, 0, list, source), x.shape);
}
