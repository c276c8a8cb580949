import { DTypeError, ShapeError } from "../errors.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkSameDevice } from "./check-device.ts";
import { checkFloat, checkTensor, checkTensors } from "./check-tensor.ts";

/** Operands by the names of their arguments. */
type Operands = Readonly<Record<string, Tensor>>;

/** @throws ValueError or DeviceError naming `op` unless all are tensors of one device. */
export function checkOperands(op: string, operands: Operands): void {
  for (const name in operands) checkTensor(op, operands[name], name);
  checkSameDevice(op, Object.values(operands));
}

/** @throws ValueError, DTypeError or DeviceError naming `op` unless all are float32 tensors of one device. */
export function checkFloats(op: string, operands: Operands): void {
  for (const name in operands) checkFloat(op, operands[name], name);
  checkSameDevice(op, Object.values(operands));
}

/** @throws ValueError, DeviceError or ShapeError naming `op` unless there is a list of tensors of one device, with at least one. */
export function checkOperandList(op: string, tensors: readonly Tensor[], name = "tensors", one = "tensor"): void {
  checkTensors(op, tensors, name);
  checkSameDevice(op, tensors);
  if (tensors.length === 0) throw new ShapeError(`${op}: expected at least one ${one}, got none`);
}

/** @throws DTypeError naming `op` unless what is to go into `x`, or beside it, has its dtype. */
export function checkDTypeOf(op: string, x: Tensor, name: string, other: Tensor): void {
  if (other.dtype !== x.dtype)
    throw new DTypeError(`${op}: x is ${x.dtype}, but ${name} ${other.dtype}; convert one with cast`);
}

/** @throws DTypeError naming `op` unless all tensors have one dtype. */
export function checkOneDType(op: string, tensors: readonly Tensor[], what = "tensors"): void {
  const { dtype } = tensors[0]!;
  for (const { dtype: other } of tensors)
    if (other !== dtype)
      throw new DTypeError(`${op}: expected ${what} of one dtype, got ${dtype} and ${other}; cast(x, dtype) converts`);
}

/** @throws ShapeError naming `op` unless each scale, shift or statistic has a value for each channel of an input `[n, c, …]`. */
export function checkPerChannel(op: string, input: Tensor, tensors: Readonly<Record<string, Tensor | null>>): void {
  const channels = input.shape[1]!;
  for (const name in tensors) {
    const tensor = tensors[name]!;
    if (tensor === null || (tensor.rank === 1 && tensor.size === channels)) continue;
    throw new ShapeError(`${op}: input has ${channels} channels but ${name} has shape ${showShape(tensor.shape)}`);
  }
}
