import { applyOp, GradientError, type MaybeTensor, type Op, type Tensor, type VjpContext } from "@tapegrad/tensor";
import { checkFunction } from "@tapegrad/tensor/internal";

/** A differentiable function with a gradient of its own. */
export interface CustomFunction<I extends readonly Tensor[], P, R extends Tensor | readonly Tensor[]> {
  /** Names the function in messages. */
  readonly name: string;
  /** Computes the result with any ops; nothing inside is recorded. */
  forward(inputs: I, params: P): R;
  /**
   * Computes the gradients of the inputs (null where none flows) from those of the outputs (null where none arrived).
   *
   * Written with ops, it can itself be differentiated. Tensors made here and not returned are freed when it returns.
   */
  backward(context: VjpContext<I, P>, grads: readonly MaybeTensor[]): readonly MaybeTensor[];
}

/**
 * Turns a forward and a backward into a differentiable function, for gradients that differ from what the ops inside
 * would give: straight-through estimators, gradient reversal, numerically better forms.
 *
 * ```ts
 * const reverseGradient = customFunction({
 *   name: "reverseGradient",
 *   forward: ([x]: readonly [Tensor], _scale: number) => clone(x),
 *   backward: ({ params: scale }, [grad]) => [mul(grad!, -scale)],
 * });
 * const y = reverseGradient([x], 0.5);
 * ```
 */
export function customFunction<I extends readonly Tensor[], P = void, R extends Tensor | readonly Tensor[] = Tensor>(
  definition: CustomFunction<I, P, R>,
): (inputs: I, params: P) => R {
  for (const name of ["forward", "backward"] as const)
    checkFunction("customFunction", name, (Object(definition) as Partial<CustomFunction<I, P, R>>)[name]);
  let single = false;
  const op: Op<I, P> = {
    name: definition.name,
    forward(inputs, params) {
      const result: Tensor | readonly Tensor[] = definition.forward(inputs, params);
      single = !Array.isArray(result);
      return single ? [result as Tensor] : (result as readonly Tensor[]);
    },
    vjp(grads, context) {
      const answers = definition.backward(context, grads);
      if (answers.length !== context.inputs.length) {
        throw new GradientError(
          `${definition.name}: backward returned ${answers.length} gradients, expected one (or null) for each of ` +
            `${context.inputs.length} inputs`,
        );
      }
      return answers;
    },
  };
  return (inputs, params) => {
    const outputs = applyOp(op, inputs, params);
    return (single ? outputs[0]! : outputs) as R;
  };
}
