import { checkBoolean, Incomparable } from "@tapegrad/tensor/internal";

/** The half of `Module` that is about train and eval mode. */
export abstract class ModeSwitch extends Incomparable {
  /**
   * Whether layers that behave differently while learning (dropout, batch norm) do so. Set it through `train()` and
   * `eval()`, which reach the modules inside too. It is unrelated to gradients: `noGrad` does not change it.
   */
  training = true;
  #frozen = false;

  abstract children(): ModeSwitch[];
  abstract modules(): ModeSwitch[];

  /**
   * Switches this module and every module inside to train mode, or to eval mode with `false`. Frozen ones stay as
   * they are.
   */
  train(mode = true): this {
    checkBoolean("train", "mode", mode);
    if (!this.#frozen) this.training = mode;
    for (const child of this.children()) child.train(mode);
    return this;
  }

  /** Switches this module and every module inside to eval mode: what to call before looking at predictions. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Whether this module itself, apart from those inside, computes otherwise in train mode than in eval mode. The mode
   * tools ask it; override it where `forward` looks at `training`.
   */
  get modeSensitive(): boolean {
    return false;
  }

  /** Whether `freeze()` holds this module in eval mode. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /**
   * Holds this module and every module inside in eval mode: `train()` passes them by until `unfreeze()`. For the
   * batch norms of a pretrained network, whose statistics must not move. Parameters learn on, unless
   * `requireGrad(false)`.
   */
  freeze(): this {
    return this.#holdInEval(true);
  }

  /** Lets `train()` reach this module and every module inside again. The mode itself stays as it is. */
  unfreeze(): this {
    return this.#holdInEval(false);
  }

  #holdInEval(frozen: boolean): this {
    for (const module of this.modules()) {
      module.#frozen = frozen;
      if (frozen) module.training = false;
    }
    return this;
  }
}
