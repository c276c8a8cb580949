import type { Generator, Tensor } from "@tapegrad/tensor";
import { checkGenerator, checkProbability, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { guardMode } from "../../modes/mode-guard.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/** Options of dropout layers. */
export interface DropoutOptions {
  /** Where masks are drawn from. @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/** What dropout layers share: how probable a zero is, and where the masks come from. */
export abstract class DropoutBase extends Module {
  /** Probability that a value is dropped. */
  p: number;
  readonly generator: Generator | undefined;

  /** @throws ValueError if `p` is not in [0, 1] or an option unknown. */
  constructor(p = 0.5, options: DropoutOptions = {}) {
    super();
    refuseUnknownOptions(this.constructor.name, options, ["generator"]);
    const { generator } = options;
    if (generator !== undefined) checkGenerator(this.constructor.name, "generator", generator);
    checkProbability(this.constructor.name, "dropout probability", p);
    this.p = p;
    this.generator = generator;
  }

  /** With probability 0, nothing is dropped in either mode. */
  override get modeSensitive(): boolean {
    return this.p > 0;
  }

  /** Mode and source of the masks, as the ops take them. */
  protected maskOptions(input: Tensor): { readonly training: boolean; readonly generator?: Generator } {
    guardMode(this, input);
    return { training: this.training, ...(this.generator && { generator: this.generator }) };
  }

  override extraRepr(): string {
    return optionsText({ p: this.p });
  }
}
