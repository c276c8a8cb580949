import { type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { checkRank } from "../../checks/check-sizes.ts";
import { listText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { padBorderFor, type PadMode } from "../conv/padding.ts";

/** Cells around a sequence: as many on both sides, or for each. */
export type SequenceBorder = number | readonly [left: number, right: number];

/** Columns and rows around an image: as many on every side, or in torch's order. */
export type Border = number | readonly [left: number, right: number, top: number, bottom: number];

/** What layers that put a border around sequences or images share. */
abstract class BorderLayer<P extends readonly number[]> extends Module {
  /** In torch's order: those of the last axis first. */
  readonly padding: P;
  readonly #mode: PadMode;

  /** @param sides their names, in torch's order. @throws ValueError if the border is not an integer, or one for each side. */
  constructor(padding: number | P, sides: string, mode: PadMode) {
    super();
    const count = sides.split(", ").length;
    const cells: unknown = typeof padding === "number" ? Array.from({ length: count }, () => padding) : padding;
    if (!Array.isArray(cells) || cells.length !== count || !cells.every(Number.isInteger)) {
      throw new ValueError(
        `${this.constructor.name}: padding must be an integer or [${sides}], got ${showValue(padding)}`,
      );
    }
    this.padding = [...cells] as unknown as P;
    this.#mode = mode;
  }

  /** The input with its border. */
  forward(input: Tensor): Tensor {
    const layer = this.constructor.name;
    const value = this.fillValue();
    const [left, right, top, bottom] = this.padding;
    checkRank(layer, input, top === undefined ? ["n, c, l", "c, l"] : ["n, c, h, w", "c, h, w"]);
    if (input.dtype === "int32" && !Number.isInteger(value))
      throw new ValueError(`${layer}: value ${value} does not suit an int32 input`);
    const columns = [left!, right!] as const;
    const border = top === undefined ? [columns] : [[top, bottom!] as const, columns];
    return padBorderFor(layer, input, border, { mode: this.#mode, value });
  }

  /** What constant borders are filled with. */
  protected fillValue(): number {
    return 0;
  }

  override extraRepr(): string {
    return listText(this.padding);
  }
}

/** What layers that put cells around sequences share. */
export abstract class BorderLayer1d extends BorderLayer<readonly [left: number, right: number]> {
  /** @throws ValueError if the border is not an integer or two of them. */
  constructor(padding: SequenceBorder, mode: PadMode) {
    super(padding, "left, right", mode);
  }
}

/** What layers that put a border around images share. */
export abstract class BorderLayer2d extends BorderLayer<
  readonly [left: number, right: number, top: number, bottom: number]
> {
  /** @throws ValueError if the border is not an integer or four of them. */
  constructor(padding: Border, mode: PadMode) {
    super(padding, "left, right, top, bottom", mode);
  }
}
