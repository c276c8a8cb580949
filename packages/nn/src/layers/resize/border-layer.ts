import { type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { checkRank } from "../../checks/check-sizes.ts";
import { listText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { padBorderFor, type PadMode } from "../conv/padding.ts";

/** Columns and rows around an image: as many on every side, or in torch's order. */
export type Border = number | readonly [left: number, right: number, top: number, bottom: number];

/** What layers that put a border around an image share. */
export abstract class BorderLayer extends Module {
  readonly padding: readonly [left: number, right: number, top: number, bottom: number];

  /** @throws ValueError if the border is not an integer or four of them. */
  constructor(padding: Border) {
    super();
    const sides: unknown = typeof padding === "number" ? [padding, padding, padding, padding] : padding;
    if (!Array.isArray(sides) || sides.length !== 4 || !sides.every(Number.isInteger)) {
      throw new ValueError(
        `${this.constructor.name}: padding must be an integer or [left, right, top, bottom], got ${showValue(padding)}`,
      );
    }
    const [left, right, top, bottom] = sides as [number, number, number, number];
    this.padding = [left, right, top, bottom];
  }

  /** The image with its border. */
  protected bordered(input: Tensor, mode: PadMode): Tensor {
    const layer = this.constructor.name;
    checkRank(layer, input, ["n, c, h, w", "c, h, w"]);
    const [left, right, top, bottom] = this.padding;
    const border = [
      [top, bottom],
      [left, right],
    ] as const;
    return padBorderFor(layer, input, border, { mode });
  }

  override extraRepr(): string {
    return listText(this.padding);
  }
}
