import { checkElements, checkFinite, checkFloat, integerFrom, readOptions } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import { zeros } from "../../tensor/create.ts";
import { add, cast, div, equal, greaterEqual, lessEqual, mul, reshape, sub, where } from "../basic.ts";
import { clamp } from "../elementwise/clamp.ts";
import { listLayout } from "../indexing/gather.ts";
import type { Num } from "../internal/define-binary.ts";
import { scatterRows } from "../internal/gather-rows.ts";
import { amax } from "./amax.ts";
import { amin } from "./amin.ts";

/** Options of `histc`. */
export interface HistcOptions {
  /** How many counts come out. @default 100 */
  readonly bins?: number;
  /** The lower end of the first bin. @default 0 */
  readonly min?: number;
  /** The upper end of the last bin. If it equals `min`, the smallest and largest values stand for both. @default 0 */
  readonly max?: number;
}

/**
 * How many values lie in each of `bins` equal parts of [min, max], float32; those outside and NaN are not counted. The upper
 * end belongs to the last part. Not differentiable.
 *
 * @throws ValueError if `min` exceeds `max`, or the ends are taken from values that are not finite (trusted on `gpu:webgpu`).
 * @throws DTypeError unless `x` is float32.
 */
export function histc(x: Tensor, options: HistcOptions = {}): Tensor {
  checkFloat("histc", x);
  const { bins, min, max } = readOptions("histc", options, {
    bins: [100, integerFrom(1)],
    min: [0, checkFinite],
    max: [0, checkFinite],
  });
  checkElements("histc", [bins]);
  if (min > max) throw new ValueError(`histc: min ${min} exceeds max ${max}`);
  if (x.size === 0) return zeros([bins], { device: x.device });
  const values = reshape(x.detach(), [x.size]);
  const [low, high] = min < max ? [min, max] : ends(values);
  const inside = mul(greaterEqual(values, low), lessEqual(values, high));
  const width = typeof low === "number" ? max - min : sub(high, low);
  const place = div(mul(sub(where(inside, values, low), low), bins), width);
  return scatterRows([inside], listLayout([bins], 0, clamp(cast(place, "int32"), { min: 0, max: bins - 1 })));
}

/** The smallest and largest values, one apart from both if they are equal. */
function ends(values: Tensor): readonly [low: Num, high: Num] {
  const [low, high] = [amin(values), amax(values)];
  if (values.device.synchronous) {
    const found = [low.itemSync(), high.itemSync()];
    if (!found.every(Number.isFinite)) throw new ValueError(`histc: the values reach from ${found.join(" to ")}`);
  }
  const same = equal(low, high);
  return [sub(low, same), add(high, same)];
}
