import { defineOp, sizeOf, type Tensor } from "@tapegrad/tensor";
import { checkElements, checkFloat, integerFrom, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, avgPool2d, div, mul, pad, pow, reshape, rsqrt, sqrt, square } from "@tapegrad/tensor/ops";
import { checkFit } from "../../checks/check-sizes.ts";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { optionsText } from "../../module/module-text.ts";

/** Options of `localResponseNorm`. */
export interface LocalResponseNormOptions {
  /** Factor on the mean square. @default 1e-4 */
  readonly alpha?: number;
  /** Exponent. @default 0.75 */
  readonly beta?: number;
  /** Added to the mean square. @default 1 */
  readonly k?: number;
}

const none = [0, 0] as const;
const checkSize = /* @__PURE__ */ integerFrom(1);

const rules: OptionRules<LocalResponseNormOptions> = {
  alpha: [1e-4, checkReal],
  beta: [0.75, checkReal],
  k: [1, checkReal],
};

/** x / u^beta, whose gradient takes no further power. */
const dividedByPower = defineOp<readonly [x: Tensor, u: Tensor], number>({
  name: "localResponseNorm",
  forward: ([x, u], beta) => mul(x, inversePower(u, beta)),
  vjp: (grad, { inputs: [, u], outputs: [y], params: beta, needs }) => [
    needs[0] ? mul(grad, inversePower(u, beta)) : null,
    needs[1] ? div(mul(mul(grad, y!), -beta), u) : null,
  ],
  reads: { inputs: [1], outputs: true },
});

/** u^−beta; that of the usual ¾ by roots, which take a fraction of the time. */
function inversePower(u: Tensor, beta: number): Tensor {
  if (beta !== 0.75) return pow(u, -beta);
  const root = rsqrt(u);
  return mul(root, sqrt(root));
}

/**
 * Divides each value by the activity of its neighbours in `size` channels: `x / (k + alpha · Σ x² / size)^beta`. Beyond the first
 * and last channel are zeros; of an even number, one more neighbour is before.
 *
 * Shape: `[n, c, …]` with at least one axis behind the channels; the same comes out.
 *
 * @throws ShapeError if there are fewer than three axes. @throws ValueError if `size` is not a positive integer, or an option
 *   no number or unknown. @throws DTypeError of int32.
 * @see Krizhevsky et al. 2012, https://doi.org/10.1145/3065386
 */
export function localResponseNorm(input: Tensor, size: number, options: LocalResponseNormOptions = {}): Tensor {
  checkFloat("localResponseNorm", input, "input");
  checkSize("localResponseNorm", "size", size);
  const { alpha, beta, k } = readOptions("localResponseNorm", options, rules);
  checkFit("localResponseNorm", input.rank >= 3, "input [n, c, …] of 3 axes or more", input.shape);
  if (input.size === 0) return input;
  const [n, c, ...rest] = input.shape as readonly [number, number, ...number[]];
  checkElements("localResponseNorm", [n, c + size, ...rest]);
  const before = Math.floor(size / 2);
  const squares = reshape(square(input), [n, 1, c, sizeOf(rest)]);
  // Pooling pads both ends alike, as an odd number of neighbours needs it.
  const odd = size % 2 === 1;
  const padded = odd ? squares : pad(squares, [none, none, [before, before - 1], none]);
  const averages = avgPool2d(padded, [size, 1], { stride: 1, padding: [odd ? before : 0, 0] });
  const means = reshape(averages, input.shape);
  return dividedByPower([input, add(mul(means, alpha), k)], beta);
}

const Layer: LayerOf<typeof localResponseNorm, ["size"]> = /* @__PURE__ */ layerOf(
  localResponseNorm,
  { size: checkSize },
  rules,
);

/** Divides each value by the activity of its neighbours in other channels: `localResponseNorm` as a module. */
export class LocalResponseNorm extends Layer {
  override extraRepr(): string {
    return `${this.size}, ${optionsText({ alpha: this.alpha, beta: this.beta, k: this.k })}`;
  }
}
