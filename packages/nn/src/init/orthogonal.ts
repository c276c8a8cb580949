import type { Tensor } from "@tapegrad/tensor";
import { checkFloat, readOptions } from "@tapegrad/tensor/internal";
import { normals } from "@tapegrad/tensor/random";
import { checkFit } from "../checks/check-sizes.ts";
import { checkReal } from "../checks/check-values.ts";
import { generatorRule, type InitOptions, setValues } from "./initialisers.ts";

/** Options of `orthogonal`. */
export interface OrthogonalOptions extends InitOptions {
  /** Factor on the matrix. @default 1 */
  readonly gain?: number;
}

/**
 * Draws a weight, seen as the matrix `[out, rest]`, whose rows or columns (the fewer ones) are orthonormal, times
 * `gain`. Uniform among all such matrices.
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see Saxe et al. 2013, https://arxiv.org/abs/1312.6120
 */
export function orthogonal<T extends Tensor>(weight: T, options: OrthogonalOptions = {}): T {
  checkFloat("orthogonal", weight, "weight");
  const { gain, generator } = readOptions("orthogonal", options, { gain: [1, checkReal], ...generatorRule() });
  checkFit("orthogonal", weight.rank >= 2, "a weight of at least two axes", weight.shape);
  const rows = weight.shape[0]!;
  if (weight.size === 0) return weight;
  const columns = weight.size / rows;
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const draws = normals(generator, weight.size);
  const vectors = orthonormal(
    Array.from({ length: count }, (_, i) => Float64Array.from(draws.subarray(i * length, (i + 1) * length))),
  );
  const values = new Float32Array(weight.size);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++)
      values[i * columns + j] = gain * (rows < columns ? vectors[i]![j]! : vectors[j]![i]!);
  }
  return setValues("orthogonal", weight, values);
}

/** Gram–Schmidt, each vector twice, which is as exact as Householder's QR (Giraud et al. 2005). Changes the vectors. */
function orthonormal(vectors: Float64Array[]): Float64Array[] {
  for (const [i, vector] of vectors.entries()) {
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of vectors.slice(0, i)) {
        const overlap = dot(vector, earlier);
        for (let k = 0; k < vector.length; k++) vector[k]! -= overlap * earlier[k]!;
      }
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let k = 0; k < vector.length; k++) vector[k]! /= norm;
  }
  return vectors;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
