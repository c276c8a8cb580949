import {
  broadcastShapes,
  checkBoolean,
  checkNumber,
  checkOneDType,
  checkTensor,
  readOptions,
} from "../checks/index.ts";
import type { HostValues } from "../devices/device.ts";
import { broadcastTo } from "../ops/shape/broadcast-to.ts";
import { noGrad } from "./recording.ts";
import { sameShape, type Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** How far numbers may lie apart in `allClose`: by `atol + rtol · |b|`. */
export interface AllCloseOptions {
  /** Relative tolerance. @default 1e-5 */
  readonly rtol?: number;
  /** Absolute tolerance. @default 1e-8 */
  readonly atol?: number;
  /** Whether NaN is close to NaN. @default false */
  readonly equalNan?: boolean;
}

/**
 * Whether two tensors have the same shape and the same values, as `torch.equal` says. NaN equals nothing, −0 equals 0. They
 * may live on different devices. Element by element, `equal` tells.
 *
 * @throws DTypeError if the dtypes differ.
 */
export async function equals(a: Tensor, b: Tensor): Promise<boolean> {
  checkPair("equals", a, b);
  if (!sameShape(a.shape, b.shape)) return false;
  const [x, y] = await Promise.all([a.data(), b.data()]);
  return x.every((value, i) => value === y[i]);
}

/**
 * Whether all values are close, `|a − b| ≤ atol + rtol · |b|`, as `torch.allclose` says. An infinity is close to itself. Shapes
 * are broadcast. They may live on different devices.
 *
 * @throws DTypeError if the dtypes differ. @throws ShapeError if the shapes do not broadcast.
 */
export async function allClose(a: Tensor, b: Tensor, options: AllCloseOptions = {}): Promise<boolean> {
  checkPair("allClose", a, b);
  const { rtol, atol, equalNan } = readOptions("allClose", options, {
    rtol: [1e-5, checkNumber],
    atol: [1e-8, checkNumber],
    equalNan: [false, checkBoolean],
  });
  const shape = broadcastShapes("allClose", a.shape, b.shape);
  const [x, y] = await Promise.all([spread(a, shape), spread(b, shape)]);
  return x.every((value, i) => {
    const other = y[i]!;
    if (value === other || (equalNan && Number.isNaN(value) && Number.isNaN(other))) return true;
    return Number.isFinite(other) && Math.abs(value - other) <= atol + rtol * Math.abs(other);
  });
}

function checkPair(name: string, a: Tensor, b: Tensor): void {
  checkTensor(name, a, "a");
  checkTensor(name, b, "b");
  checkOneDType(name, [a, b]);
}

async function spread(x: Tensor, shape: Shape): Promise<HostValues> {
  if (sameShape(x.shape, shape)) return x.data();
  const wide = noGrad(() => broadcastTo(x, shape));
  const values = await wide.data();
  wide.dispose();
  return values;
}
