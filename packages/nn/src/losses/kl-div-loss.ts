import type { Reduction, Tensor } from "@tapegrad/tensor";
import { checkBoolean, checkFloats, oneOf, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { div, equal, exp, log, mul, sub, where } from "@tapegrad/tensor/ops";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkSameShape, reduceLosses } from "./loss.ts";

/** Options of `klDivLoss`. */
export interface KLDivLossOptions {
  /**
   * `"batchmean"` divides the sum by the batch, which is the divergence, and that of a scalar by nothing; `"mean"` divides it
   * by all elements.
   *
   * @default "mean"
   */
  readonly reduction?: Reduction | "batchmean";
  /** Whether the target holds log-probabilities. @default false */
  readonly logTarget?: boolean;
}

const rules: OptionRules<KLDivLossOptions> = {
  reduction: ["mean", /* @__PURE__ */ oneOf("none", "batchmean", "mean", "sum")],
  logTarget: [false, checkBoolean],
};

/**
 * The Kullback–Leibler divergence of two distributions: `target · (log target − input)`, where `input` holds
 * **log**-probabilities; 0 where the target is 0.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them with a warning. @throws DTypeError if either is int32.
 */
export function klDivLoss(input: Tensor, target: Tensor, options: KLDivLossOptions = {}): Tensor {
  const { reduction, logTarget } = readOptions("klDivLoss", options, rules);
  checkSameShape("klDivLoss", input, target);
  checkFloats("klDivLoss", { input, target });
  const probability = logTarget ? exp(target) : target;
  // The logarithm of a probability of 0 is asked for nowhere, so that no NaN comes up in gradients either.
  const logProbability = logTarget ? target : log(where(equal(target, 0), 1, target));
  const losses = mul(probability, sub(logProbability, input));
  if (reduction !== "batchmean") return reduceLosses(losses, reduction);
  const [batch = 1] = input.shape;
  return div(reduceLosses(losses, "sum"), batch);
}

const Loss: ModuleOf<typeof klDivLoss> = /* @__PURE__ */ moduleOf(klDivLoss, 2, rules);

/** The Kullback–Leibler divergence: `klDivLoss` as a module. */
export class KLDivLoss extends Loss {}
