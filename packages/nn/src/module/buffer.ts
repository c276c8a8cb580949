import { Tensor, keep } from "@tapegrad/tensor";
import { checkBoolean, checkNumber, checkTensor, refuseUnknownOptions } from "@tapegrad/tensor/internal";
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
    refuseUnknownOptions("Buffer", options, ["persistent", "valueIfAbsent"]);
    const { persistent = true, valueIfAbsent = null } = options;
    checkBoolean("Buffer", "persistent", persistent);
    if (valueIfAbsent !== null) checkNumber("Buffer", "valueIfAbsent", valueIfAbsent);
    this.persistent = persistent;
    this.valueIfAbsent = valueIfAbsent;
    keep(this);
  }
}

markAsState(Buffer.prototype);
