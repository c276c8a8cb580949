import { checkBoolean, checkTensor, normalizeDim, orNull, readOptions } from "../../checks/index.ts";
import { sizeOf, type Tensor } from "../../core.ts";
import { tensor } from "../../tensor/create.ts";
import { movedim } from "../arrange/movedim.ts";
import { indexSelect, reshape } from "../basic.ts";

/** Options of `unique`. */
export interface UniqueOptions {
  /** The axis whose entries are compared as wholes; null compares single values. @default null */
  readonly dim?: number | null;
  /** Whether the values come in order. They do in any case. @default true */
  readonly sorted?: boolean;
}

/** What occurs in a tensor. */
export interface Unique {
  /** The values, or the entries along the axis, each once, in ascending order. */
  readonly values: Tensor;
  /** Where each value or entry of `x` stands among them, int32. */
  readonly inverse: Tensor;
  /** How often each occurs, int32. */
  readonly counts: Tensor;
}

/**
 * The different values of `x` in ascending order, NaNs last and each for itself; or, with `dim`, the different entries along
 * that axis, ordered by their first difference. Compared on the host, and awaited, for the result's shape depends on the values.
 * Gradients flow to the first of equal ones.
 *
 * Shape: `values` is `[n]`, or that of `x` with extent `n` along `dim`; `inverse` has that of `x`, or `[extent]`.
 *
 * @throws IndexError if the axis does not exist.
 */
export async function unique(x: Tensor, options: UniqueOptions = {}): Promise<Unique> {
  checkTensor("unique", x);
  const { dim } = readOptions("unique", options, {
    dim: [null, orNull((op, _, value) => void normalizeDim(op, value as number, x.rank))],
    sorted: [true, checkBoolean],
  });
  const axis = dim === null ? 0 : normalizeDim("unique", dim, x.rank);
  const whole = dim === null || x.rank === 0;
  const source = whole ? reshape(x, [x.size]) : x;
  const length = source.shape[axis]!;
  const rows = await movedim(source, axis, 0).data();
  const width = length === 0 ? 0 : sizeOf(source.shape) / length;
  const compare = (a: number, b: number): number => {
    for (let i = 0; i < width; i++) {
      const [left, right] = [rows[a * width + i]!, rows[b * width + i]!];
      if (left === right) continue;
      // NaN differs from all values, and comes after them.
      return left < right || (left === left && right !== right) ? -1 : 1;
    }
    return 0;
  };
  const order = Array.from({ length }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
  const [firsts, counts, inverse] = [[] as number[], [] as number[], new Int32Array(length)];
  order.forEach((position, i) => {
    if (i === 0 || compare(order[i - 1]!, position) !== 0) {
      firsts.push(position);
      counts.push(0);
    }
    counts[counts.length - 1]!++;
    inverse[position] = firsts.length - 1;
  });
  const list = (values: Iterable<number>): Tensor => tensor(Int32Array.from(values), { device: x.device });
  return {
    values: indexSelect(source, axis, list(firsts)),
    inverse: whole ? reshape(list(inverse), x.shape) : list(inverse),
    counts: list(counts),
  };
}
