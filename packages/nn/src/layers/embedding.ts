import { defaultGenerator, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import { checkElements, checkIndices, checkOperands, readOptions, showValue } from "@tapegrad/tensor/internal";
import { indexSelect, notEqual, reshape, where } from "@tapegrad/tensor/ops";
import { normals } from "@tapegrad/tensor/random";
import { checkFit, checkSizes } from "../checks/check-sizes.ts";
import { setValues } from "../init/initialisers.ts";
import { optionsText } from "../module/module-text.ts";
import { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** Index whose row takes no gradient; negative ones count from the end. @default null */
  readonly paddingIdx?: number | null;
}

/**
 * Looks up rows of a table.
 *
 * Shape: int32 indices `[…]`, weight `[rows, columns] → […, columns]`.
 *
 * @throws IndexError if an index has no row. @throws ValueError if `paddingIdx` has none.
 */
export function embedding(indices: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  const { paddingIdx } = readOptions("embedding", options, { paddingIdx: [null] });
  checkOperands("embedding", { indices, weight });
  checkFit("embedding", weight.rank === 2, "a weight [rows, columns]", weight.shape);
  checkIndices("embedding", indices, weight.shape[0]!);
  const flat = reshape(indices, [indices.size]);
  const rows = indexSelect(weight, 0, flat);
  const padding = rowOf("embedding", paddingIdx, weight.shape[0]!);
  const learned =
    padding === null ? rows : where(reshape(notEqual(flat, padding), [flat.size, 1]), rows, rows.detach());
  return reshape(learned, [...indices.shape, weight.shape[1]!]);
}

/**
 * A table of learned rows, looked up by index.
 *
 * Shape: int32 indices `[…] → […, embeddingDim]`. State: `weight` `[numEmbeddings, embeddingDim]`, drawn from N(0,
 * 1), with zeros in the row of `paddingIdx`.
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly weight: Parameter;

  /** @throws ValueError if a size is not a positive integer, `paddingIdx` has no row, or an option is unknown. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    const { paddingIdx } = readOptions("Embedding", options, { paddingIdx: [null] });
    checkSizes("Embedding", { numEmbeddings, embeddingDim });
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = rowOf("Embedding", paddingIdx, numEmbeddings);
    checkElements("Embedding", [numEmbeddings, embeddingDim]);
    this.weight = new Parameter(zeros([numEmbeddings, embeddingDim]));
    this.resetParameters();
  }

  /** Draws the table anew. */
  resetParameters(): void {
    const values = normals(defaultGenerator(), this.weight.size);
    const { paddingIdx, embeddingDim } = this;
    if (paddingIdx !== null) values.fill(0, paddingIdx * embeddingDim, (paddingIdx + 1) * embeddingDim);
    setValues("Embedding", this.weight, values);
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx } = this;
    return [numEmbeddings, embeddingDim, ...(paddingIdx === null ? [] : [optionsText({ paddingIdx })])].join(", ");
  }

  forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, { paddingIdx: this.paddingIdx });
  }
}

/** The row that an index, maybe counted from the end, means. */
function rowOf(name: string, index: number | null, rows: number): number | null {
  if (index === null) return null;
  if (!Number.isInteger(index) || index < -rows || index >= rows) {
    throw new ValueError(`${name}: paddingIdx must be an integer in [${-rows}, ${rows - 1}], got ${showValue(index)}`);
  }
  return index < 0 ? index + rows : index;
}
