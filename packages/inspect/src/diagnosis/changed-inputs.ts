import { noGrad, type Tensor, zerosLike } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { cat } from "@tapegrad/tensor/ops/cat";
import { flip } from "@tapegrad/tensor/ops/flip";
import { mul } from "@tapegrad/tensor/ops/mul";
import { repeat } from "@tapegrad/tensor/ops/repeat";
import { slice } from "@tapegrad/tensor/ops/slice";

/** Inputs that have little to do with those given, and which a model takes as well. Of integers, those that were there. */
export function changed(inputs: Tensor): Tensor {
  return noGrad(() => {
    const turned = flip(
      inputs,
      inputs.shape.map((_, axis) => axis),
    );
    return inputs.dtype === "float32" ? add(mul(turned, -0.5), 0.5) : turned;
  });
}

/** The inputs with all examples changed from one on, also what they add up to. */
export function changedFrom(inputs: Tensor, first: number): Tensor {
  return noGrad(() => {
    const rest = changed(slice(inputs, 0, first));
    const count = inputs.shape[0]! - first;
    const others =
      inputs.dtype === "float32"
        ? rest
        : repeat(
            slice(rest, 0, 0, 1),
            inputs.shape.map((_, axis) => (axis === 0 ? count : 1)),
          );
    return cat([slice(inputs, 0, 0, first), others], 0);
  });
}

/** Inputs of zeros. */
export function zeroed(inputs: Tensor): Tensor {
  return noGrad(() => zerosLike(inputs));
}
