import { checkBoolean, checkElements, checkOperands, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { equal, reshape, unsqueeze } from "../basic.ts";
import { any } from "../reduction/any.ts";
import { logicalNot } from "./logical-not.ts";

/** Options of `isin`. */
export interface IsinOptions {
  /** Whether 1 stands for those that are not among them. @default false */
  readonly invert?: boolean;
}

/**
 * 1 where an element of `x` is among the values of another tensor, else 0; float32, for there is no boolean dtype. NaN is nowhere. All
 * pairs are compared, and take memory.
 */
export function isin(x: Tensor, values: Tensor, options: IsinOptions = {}): Tensor {
  checkOperands("isin", { x, values });
  const { invert } = readOptions("isin", options, { invert: [false, checkBoolean] });
  checkElements("isin", [x.size, values.size]);
  const found = any(equal(unsqueeze(x.detach(), -1), reshape(values.detach(), [values.size])), -1);
  return invert ? logicalNot(found) : found;
}
