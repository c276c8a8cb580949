import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { Adam, type AdamOptions } from "./adam.ts";
import type { ParamsOrGroups } from "./parameter-groups.ts";

/**
 * Adam with decoupled weight decay: the parameter is first multiplied by `1 − lr·weightDecay`, and decay does not enter the
 * running averages.
 *
 * @see Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101
 */
export class AdamW extends Adam {
  protected override readonly decoupled: boolean = true;

  constructor(params: ParamsOrGroups<AdamOptions>, options: Partial<AdamOptions> = {}) {
    refuseUnknownOptions("AdamW", options, ["lr", "betas", "eps", "weightDecay", "amsgrad", "maximize"]);
    super(params, { weightDecay: 0.01, ...options });
  }
}
