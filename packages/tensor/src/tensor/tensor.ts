import { checkBoolean, showValue } from "../checks/arguments.ts";
import { checkInPlace } from "../checks/check-in-place.ts";
import { hintAtFunctions } from "../checks/hint-at-functions.ts";
import type { Device, HostValues } from "../devices/device.ts";
import { DTypeError, DeviceError, GradientError, ShapeError, ValueError } from "../errors.ts";
import type { OpRecord } from "../op.ts";
import type { DType } from "./dtype.ts";
import { Incomparable, printAsText } from "./incomparable.ts";
import { noteRead } from "./observe-reads.ts";
import { keepGraphOfGrad, keepStorage } from "./ownership.ts";
import { sameShape, type Shape, showShape, sizeOf, stridesOf } from "./shape.ts";
import { Storage } from "./storage.ts";
import { tensorText } from "./tensor-text.ts";

declare global {
  // For programs whose `lib` does not have it yet; with those that have, it is the same.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** Numbers nested as deep as a tensor has axes; a plain number for a scalar. */
export type NestedArray = number | NestedArray[];

/**
 * A dense, row-major array on a device: a shape and a promise of values.
 *
 * Ops are functions (`add(a, b)`, `conv2d(x, weight)`), return at once, and never change their inputs; only looking
 * (`data()`, `item()`, `array()`) waits. A tensor that `requiresGrad`, and everything computed from it, remembers how
 * it was made, so that `backward` from `@tapegrad/autograd` can fill `grad`.
 */
export class Tensor extends Incomparable {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly #storage: Storage;
  #record: OpRecord | null = null;
  #requiresGrad: boolean;
  #grad: Tensor | null = null;
  /** Whether somebody else may hold the gradient: it was read, or given, from outside. */
  #gradIsShared = false;
  #disposed = false;

  /** Use `tensor()`, `zeros()` and the like to make tensors; this constructor only wraps a storage. */
  constructor(storage: Storage, shape: Shape, dtype: DType, requiresGrad = false) {
    super();
    if (!(storage instanceof Storage)) {
      throw new ValueError(
        `Tensor: expected a storage, got ${showValue(storage)}; tensor(values), zeros(shape) and the like make tensors`,
      );
    }
    this.#storage = storage;
    this.shape = shape;
    this.dtype = dtype;
    if (requiresGrad) checkDifferentiable(dtype);
    this.#requiresGrad = requiresGrad;
  }

  /** The values on the device, shared with views such as `detach()`. For tapegrad's own packages. */
  get storage(): Storage {
    return this.#storage;
  }

  /** How this tensor was computed, if a gradient can flow through it. For tapegrad's own packages. */
  get record(): OpRecord | null {
    return this.#record;
  }

  set record(record: OpRecord | null) {
    this.#record = record;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The device that holds the values. */
  get device(): Device {
    return this.#storage.device;
  }

  /** Whether gradients flow to or through this tensor. */
  get requiresGrad(): boolean {
    return this.#requiresGrad || this.#record !== null;
  }

  /** @throws GradientError on a computed tensor; use `detach()` there. @throws DTypeError on an int32 tensor. */
  set requiresGrad(value: boolean) {
    checkBoolean("requiresGrad", "the value", value);
    if (this.#record !== null) {
      if (value) return;
      throw new GradientError(
        "requiresGrad: only leaf tensors can be changed; use detach() to cut a computed tensor from its record",
      );
    }
    if (value) checkDifferentiable(this.dtype);
    this.#requiresGrad = value;
  }

  /** Whether this tensor was made by the user rather than by a recorded op. */
  get isLeaf(): boolean {
    return this.#record === null;
  }

  /**
   * The accumulated gradient, of the same shape; null until `backward` reaches this tensor.
   *
   * Reading it is noted: `zeroGrad` frees at once only what nobody has read, and leaves the rest to the collector.
   */
  get grad(): Tensor | null {
    this.#gradIsShared = true;
    return this.#grad;
  }

  /** @throws ShapeError, DTypeError or DeviceError if the shapes, dtypes or devices differ. */
  set grad(value: Tensor | null) {
    if (value !== null && !(value instanceof Tensor))
      throw new ValueError(`grad: expected a tensor or null, got ${showValue(value)}`);
    if (value !== null && value.device !== this.device) {
      throw new DeviceError(`grad: the tensor lives on ${this.device.name}, the gradient on ${value.device.name}`);
    }
    this.ownGrad = value;
    this.#gradIsShared = true;
  }

  /** `grad`, without a note that it was read: for those who keep it nowhere else, as optimizers and `backward` do. For tapegrad's own packages. */
  get ownGrad(): Tensor | null {
    return this.#grad;
  }

  set ownGrad(value: Tensor | null) {
    if (value !== null) {
      if (!sameShape(value.shape, this.shape)) {
        throw new ShapeError(
          `grad: expected shape ${showShape(this.shape)} of the tensor, got ${showShape(value.shape)}`,
        );
      }
      if (value.dtype !== this.dtype) {
        throw new DTypeError(`grad: expected dtype ${this.dtype} of the tensor, got ${value.dtype}`);
      }
      keepStorage(value.storage);
    }
    this.#grad = value;
    this.#gradIsShared = false;
    if (value !== null && value.record !== null) keepGraphOfGrad(this);
  }

  /** Sets `grad` to null, and frees its values at once if nobody else can hold them. For tapegrad's own packages. */
  dropGrad(): void {
    if (!this.#gradIsShared) this.#grad?.storage.dispose();
    this.grad = null;
  }

  /** The values, flat and row-major, copied to the host. */
  async data(): Promise<HostValues> {
    return this.device.download(this.#storage.handle);
  }

  /** The values at once. @throws DeviceError on a device that cannot (`gpu:webgpu`): use `await data()` there. */
  dataSync(): HostValues {
    return this.device.read(this.#storage.handle);
  }

  /** The only value of a one-element tensor. @throws ShapeError if there are more. */
  async item(): Promise<number> {
    this.#checkSingle();
    return noteRead(this.#storage, (await this.data())[0]!);
  }

  /** The only value, at once. @throws ShapeError if there are more. @throws DeviceError as `dataSync`. */
  itemSync(): number {
    this.#checkSingle();
    return noteRead(this.#storage, this.dataSync()[0]!);
  }

  /** The values as nested arrays. */
  async array(): Promise<NestedArray> {
    return nest(await this.data(), this.shape);
  }

  /** The same values without the record: no gradient flows through the result. Shares storage, as in torch. */
  detach(): Tensor {
    return new Tensor(this.#storage.share(), this.shape, this.dtype);
  }

  /**
   * Replaces the values by those of `source`, in place: every view sees it. Not recorded: no gradient flows to `source`.
   *
   * @throws GradientError outside `noGrad`, if this is a leaf that requires grad or a view of one.
   * @throws ShapeError or DTypeError if `source` differs in shape or dtype.
   */
  assign(source: Tensor): this {
    if (!(source instanceof Tensor))
      throw new ValueError(`assign: source must be a tensor, got ${showValue(source)}; full(shape, value) makes one`);
    checkInPlace("assign", this);
    if (!sameShape(source.shape, this.shape)) {
      throw new ShapeError(`assign: expected shape ${showShape(this.shape)}, got ${showShape(source.shape)}`);
    }
    if (source.dtype !== this.dtype) throw new DTypeError(`assign: expected dtype ${this.dtype}, got ${source.dtype}`);
    this.#storage.checkAlive();
    source.storage.checkAlive();
    if (source.device !== this.device) {
      throw new DeviceError(`assign: the tensor lives on ${this.device.name}, the source on ${source.device.name}`);
    }
    this.#storage.replace(this.device.copy(source.storage.handle), false);
    return this;
  }

  /** Frees the values, if no view shares them. Never required: lost tensors are reclaimed. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#storage.release();
  }

  /** `using x = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * The values as torch prints them, in part if there are more than 1,000, with shape, dtype and device, and with what a
   * gradient flows to: `tensor([1., 2.], shape=[2], dtype=float32, device=wasm, requiresGrad=true)`. Values that must be
   * awaited, as on `gpu:webgpu`, are not shown.
   */
  override toString(): string {
    // Test runners print copies of the fields.
    return #storage in this ? tensorText(this) : "a copy of a tensor's fields, without its values";
  }

  /** What `JSON.stringify` writes: the text of `toString()`, which nobody takes for saved values. */
  toJSON(): string {
    return this.toString();
  }

  #checkSingle(): void {
    if (this.size !== 1)
      throw new ShapeError(`item: expected a tensor of one element, got shape ${showShape(this.shape)}`);
  }
}

printAsText(Tensor.prototype);
hintAtFunctions(Tensor.prototype);

function checkDifferentiable(dtype: DType): void {
  if (dtype !== "float32")
    throw new DTypeError(`requiresGrad: only float32 tensors have gradients, this one is ${dtype}`);
}

function nest(values: ArrayLike<number>, shape: Shape): NestedArray {
  const strides = stridesOf(shape);
  const level = (axis: number, offset: number): NestedArray =>
    axis === shape.length
      ? values[offset]!
      : Array.from({ length: shape[axis]! }, (_, i) => level(axis + 1, offset + i * strides[axis]!));
  return level(0, 0);
}
