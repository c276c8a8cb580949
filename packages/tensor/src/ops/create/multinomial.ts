import { checkBoolean, checkElements, checkFit, checkFloat, checkInteger, readOptions } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import { rand } from "../../tensor/create.ts";
import { checkGenerator, defaultGenerator, type Generator } from "../../tensor/random.ts";
import {
  cast,
  cumsum,
  div,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  slice,
  sub,
  sum,
  unsqueeze,
} from "../basic.ts";
import { topk } from "../order/topk.ts";

/** Options of `multinomial`. */
export interface MultinomialOptions {
  /** Whether a class may be drawn more than once. @default false */
  readonly replacement?: boolean;
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/**
 * Classes drawn with probabilities in the ratio of `weights`, int32.
 *
 * Without replacement, a class is the sooner drawn the smaller an exponential number divided by its weight is.
 *
 * Shape: `[classes]` gives `[count]`, `[rows, classes]` gives `[rows, count]`.
 *
 * @throws ShapeError unless there is one axis or two, with entries. @throws DTypeError unless `weights` is float32.
 * @throws ValueError if a weight is negative, infinite or NaN, a row has none above 0, or fewer above 0 than are drawn without
 *   replacement; on `gpu:webgpu`, weights are trusted.
 */
export function multinomial(weights: Tensor, count: number, options: MultinomialOptions = {}): Tensor {
  checkFloat("multinomial", weights, "weights");
  checkInteger("multinomial", "count", count, 1);
  const { replacement, generator } = readOptions("multinomial", options, {
    replacement: [false, checkBoolean],
    generator: [defaultGenerator(), checkGenerator],
  });
  const classes = weights.shape.at(-1) ?? 0;
  const fit = (weights.rank === 1 || weights.rank === 2) && classes > 0;
  checkFit("multinomial", fit, "weights of shape [classes] or [rows, classes]", weights.shape);
  checkWeights(weights, classes, replacement ? 1 : count);
  const rows = weights.shape.slice(0, -1);
  checkElements("multinomial", [...rows, count, replacement ? classes : 1]);
  const ratio = weights.detach();
  const { device } = weights;
  if (!replacement) {
    const exponential = neg(log(sub(1, rand(weights.shape, { generator, device }))));
    // A draw of 0 stands for all below 2⁻²⁴: divided by 0, a weight of 0 would win.
    return topk(div(ratio, maximum(exponential, 2 ** -25)), count).indices;
  }
  const bounds = cumsum(ratio, -1);
  const total = slice(bounds, -1, -1);
  const draws = mul(rand([...rows, count], { generator, device }), total);
  const below = sum(lessEqual(unsqueeze(bounds, -2), unsqueeze(draws, -1)), -1);
  // A draw that was rounded up to the total belongs to the last class that has a weight.
  return cast(minimum(below, sum(less(bounds, total), -1, { keepDim: true })), "int32");
}

function checkWeights(weights: Tensor, classes: number, wanted: number): void {
  if (wanted > classes)
    throw new ValueError(`multinomial: cannot draw ${wanted} of ${classes} classes without replacement`);
  if (!weights.device.synchronous) return;
  const values = weights.dataSync();
  for (let start = 0; start < values.length; start += classes) {
    const row = values.subarray(start, start + classes);
    const wrong = row.find((weight) => !(weight >= 0 && weight < Infinity));
    if (wrong !== undefined) throw new ValueError(`multinomial: weights must be finite and not negative, got ${wrong}`);
    const positive = row.filter((weight) => weight > 0).length;
    if (positive < wanted)
      throw new ValueError(`multinomial: a row has ${positive} weights above 0, of which ${wanted} cannot be drawn`);
  }
}
