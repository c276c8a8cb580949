import { noGrad, normalizeDim, randn, type Tensor } from "@tapegrad/tensor";
import { checkInteger, checkString, integerFrom, oneOf, orNull, readOptions } from "@tapegrad/tensor/internal";
import { clamp, clone, div, matmul, mul, norm, permute, reshape, sum } from "@tapegrad/tensor/ops";
import { checkPositive } from "../checks/check-values.ts";
import { ConvTranspose } from "../layers/conv/conv-transpose.ts";
import { Buffer } from "../module/buffer.ts";
import { registerForwardPreHook } from "../module/module-hooks.ts";
import type { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import { deriveField, parameterIn } from "./derive-field.ts";

/** Options of `spectralNorm`. */
export interface SpectralNormOptions {
  /** The field of the parameter. @default "weight" */
  readonly name?: string;
  /** How often the singular vectors are improved in each forward pass of train mode. @default 1 */
  readonly nPowerIterations?: number;
  /** Least length by which a vector is divided. @default 1e-12 */
  readonly eps?: number;
  /** The axis of outputs. @default 0, and 1 for transposed convolutions */
  readonly dim?: number | null;
  /**
   * Under which keys the state is saved: `weight_orig`, `weight_u` and `weight_v`, as `torch.nn.utils.spectral_norm` does, or
   * `parametrizations.weight.original`, `0._u` and `0._v`, as `torch.nn.utils.parametrizations.spectral_norm` does.
   *
   * @default "suffixes"
   */
  readonly keys?: "suffixes" | "parametrizations";
}

/**
 * Divides a parameter by its largest singular value: `w = W / (uᵀ·W·v)`, where `W` is a matrix with a row for each output. Each
 * forward pass in train mode first improves `u` and `v`: `v = Wᵀu / ‖Wᵀu‖`, `u = Wv / ‖Wv‖`; eval mode leaves them alone.
 * Gradients do not go through `u` and `v`.
 *
 * @returns the module itself, whose parameter is replaced by one, with buffers for `u` and `v`.
 * @throws ValueError if the field holds no parameter, or an option is unknown. @throws IndexError if the axis does not exist.
 * @see Miyato et al. 2018, https://arxiv.org/abs/1802.05957
 */
export function spectralNorm<M extends Module>(module: M, options: SpectralNormOptions = {}): M {
  const { name, nPowerIterations, eps, dim, keys } = readOptions("spectralNorm", options, {
    name: ["weight", checkString],
    nPowerIterations: [1, integerFrom(1)],
    eps: [1e-12, checkPositive],
    dim: [null, orNull(checkInteger)],
    keys: ["suffixes", oneOf("suffixes", "parametrizations")],
  });
  const weight = parameterIn("spectralNorm", module, name);
  const axis = normalizeDim("spectralNorm", dim ?? (module instanceof ConvTranspose ? 1 : 0), weight.rank);
  const { requiresGrad, device } = weight;
  const copy = noGrad(() => clone(weight));
  const original = new Parameter(copy, { requiresGrad });
  const rows = weight.shape[axis] ?? 1;
  const unit = (x: Tensor): Tensor => div(x, clamp(norm(x), { min: eps }));
  const [u, v] = [rows, weight.size / rows].map(
    (count) => new Buffer(noGrad(() => unit(randn([count], { device })))),
  ) as [Buffer, Buffer];
  /** The parameter with a row for each output. */
  const matrix = (): Tensor => {
    const order = [axis, ...[...weight.shape.keys()].filter((other) => other !== axis)];
    return reshape(axis === 0 ? original : permute(original, order), [rows, weight.size / rows]);
  };
  const improve = (): void => {
    if (!module.training) return;
    noGrad(() => {
      const w = matrix();
      for (let i = 0; i < nPowerIterations; i++) {
        v.assign(unit(matmul(u, w)));
        u.assign(unit(matmul(w, v)));
      }
    });
  };
  const states = { suffixes: { Orig: original, U: u, V: v }, parametrizations: { original, 0: { _u: u, _v: v } } };
  // Copies: the next forward pass improves both before this one's gradients are computed.
  deriveField(module, name, keys, states, () => div(original, sum(mul(clone(u), matmul(matrix(), clone(v))))));
  Object.defineProperty(module, "modeSensitive", { get: () => true, configurable: true });
  registerForwardPreHook(module, improve);
  return module;
}
