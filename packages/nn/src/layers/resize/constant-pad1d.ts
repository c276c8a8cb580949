import { checkNumber } from "@tapegrad/tensor/internal";
import { optionsText } from "../../module/module-text.ts";
import { type SequenceBorder, BorderLayer1d } from "./border-layer.ts";

/**
 * Puts a value around a sequence; negative borders crop.
 *
 * Shape: `[n, c, l] → [n, c, left + l + right]`; without `n` alike.
 */
export class ConstantPad1d extends BorderLayer1d {
  readonly value: number;

  /** @throws ValueError if the border is not an integer or two of them, or the value no number. */
  constructor(padding: SequenceBorder, value: number) {
    super(padding, "constant");
    checkNumber("ConstantPad1d", "value", value);
    this.value = value;
  }

  /** Padding and value. */
  override extraRepr(): string {
    return optionsText({ padding: this.padding, value: this.value });
  }

  protected override fillValue(): number {
    return this.value;
  }
}
