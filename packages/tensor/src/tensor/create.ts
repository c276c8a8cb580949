import { checkBoolean, checkNumber, checkProbability, refuseUnknownOptions, showValue } from "../checks/arguments.ts";
import { checkDevice, checkElements, checkShape, checkTensor } from "../checks/index.ts";
import { currentDevice } from "../devices/choose.ts";
import type { Device } from "../devices/device.ts";
import type { Kernel } from "../devices/kernel.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { fillKernel } from "../kernels/movement.ts";
import { keepMaskKernel, normalKernel, uniformKernel } from "../kernels/random.ts";
import { launchOne } from "../launch.ts";
import { allocateHost, checkDType, type DType } from "./dtype.ts";
import { isNumberArray } from "./number-array.ts";
import { checkGenerator, defaultGenerator, type Generator } from "./random.ts";
import { type Shape, showShape, sizeOf } from "./shape.ts";
import { Storage } from "./storage.ts";
import { type NestedArray, Tensor } from "./tensor.ts";

/** How a new tensor is made. */
export interface CreateOptions {
  /** @default "float32" */
  readonly dtype?: DType;
  /** Whether gradients are wanted. @default false */
  readonly requiresGrad?: boolean;
  /** Where it lives: what `useDevice` gave, or the `device` of another tensor. @default the current device */
  readonly device?: Device;
}

/** How a new random tensor is made. */
export interface RandomOptions extends Omit<CreateOptions, "dtype"> {
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/**
 * A tensor of given values: a number, nested arrays, or a flat array with a `shape`.
 *
 * An `Int32Array` makes an int32 tensor, everything else float32, unless `dtype` says otherwise.
 *
 * @throws ShapeError if nested arrays are ragged or the values do not fill `shape`.
 * @throws ValueError if a value cannot be an int32.
 */
export function tensor(
  values: NestedArray | ArrayLike<number>,
  options: CreateOptions & { readonly shape?: Shape } = {},
): Tensor {
  refuseUnknownOptions("tensor", options, ["shape", "dtype", "requiresGrad", "device"]);
  const { shape, dtype, requiresGrad = false, device } = options;
  const { flat, shape: found } = flatten(values);
  const target = shape === undefined ? found : shape;
  checkShape("tensor", target);
  if (sizeOf(target) !== flat.length) {
    throw new ShapeError(`tensor: shape ${showShape(target)} takes ${sizeOf(target)} values, got ${flat.length}`);
  }
  const type = dtype === undefined ? (values instanceof Int32Array ? "int32" : "float32") : dtype;
  checkDType("tensor", type);
  checkBoolean("tensor", "requiresGrad", requiresGrad);
  return upload(toTyped("tensor", flat, type), target, requiresGrad, deviceFor("tensor", device));
}

/**
 * Uploads a typed array, which decides the dtype.
 *
 * @throws DTypeError if it is neither float32 nor int32. @throws ShapeError if the values do not fill `shape`.
 */
export function fromHost(values: Float32Array | Int32Array, shape: Shape, requiresGrad = false): Tensor {
  if (!(values instanceof Float32Array) && !(values instanceof Int32Array)) {
    throw new DTypeError("fromHost: expected a Float32Array or an Int32Array; tensor() converts other values");
  }
  checkBoolean("fromHost", "requiresGrad", requiresGrad);
  checkShape("fromHost", shape);
  if (sizeOf(shape) !== values.length) {
    throw new ShapeError(`fromHost: shape ${showShape(shape)} takes ${sizeOf(shape)} values, got ${values.length}`);
  }
  return upload(values, shape, requiresGrad, currentDevice());
}

/** What `fromHost` makes, unchecked. */
export function upload(values: Float32Array | Int32Array, shape: Shape, requiresGrad: boolean, device: Device): Tensor {
  const dtype = values instanceof Float32Array ? "float32" : "int32";
  const storage = new Storage(device, device.upload(values));
  if (values instanceof Int32Array) storage.hostValues = values.slice();
  return new Tensor(storage, [...shape], dtype, requiresGrad);
}

/**
 * `shape` filled with `value`.
 *
 * @throws ShapeError if `shape` is no list of whole numbers from 0. @throws ValueError if `value` is no number.
 */
export function full(shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  return filled("full", shape, value, options);
}

/** `shape` filled with 0. @throws ShapeError if `shape` is no list of whole numbers from 0. */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

/** `shape` filled with 1. @throws ShapeError if `shape` is no list of whole numbers from 0. */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

function filled(op: string, shape: Shape, value: number, options: CreateOptions): Tensor {
  checkShape(op, shape);
  checkNumber(op, "value", value);
  const { dtype, requiresGrad, device } = createOptions(op, options);
  if (dtype === "float32") return generate(fillKernel, shape, value, { requiresGrad, device });
  checkInt32(op, value);
  return upload(new Int32Array(sizeOf(shape)).fill(value), shape, requiresGrad, device);
}

/** Zeros of the shape, dtype and device of another tensor. */
export function zerosLike(other: Tensor): Tensor {
  checkTensor("zerosLike", other, "other");
  const { shape, dtype, device } = other;
  return full(shape, 0, { dtype, device });
}

/** Ones of the shape, dtype and device of another tensor. */
export function onesLike(other: Tensor): Tensor {
  checkTensor("onesLike", other, "other");
  const { shape, dtype, device } = other;
  return full(shape, 1, { dtype, device });
}

/** A single value. */
export function scalar(value: number, dtype: DType = "float32"): Tensor {
  return filled("scalar", [], value, { dtype });
}

/**
 * `start`, `start + step`, … up to but excluding `end`. With one argument, 0 … end − 1.
 *
 * @throws ValueError if `step` is zero, not finite, or leads away from `end`.
 */
export function arange(start: number, end?: number, options: CreateOptions & { readonly step?: number } = {}): Tensor {
  refuseUnknownOptions("arange", options, ["step", "dtype", "requiresGrad", "device"]);
  const { step = 1, ...made } = options;
  const { dtype, requiresGrad, device } = createOptions("arange", made);
  const [from, to] = end === undefined ? [0, start] : [start, end];
  if (![from, to, step].every(Number.isFinite) || step === 0) {
    throw new ValueError(
      `arange: start, end and step must be finite and step not zero, got ${[from, to, step].map(showValue).join(", ")}`,
    );
  }
  if ((to - from) * step < 0) throw new ValueError(`arange: step ${step} leads away from ${to}, starting at ${from}`);
  const count = Math.ceil((to - from) / step);
  checkElements("arange", [count]);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = from + i * step;
  return upload(toTyped("arange", values, dtype), [count], requiresGrad, device);
}

/** Ones on the diagonal, zeros elsewhere: `[rows, columns]`. */
export function eye(rows: number, columns: number = rows, options: CreateOptions = {}): Tensor {
  const { dtype, requiresGrad, device } = createOptions("eye", options);
  checkShape("eye", [rows, columns]);
  const values = allocateHost(dtype, rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
  return upload(values, [rows, columns], requiresGrad, device);
}

/** Values are not moved: x + (−0) is x even for x = −0, which x + 0 is not. */
const asDrawn = { offset: -0, scale: 1 } as const;

/** Uniform values in [0, 1). */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  checkShape("rand", shape);
  const { generator, ...made } = randomOptions("rand", options);
  return generate(uniformKernel, shape, { ...generator.key(), ...asDrawn }, made);
}

/** Standard normal values. */
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  checkShape("randn", shape);
  const { generator, ...made } = randomOptions("randn", options);
  return generate(normalKernel, shape, { ...generator.key(), ...asDrawn }, made);
}

/**
 * 1 with probability `probability`, else 0; float32.
 *
 * @throws ValueError if `probability` is not in [0, 1].
 */
export function bernoulli(
  shape: Shape,
  probability: number,
  options: Omit<RandomOptions, "requiresGrad"> = {},
): Tensor {
  checkShape("bernoulli", shape);
  checkProbability("bernoulli", "probability", probability);
  refuseUnknownOptions("bernoulli", options, ["generator", "device"]);
  const { generator, ...made } = randomOptions("bernoulli", options);
  return generate(keepMaskKernel, shape, { ...generator.key(), keep: probability, value: 1 }, made);
}

/** The options of a new tensor, checked. */
export function createOptions(op: string, options: CreateOptions): Required<CreateOptions> {
  refuseUnknownOptions(op, options, ["dtype", "requiresGrad", "device"]);
  const { dtype = "float32", requiresGrad = false, device } = options;
  checkDType(op, dtype);
  checkBoolean(op, "requiresGrad", requiresGrad);
  return { dtype, requiresGrad, device: deviceFor(op, device) };
}

function randomOptions(op: string, options: RandomOptions): Required<RandomOptions> {
  refuseUnknownOptions(op, options, ["requiresGrad", "generator", "device"]);
  const { requiresGrad = false, generator = defaultGenerator(), device } = options;
  checkBoolean(op, "requiresGrad", requiresGrad);
  checkGenerator(op, "generator", generator);
  return { requiresGrad, generator, device: deviceFor(op, device) };
}

/** The device that was asked for, or the current one. @throws DeviceError naming `op` if it is none. */
function deviceFor(op: string, device: Device | undefined): Device {
  if (device === undefined) return currentDevice();
  checkDevice(op, device);
  return device;
}

/** What a kernel without inputs makes. */
function generate<P>(
  kernel: Kernel<P>,
  shape: Shape,
  params: P,
  { requiresGrad, device }: { readonly requiresGrad: boolean; readonly device: Device },
): Tensor {
  const result = launchOne(kernel, [], { shape: [...shape], dtype: "float32" }, params, device);
  result.requiresGrad = requiresGrad;
  return result;
}

/** Arrays may be nested this deep. One that holds itself has no end. */
const deepest = 64;

/** The values as a flat list and the shape that their nesting has. */
function flatten(values: NestedArray | ArrayLike<number>): { flat: ArrayLike<number>; shape: Shape } {
  if (typeof values === "number") return { flat: [values], shape: [] };
  if (isNumberArray(values)) return { flat: values, shape: [values.length] };
  if (!Array.isArray(values))
    throw new ValueError(`tensor: expected a number, nested arrays or a typed array, got ${showValue(values)}`);
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) {
    if (shape.length === deepest)
      throw new ShapeError(`tensor: arrays are nested more than ${deepest} deep, or in themselves`);
    shape.push(level.length);
  }
  const flat: number[] = [];
  const visit = (value: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof value !== "number")
        throw new ShapeError(
          `tensor: expected numbers nested ${shape.length} deep, got ${Array.isArray(value) ? "a deeper array" : typeof value}`,
        );
      flat.push(value);
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[axis]) {
      throw new ShapeError(
        `tensor: nested arrays are ragged: expected ${shape[axis]} entries at depth ${axis}, got ${Array.isArray(value) ? value.length : typeof value}`,
      );
    }
    for (const entry of value) visit(entry, axis + 1);
  };
  visit(values, 0);
  return { flat, shape };
}

function toTyped(op: string, values: ArrayLike<number>, dtype: DType): Float32Array | Int32Array {
  if (dtype === "float32") return values instanceof Float32Array ? values : new Float32Array(values);
  if (values instanceof Int32Array) return values;
  for (let i = 0; i < values.length; i++) checkInt32(op, values[i]!);
  return new Int32Array(values);
}

function checkInt32(op: string, value: number): void {
  if ((value | 0) !== value)
    throw new ValueError(`${op}: ${value} is not an int32; use dtype "float32" or round first`);
}
