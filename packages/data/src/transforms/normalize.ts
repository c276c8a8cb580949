import { showValue } from "@tapegrad/tensor/arguments";
import { ShapeError, ValueError } from "@tapegrad/tensor/errors";
import type { PictureValues, Transform, TransformSpec } from "./transform.ts";

/**
 * `(x − mean) / std` for each channel, in float32 as in torch; comes after `ToTensor`.
 *
 * @throws ValueError if a mean is not finite or a std not positive.
 * @throws ShapeError if there are not as many means as stds; when applied, if the values have another number of channels.
 */
export class Normalize implements Transform<PictureValues, PictureValues> {
  readonly mean: readonly number[];
  readonly std: readonly number[];

  constructor(mean: readonly number[], std: readonly number[]) {
    if (!Array.isArray(mean) || !Array.isArray(std))
      throw new ValueError(`Normalize: expected lists of means and stds, got ${showValue(mean)} and ${showValue(std)}`);
    if (mean.length !== std.length) throw new ShapeError(`Normalize: ${mean.length} means but ${std.length} stds`);
    if (!mean.every(Number.isFinite)) throw new ValueError(`Normalize: means must be finite, got ${showValue(mean)}`);
    if (!std.every((each) => Number.isFinite(each) && each > 0))
      throw new ValueError(`Normalize: stds must be positive, got ${showValue(std)}`);
    this.mean = mean;
    this.std = std;
  }

  get spec(): TransformSpec {
    return { name: "Normalize", options: [this.mean, this.std] };
  }

  apply({ values, shape }: PictureValues): PictureValues {
    if (!(values instanceof Float32Array))
      throw new ValueError("Normalize: expected the values that ToTensor gives, got a picture");
    if (shape[0] !== this.mean.length)
      throw new ShapeError(`Normalize: ${this.mean.length} means for ${shape[0]} channels`);
    const plane = shape[1] * shape[2];
    const normal = new Float32Array(values.length);
    this.mean.forEach((wide, c) => {
      const mean = Math.fround(wide);
      const std = Math.fround(this.std[c]!);
      for (let i = c * plane; i < (c + 1) * plane; i++) normal[i] = Math.fround(values[i]! - mean) / std;
    });
    return { values: normal, shape };
  }
}
