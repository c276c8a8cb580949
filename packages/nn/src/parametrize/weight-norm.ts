import { noGrad, normalizeDim, type Tensor } from "@tapegrad/tensor";
import { checkInteger, checkString, oneOf, orNull, readOptions } from "@tapegrad/tensor/internal";
import { clone, div, mul, norm } from "@tapegrad/tensor/ops";
import type { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import { deriveField, parameterIn } from "./derive-field.ts";

/** Options of `weightNorm`. */
export interface WeightNormOptions {
  /** The field of the parameter. @default "weight" */
  readonly name?: string;
  /** The axis along which each part has a length of its own; null, and −1 as in torch, for one length of all. @default 0 */
  readonly dim?: number | null;
  /**
   * Under which keys the state is saved: `weight_g` and `weight_v`, as `torch.nn.utils.weight_norm` does, or
   * `parametrizations.weight.original0` and `original1`, as `torch.nn.utils.parametrizations.weight_norm` does.
   *
   * @default "suffixes"
   */
  readonly keys?: "suffixes" | "parametrizations";
}

/**
 * Learns length and direction of a parameter apart: `w = g · v / ‖v‖`, computed from `g` and `v` whenever it is read. The layer
 * computes what it did before.
 *
 * @returns the module itself, whose parameter is replaced by two.
 * @throws ValueError if the field holds no parameter, or an option is unknown. @throws IndexError if the axis does not exist.
 * @see Salimans & Kingma 2016, https://arxiv.org/abs/1602.07868
 */
export function weightNorm<M extends Module>(module: M, options: WeightNormOptions = {}): M {
  const { name, dim, keys } = readOptions("weightNorm", options, {
    name: ["weight", checkString],
    dim: [0, orNull(checkInteger)],
    keys: ["suffixes", oneOf("suffixes", "parametrizations")],
  });
  const weight = parameterIn("weightNorm", module, name);
  const kept = dim === null || dim === -1 ? null : normalizeDim("weightNorm", dim, weight.rank);
  const lengths = (x: Tensor): Tensor =>
    kept === null ? norm(x) : norm(x, { dim: [...x.shape.keys()].filter((axis) => axis !== kept), keepDim: true });
  const { requiresGrad } = weight;
  const [g, v] = noGrad(() => [lengths(weight), clone(weight)] as const).map(
    (values) => new Parameter(values, { requiresGrad }),
  ) as [Parameter, Parameter];
  const states = { suffixes: { G: g, V: v }, parametrizations: { original0: g, original1: v } };
  deriveField(module, name, keys, states, () => mul(v, div(g, lengths(v))));
  return module;
}
