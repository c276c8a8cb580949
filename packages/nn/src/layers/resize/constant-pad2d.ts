import { checkNumber } from "@tapegrad/tensor/internal";
import { optionsText } from "../../module/module-text.ts";
import { type Border, BorderLayer2d } from "./border-layer.ts";

/**
 * Puts a value around an image; negative borders crop.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class ConstantPad2d extends BorderLayer2d {
  readonly value: number;

  /** @throws ValueError if the border is not an integer or four of them, or the value no number. */
  constructor(padding: Border, value: number) {
    super(padding, "constant");
    checkNumber("ConstantPad2d", "value", value);
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
