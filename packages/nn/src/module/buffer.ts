import { Tensor, keep } from "@tapegrad/tensor";
import { checkBoolean, checkNumber, checkTensor, orNull, readOptions } from "@tapegrad/tensor/internal";
import { markAsState } from "./find-state.ts";

/** How a buffer is saved and loaded. */
export interface BufferOptions {
  /** Whether the state dict holds it. @default true */
  readonly persistent?: boolean;
  /**
   * The value that fills the buffer when a loaded state dict lacks it; null makes that a missing key.
   *
   * @default null
   */
  readonly valueIfAbsent?: number | null;
}

/**
 * State of a module that is not learned, such as running statistics: listed among its `buffers()` and saved with it.
 *
 * It takes over the values of the tensor it is made of, and lives outside every `scope`.
 */
export class Buffer extends Tensor {
  /** Whether the state dict holds it. */
  readonly persistent: boolean;
  /** The value that fills the buffer when a loaded state dict lacks it. */
  readonly valueIfAbsent: number | null;

  constructor(values: Tensor, options: BufferOptions = {}) {
    checkTensor("Buffer", values, "values");
    super(values.storage.share(), values.shape, values.dtype);
    const { persistent, valueIfAbsent } = readOptions("Buffer", options, {
      persistent: [true, checkBoolean],
      valueIfAbsent: [null, orNull(checkNumber)],
    });
    this.persistent = persistent;
    this.valueIfAbsent = valueIfAbsent;
    keep(this);
  }
}

markAsState(Buffer.prototype);
