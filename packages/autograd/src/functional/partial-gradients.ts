import { GradientError, type MaybeTensor, type Tensor, zeros, zerosLike } from "@tapegrad/tensor";
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

/** @throws GradientError if an output does not depend on anything that requires a gradient. */
export function refuseConstantOutputs(caller: string, outputs: readonly Tensor[]): void {
  for (const [i, output] of outputs.entries()) {
    if (!output.requiresGrad) {
      throw new GradientError(
        `${caller}: output ${i} of the function requires no gradient: it was not computed from the inputs, or not by ` +
          `ops that are recorded; strict does not allow that`,
      );
    }
  }
}

/** @throws GradientError saying of what and of which entry a gradient is null, or, if it should have a graph, has none. */
export function refuseIndependence(
  caller: string,
  gradients: readonly MaybeTensor[],
  createGraph: boolean,
  describe: (index: number) => string,
): void {
  for (const [i, gradient] of gradients.entries()) {
    if (gradient === null) throw new GradientError(`${caller}: ${describe(i)}; strict does not allow that`);
    if (createGraph && !gradient.requiresGrad) {
      throw new GradientError(
        `${caller}: ${describe(i)} in its derivative, which is constant; strict with createGraph does not allow that`,
      );
    }
  }
}

/** Results as the user gets them: without records, unless they were asked for. */
export function finish(tensors: readonly Tensor[], createGraph: boolean): Tensor[] {
  return createGraph ? [...tensors] : tensors.map((tensor) => (tensor.requiresGrad ? tensor.detach() : tensor));
}
