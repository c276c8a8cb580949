import { GradientError, type MaybeTensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkTensor, refuseUnknownOptions, showShape } from "@tapegrad/tensor/internal";
import type { BackwardOptions } from "./backward.ts";
import { checkRoot } from "./walk/check-root.ts";
import { walk } from "./walk/walk.ts";

/** How `grad` runs. */
export interface GradOptions extends Omit<BackwardOptions, "gradient"> {
  /** The gradient of each output; null for an output of one element stands for 1. @default 1 for each */
  readonly gradOutputs?: Tensor | readonly MaybeTensor[];
  /** Whether an input that no output depends on is answered with null instead of an error. @default false */
  readonly allowUnused?: boolean;
}

/**
 * The gradients of the sum of all outputs with respect to the inputs, one for each input. No `.grad` is touched.
 *
 * Inputs may be leaves or computed tensors. With `createGraph`, the results can be differentiated again:
 *
 * ```ts
 * const [first] = grad(pow(x, 3), x, { createGraph: true }); // 3x²
 * const [second] = grad(first, x); // 6x
 * ```
 *
 * @throws GradientError if an output or input requires no gradient, if an input is not used and `allowUnused` is not
 *   set, and in all cases in which `backward` throws it.
 * @throws ShapeError or DTypeError if a gradient in `gradOutputs` does not fit its output.
 * @throws ValueError if the number of `gradOutputs` is not that of the outputs, there are no outputs or no inputs, or of an unknown
 *   option.
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { readonly allowUnused: true },
): MaybeTensor[];
export function grad(outputs: Tensor | readonly Tensor[], inputs: Tensor, options?: GradOptions): [Tensor];
export function grad(outputs: Tensor | readonly Tensor[], inputs: readonly Tensor[], options?: GradOptions): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): MaybeTensor[] {
  refuseUnknownOptions("grad", options, ["gradOutputs", "retainGraph", "createGraph", "allowUnused"]);
  const { gradOutputs, createGraph = false, retainGraph = createGraph, allowUnused = false } = options;
  const roots = listOf(outputs);
  const targets = listOf(inputs);
  const seeds: readonly MaybeTensor[] = gradOutputs === undefined ? roots.map(() => null) : listOf(gradOutputs);
  if (roots.length === 0) throw new ValueError("grad: expected at least one output");
  if (targets.length === 0) throw new ValueError("grad: expected at least one input");
  if (seeds.length !== roots.length) {
    throw new ValueError(`grad: expected ${roots.length} gradOutputs, one for each output, got ${seeds.length}`);
  }
  roots.forEach((root, i) => {
    checkTensor("grad", root, `output ${i}`);
    checkRoot("grad", root, seeds[i] ?? null, "gradOutputs");
  });
  targets.forEach((target, i) => {
    checkTensor("grad", target, `input ${i}`);
    if (!target.requiresGrad)
      throw new GradientError(`grad: input ${i}, ${showShape(target.shape)}, requires no gradient`);
  });
  const gradients = walk({
    caller: "grad",
    roots,
    seeds,
    wanted: new Set(targets),
    retainGraph,
    createGraph,
  });
  return targets.map((target, i) => {
    const gradient = gradients.get(target) ?? null;
    if (gradient === null && !allowUnused) {
      throw new GradientError(
        `grad: no output depends on input ${i}, ${showShape(target.shape)}; pass allowUnused: true to get null for it`,
      );
    }
    return gradient;
  });
}

function listOf<T extends MaybeTensor>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
