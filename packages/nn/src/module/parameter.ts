import { Tensor, keep } from "@tapegrad/tensor";
import { checkBoolean, checkFloat, readOptions } from "@tapegrad/tensor/internal";
import { markAsState } from "./find-state.ts";

/** How a parameter is made. */
export interface ParameterOptions {
  /** Whether gradients are wanted. @default true */
  readonly requiresGrad?: boolean;
}

/**
 * A tensor that is learned: a module that has it in a field lists it among its `parameters()`.
 *
 * It takes over the values of the tensor it is made of, without that tensor's record, and lives outside every
 * `scope`.
 *
 * @throws DTypeError if it shall have gradients but is not float32.
 */
export class Parameter extends Tensor {
  constructor(values: Tensor, options: ParameterOptions = {}) {
    const { requiresGrad } = readOptions("Parameter", options, { requiresGrad: [true, checkBoolean] });
    checkFloat("Parameter", values, "values");
    super(values.storage.share(), values.shape, values.dtype, requiresGrad);
    keep(this);
  }
}

markAsState(Parameter.prototype);
