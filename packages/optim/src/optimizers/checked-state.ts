import { keep, noGrad, type Shape, ShapeError, Storage, type StoredTensor, Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkTensor,
  isPlainObject,
  isStoredTensor,
  type SavedFields,
  showShape,
  showValue,
} from "@tapegrad/tensor/internal";
import { toDevice } from "@tapegrad/tensor/ops";
import type { StateKind } from "./optimizer-state.ts";

/** A value of a saved state that was checked, but not read. */
export interface CheckedValue {
  readonly name: string;
  /** Names it in messages. */
  readonly what: string;
  readonly isNumber: boolean;
  readonly value: number | Tensor | StoredTensor;
  /** The parameter that it is of. */
  readonly parameter: Tensor;
}

/** Says what is wrong with the shape of a saved tensor; null if nothing is. */
type ShapeCheck = (name: string, shape: Shape, parameter: Tensor) => string | null;

/**
 * Checks what was saved of a parameter.
 *
 * @param kinds what an optimizer remembers; null if it has not said so.
 * @param parameterOf the parameter that a value is of.
 * @throws ValueError or ShapeError naming what is missing, unknown, or of another kind or shape.
 */
export function checkParamState(
  saved: SavedFields,
  kinds: Readonly<Record<string, StateKind>> | null,
  parameterOf: (name: string) => Tensor,
  fits: ShapeCheck,
): readonly CheckedValue[] {
  for (const name of saved.names)
    if (kinds !== null && !Object.hasOwn(kinds, name)) throw saved.error(`${name} is unknown`);
  const wanted = kinds ?? Object.fromEntries(saved.names.map((name) => [name, null]));
  return Object.entries(wanted).flatMap(([name, kind]) => {
    if (kind === "idle tensor" && !saved.has(name)) return [];
    const value = saved.value(name);
    if (value === null && kind !== "number" && kind !== "tensor") return [];
    return [checkValue(saved, name, kind, value, parameterOf(name), fits)];
  });
}

function checkValue(
  saved: SavedFields,
  name: string,
  kind: StateKind | null,
  value: unknown,
  parameter: Tensor,
  fits: ShapeCheck,
): CheckedValue {
  const isTensor = value instanceof Tensor || isStoredTensor(value);
  const isNumber = kind === "number" || (kind === null && typeof value === "number");
  const what = `${saved.what}: ${name}`;
  if (typeof value === "number" && isNumber) return { name, what, isNumber, value, parameter };
  if (!isTensor && isNumber) throw saved.error(`${name} must be a number, got ${showValue(value)}`);
  if (typeof value === "string" || isPlainObject(value))
    throw saved.error(`${name} must be a tensor, got ${showValue(value)}; JSON cannot hold tensors, saveTorch can`);
  if (!isTensor) checkTensor(saved.what, value, name);
  const dtype = value instanceof Tensor ? value.dtype : value.deviceDType;
  // PyTorch counts steps in tensors.
  const problem = isNumber
    ? value.shape.length === 0
      ? null
      : "must be a number"
    : fits(name, value.shape, parameter);
  if (problem !== null) throw new ShapeError(`${what} has shape ${showShape(value.shape)}, ${problem}`);
  if (!isNumber && dtype !== "float32") throw saved.error(`${name} must be a tensor of float32, got ${dtype}`);
  return { name, what, isNumber, value, parameter };
}

/** Copies a value onto the device of its parameter. @throws ValueError of one that is still in a file, or of a number that is none. */
export function copyValue({ what, isNumber, value, parameter }: CheckedValue): Tensor | number {
  if (typeof value === "number") return finite(what, value);
  if (!(value instanceof Tensor))
    throw new ValueError(`${what} is still in a file; await loadInto(optimizer, state) of @tapegrad/formats reads it`);
  if (isNumber) return finite(what, value.itemSync());
  return keep(noGrad(() => toDevice(value, parameter.device)));
}

/** As `copyValue` for each in turn, from a file too. */
export async function readValues(all: readonly CheckedValue[]): Promise<(Tensor | number)[]> {
  const read: (Tensor | number)[] = [];
  for (const each of all) read.push(await readValue(each));
  return read;
}

async function readValue(checked: CheckedValue): Promise<Tensor | number> {
  const { what, isNumber, value, parameter } = checked;
  if (typeof value === "number") return finite(what, value);
  if (isNumber) return finite(what, value instanceof Tensor ? await value.item() : (await value.toHost())[0]!);
  if (value instanceof Tensor && value.device === parameter.device) return copyValue(checked);
  const values = await (value instanceof Tensor ? value.data() : value.toHost());
  const { device } = parameter;
  return keep(new Tensor(new Storage(device, device.upload(values)), [...value.shape], "float32"));
}

function finite(what: string, value: number): number {
  if (!Number.isFinite(value)) throw new ValueError(`${what} must be finite, got ${value}`);
  return value;
}
