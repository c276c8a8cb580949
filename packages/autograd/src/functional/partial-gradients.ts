import { type MaybeTensor, type Tensor, zeros, zerosLike } from "@tapegrad/tensor";
import { grad, type GradOptions } from "../grad.ts";

/**
 * Gradients of those outputs that require one; null for an input that none of them depends on.
 *
 * @param gradOutputs one for each output; null stands for 1.
 */
export function partialGradients(
  outputs: readonly MaybeTensor[],
  inputs: readonly Tensor[],
  gradOutputs: readonly Tensor[] | null,
  options: Pick<GradOptions, "createGraph" | "retainGraph">,
): MaybeTensor[] {
  const tracked = outputs.flatMap((output, i) =>
    output !== null && output.requiresGrad ? [{ output, gradOutput: gradOutputs?.[i] ?? null }] : [],
  );
  if (tracked.length === 0) return inputs.map(() => null);
  return grad(
    tracked.map(({ output }) => output),
    inputs,
    { ...options, gradOutputs: tracked.map(({ gradOutput }) => gradOutput), allowUnused: true },
  );
}

/** Zeros for the gradients that are null. */
export function fillWithZeros(gradients: readonly MaybeTensor[], like: readonly Tensor[]): Tensor[] {
  return gradients.map((gradient, i) => gradient ?? zerosLike(like[i]!));
}

/** Zeros that require a gradient: outputs' gradients whose values do not matter, for a backward pass is linear in them. */
export function zeroVariables(like: readonly Tensor[]): Tensor[] {
  return like.map(({ shape, device }) => zeros(shape, { requiresGrad: true, device }));
}
