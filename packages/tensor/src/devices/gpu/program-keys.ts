import type { DType } from "../../tensor/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Launch } from "../device.ts";
import { gpuHalfOf } from "./half-of.ts";

/** Names all that the program of a launch depends on: kernel, shapes, dtypes and the parameters that sources are made of. */
export class ProgramKeys {
  readonly #names = new WeakMap<object, string>();
  #kernels = 0;

  of({ kernel, inputs, outputs, params }: Launch): string {
    let key = this.#names.get(kernel);
    if (key === undefined) {
      // Kernels may share a name.
      key = `${kernel.name} ${this.#kernels++}`;
      this.#names.set(kernel, key);
    }
    for (const operand of inputs) key += `|${specKey(operand)}`;
    for (const output of outputs) key += `>${specKey(output)}`;
    const half = gpuHalfOf(kernel);
    return `${key}#${half.key === undefined ? paramsKey(params) : half.key(params)}`;
  }
}

/** Parameters as text, with every number told from every other: JSON alone writes null for NaN and infinities. */
function paramsKey(params: unknown): string {
  return JSON.stringify(params, (_, value: unknown) =>
    typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${Object.is(value, -0) ? "-0" : value}`
      : value,
  );
}

function specKey({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): string {
  return `${dtype === "int32" ? "i" : "f"}${shape.join()}`;
}
