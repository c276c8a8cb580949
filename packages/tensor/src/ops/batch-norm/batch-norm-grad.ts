import { checkBoolean, checkFit, checkFloat, checkFloats, checkNumber, checkShapeOf } from "../../checks/index.ts";
import { defineMultiOp, launch, type MaybeTensor, sameShape, type Tensor } from "../../core.ts";
import { batchNormGradKernel } from "../../kernels/batch-norm/grad.ts";
import { add, mean as meanOf, mul, reshape, rsqrt, sub, sum } from "../basic.ts";

/** What a batch norm normalised with. */
export interface BatchNormStatistics {
  readonly eps: number;
  /** Whether the statistics were constants, as in eval mode. */
  readonly constant: boolean;
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** What the mean lost by rounding, if that is known. */
  readonly rest: Tensor | null;
}

/**
 * Gradients of a batch norm for its input, weight and bias, given that of its result.
 *
 * With x̂ = (x − μ)/√(σ² + eps): `dBias = Σ g`, `dWeight = Σ g·x̂`, and `dx = weight/√(σ² + eps) · (g − dBias/N − x̂·dWeight/N)`,
 * or without the last two terms where the statistics are constants.
 *
 * @throws ShapeError or DTypeError if a tensor does not suit `x`.
 */
export function batchNormGrad(
  grad: Tensor,
  x: Tensor,
  weight: Tensor | null,
  statistics: BatchNormStatistics,
): readonly [gradX: Tensor, gradWeight: Tensor, gradBias: Tensor] {
  checkFloats("batchNormGrad", { grad, x });
  const fit = x.rank >= 2 && sameShape(grad.shape, x.shape);
  checkFit("batchNormGrad", fit, "x [n, c, …] and a gradient of its shape", x.shape, grad.shape);
  const { mean, variance, rest, eps, constant } = statistics ?? {};
  checkNumber("batchNormGrad", "statistics.eps", eps);
  checkBoolean("batchNormGrad", "statistics.constant", constant);
  for (const [name, tensor] of Object.entries({ weight, mean, variance, rest })) {
    if (tensor === null && (name === "weight" || name === "rest")) continue;
    checkFloat("batchNormGrad", tensor, name === "weight" ? name : `statistics.${name}`);
    checkShapeOf("batchNormGrad", name, tensor.shape, [x.shape[1]!]);
  }
  const [gradX, gradWeight, gradBias] = op(weight === null ? [grad, x] : [grad, x, weight], statistics);
  return [gradX!, gradWeight!, gradBias!];
}

const op = defineMultiOp<readonly Tensor[], BatchNormStatistics>({
  name: "batchNormGrad",
  forward([grad, x, weight], { eps, constant, mean, variance, rest }) {
    const perChannel = { shape: mean.shape, dtype: "float32" } as const;
    const optional = [...(rest === null ? [] : [rest]), ...(weight === undefined ? [] : [weight])];
    const outputs = [{ shape: x!.shape, dtype: "float32" }, perChannel, perChannel] as const;
    const params = { eps, constant, rest: rest !== null, weight: weight !== undefined, relu: false };
    return launch(batchNormGradKernel, [grad!, x!, mean, variance, ...optional], outputs, params);
  },
  vjp: (grads, { inputs, params }) => secondGradients(inputs, params, grads),
  reads: { inputs: true, outputs: false },
});

/**
 * Gradients of `batchNormGrad` for `grad`, `x` and `weight`, written with differentiable ops.
 *
 * Let r = 1/√(σ² + eps), x̂ = r·(x − μ), w the weight, and P(a) = a − mean(a) − x̂·mean(a·x̂), or P(a) = a for constant
 * statistics. The op is dx = w·r·P(g), dWeight = Σ g·x̂, dBias = Σ g. With u, s, t the gradients that come in for these:
 * - for g: w·r·P(u) + s·x̂ + t, as P is symmetric;
 * - for weight: Σ u·r·P(g);
 * - for x: through x̂ and r, with v = s·g − w·r·(u·mean(g·x̂) + g·mean(u·x̂)) the gradient that reaches x̂, r·P(v); and
 *   through r alone −x̂·r·mean(u·w·r·P(g)).
 */
function secondGradients(
  [g, x, weight]: readonly Tensor[],
  { eps, constant, mean, variance }: BatchNormStatistics,
  [u = null, s = null, t = null]: readonly MaybeTensor[],
): readonly MaybeTensor[] {
  const axes = x!.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const channels = [1, -1, ...x!.shape.slice(2).map(() => 1)];
  const average = (value: Tensor): Tensor => meanOf(value, axes, { keepDim: true });
  // Where the statistics depend on x they are computed from it again, so that a further gradient sees that.
  const centred = sub(x!, constant ? reshape(mean, channels) : average(x!));
  const spread = constant ? reshape(variance, channels) : average(mul(centred, centred));
  const r = rsqrt(add(spread, eps));
  const xHat = mul(centred, r);
  const project = (value: Tensor): Tensor =>
    constant ? value : sub(sub(value, average(value)), mul(xHat, average(mul(value, xHat))));
  const scale = weight === undefined ? r : mul(reshape(weight, channels), r);

  let forG: MaybeTensor = null;
  let forX: MaybeTensor = null;
  let forWeight: MaybeTensor = null;
  const into = (sofar: MaybeTensor, more: Tensor): Tensor => (sofar === null ? more : add(sofar, more));
  if (u !== null) {
    forG = into(forG, mul(scale, project(u)));
    if (weight !== undefined) forWeight = sum(mul(u, mul(r, project(g!))), axes);
    if (!constant) {
      const v = mul(mul(add(mul(u, average(mul(g!, xHat))), mul(g!, average(mul(u, xHat)))), scale), -1);
      forX = into(forX, mul(r, project(v)));
      forX = into(forX, mul(mul(mul(xHat, r), average(mul(u, mul(scale, project(g!))))), -1));
    }
  }
  if (s !== null) {
    const perChannel = reshape(s, channels);
    forG = into(forG, mul(perChannel, xHat));
    forX = into(forX, mul(r, project(mul(perChannel, g!))));
  }
  if (t !== null) forG = into(forG, add(reshape(t, channels), mul(g!, 0)));
  return [forG, forX, ...(weight === undefined ? [] : [forWeight])];
}
