import {
  ShapeError,
  ValueError,
  checkShape,
  fromHost,
  sameShape,
  showShape,
  showValue,
  sizeOf,
} from "@tapegrad/tensor";
import type { Batch, Sample } from "./dataset.ts";

/**
 * Stacks samples: inputs to float32 `[n, …]`, targets to int32 `[n]`. What a `DataLoader` does unless told otherwise.
 *
 * @throws ValueError if there are no samples, or an item is not a `Sample`.
 * @throws ShapeError if the inputs differ in shape.
 */
export function collate(samples: readonly Sample[]): Batch {
  if (!Array.isArray(samples)) throw new ValueError(`collate: expected a list of samples, got ${showValue(samples)}`);
  const [first] = samples;
  if (first === undefined) throw new ValueError("collate: expected at least one sample, got none");
  for (const sample of samples) checkSample(sample);
  const { shape, values } = first.input;
  checkShape("collate", shape);
  if (sizeOf(shape) !== values.length)
    throw new ShapeError(`collate: sample 0 has ${values.length} values for shape ${showShape(shape)}`);
  const inputs = new Float32Array(samples.length * values.length);
  samples.forEach(({ input }, i) => {
    if (!sameShape(input.shape, shape) || input.values.length !== values.length) {
      throw new ShapeError(
        `collate: sample 0 has shape ${showShape(shape)}, sample ${i} has ${showShape(input.shape)}`,
      );
    }
    inputs.set(input.values, i * values.length);
  });
  const targets = Int32Array.from(samples, ({ target }) => target);
  return { inputs: fromHost(inputs, [samples.length, ...shape]), targets: fromHost(targets, [samples.length]) };
}

function checkSample(sample: unknown): void {
  const { input, target } = (sample ?? {}) as Partial<Sample>;
  if (typeof target !== "number" || !ArrayBuffer.isView(input?.values) || !Array.isArray(input.shape)) {
    throw new ValueError(
      "collate: expected samples { input: { values, shape }, target }; give the DataLoader a collate of its own",
    );
  }
}
