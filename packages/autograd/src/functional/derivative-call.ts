import {
  DTypeError,
  enableGrad,
  GradientError,
  type MaybeTensor,
  ShapeError,
  type Tensor,
  ValueError,
  withDevice,
} from "@tapegrad/tensor";
import { checkSameDevice, readOptions, showShape } from "@tapegrad/tensor/internal";
import { reshape } from "@tapegrad/tensor/ops";
import type { GradOptions } from "../grad.ts";
import { checkGradient } from "../walk/check-gradient.ts";
import {
  type DerivativeOptions,
  type ForEach,
  type Listed,
  listTensors,
  type Tensors,
  unlist,
} from "./differentiable-function.ts";
import { fillWithZeros, partialGradients } from "./partial-gradients.ts";

/** A call of `jacobian` or one of its like: which function is differentiated where, and how. Errors name the caller. */
export class DerivativeCall {
  readonly inputs: Listed;
  /**
   * What the function is called with: the inputs' values, in tensors of their own, so that a function which also captures an
   * input is differentiated with respect to its argument alone; with `createGraph`, gradients flow back to the inputs.
   */
  readonly fresh: readonly Tensor[];
  readonly createGraph: boolean;
  readonly #strict: boolean;
  readonly #caller: string;

  /** @throws ValueError, DTypeError or DeviceError unless the inputs are float32 tensors of one device, or of an unknown option. */
  constructor(caller: string, inputs: unknown, options: DerivativeOptions) {
    const { createGraph, strict } = readOptions(caller, options, { createGraph: [false], strict: [false] });
    this.#caller = caller;
    this.#strict = strict;
    this.createGraph = createGraph;
    this.inputs = listTensors(caller, "inputs", inputs);
    checkSameDevice(caller, this.inputs.list);
    for (const [i, { dtype }] of this.inputs.list.entries()) {
      if (dtype !== "float32") {
        throw new DTypeError(
          `${caller}: only float32 tensors have gradients, input ${i} is ${dtype}; use it inside the function instead`,
        );
      }
    }
    this.fresh = this.inputs.list.map((input) => this.#variable(input, true));
  }

  /** Runs `fn` on the inputs' device. */
  run<R>(fn: () => R): R {
    return withDevice(this.inputs.list[0]!.device, fn);
  }

  /**
   * The vector that a product is taken with; null stands for a single 1.
   *
   * @param like what it must be shaped like: the function's inputs or outputs, which `what` says.
   * @throws ValueError, ShapeError or DTypeError if it is not.
   */
  vectorOf(v: unknown, like: Listed, what: "inputs" | "outputs"): readonly Tensor[] | null {
    const caller = this.#caller;
    if (v === null || v === undefined) {
      if (like.list.length === 1 && like.list[0]!.size === 1) return null;
      throw new ValueError(
        `${caller}: v may only be left out if the function's ${what} are a single tensor of one element, got ` +
          `${like.list.map(({ shape }) => showShape(shape)).join(", ")}`,
      );
    }
    const { list } = listTensors(caller, "v", v);
    if (list.length !== like.list.length) {
      throw new ValueError(
        `${caller}: v must be ${like.list.length} tensors, one for each of the function's ${what}, got ${list.length}`,
      );
    }
    for (const [i, each] of list.entries()) {
      const expected = like.list[i]!;
      const which = like.isArray ? `entry ${i} of v` : "v";
      checkGradient(() => `${caller}: ${which}`, each, expected, `the function's ${what}`);
    }
    return list.map((each) => this.#variable(each, false));
  }

  /** What the function gives, with recording on. @throws ValueError unless it is tensors. @throws GradientError, if `strict`, of a constant. */
  outputsOf(fn: unknown): Listed {
    const outputs = this.#call(fn);
    this.#refuseConstants(outputs);
    return outputs;
  }

  /**
   * What a function with one value gives, and its gradients with respect to the inputs, recorded.
   *
   * @throws ValueError or ShapeError unless it gives one tensor of one element. @throws GradientError, if `strict`, of a constant gradient.
   */
  gradientsOf(fn: unknown): { readonly output: Listed; readonly gradients: readonly MaybeTensor[] } {
    const output = this.#call(fn);
    const { size, shape } = output.list[0]!;
    if (output.isArray)
      throw new ValueError(
        `${this.#caller}: the function must return one tensor, got an array of ${output.list.length}`,
      );
    if (size !== 1)
      throw new ShapeError(
        `${this.#caller}: the function must return a tensor of one element, got ${showShape(shape)}`,
      );
    this.#refuseConstants(output);
    const describe = (i: number): string => `the function is independent of input ${i}, or linear`;
    return { output, gradients: this.gradients(output.list, this.fresh, null, describe, { createGraph: true }) };
  }

  /**
   * Gradients of outputs, recorded if `createGraph`; null where an input does not matter.
   *
   * @param describe says what it means that entry `index` is null, or constant although it is recorded.
   * @throws GradientError saying so, if `strict`.
   */
  gradients(
    outputs: readonly MaybeTensor[],
    inputs: readonly Tensor[],
    gradOutputs: readonly Tensor[] | null,
    describe: (index: number) => string,
    options: Pick<GradOptions, "createGraph" | "retainGraph"> = {},
  ): readonly MaybeTensor[] {
    const { createGraph = this.createGraph, retainGraph = createGraph } = options;
    const gradients = partialGradients(outputs, inputs, gradOutputs, { createGraph, retainGraph });
    if (!this.#strict) return gradients;
    for (const [i, gradient] of gradients.entries()) {
      if (gradient === null) throw new GradientError(`${this.#caller}: ${describe(i)}; strict does not allow that`);
      if (createGraph && !gradient.requiresGrad) {
        throw new GradientError(
          `${this.#caller}: ${describe(i)} in its derivative, which is constant; strict with createGraph does not allow that`,
        );
      }
    }
    return gradients;
  }

  /** Outputs and a product as the user gets them, each in its form: the outputs without records, unless they were asked for. */
  results<O extends Tensors, P extends Tensors>(
    outputs: Listed,
    product: readonly MaybeTensor[],
    like: Listed,
  ): [outputs: ForEach<O, Tensor>, product: ForEach<P, Tensor>] {
    const finished = outputs.list.map((each) => (this.createGraph || !each.requiresGrad ? each : each.detach()));
    return [unlist<O, Tensor>(outputs, finished), unlist<P, Tensor>(like, fillWithZeros(product, like.list))];
  }

  #call(fn: unknown): Listed {
    if (typeof fn !== "function") throw new ValueError(`${this.#caller}: expected a function, got ${typeof fn}`);
    const outputs = enableGrad(() => fn(...this.fresh) as unknown);
    return listTensors(this.#caller, "the function's outputs", outputs);
  }

  #refuseConstants({ list }: Listed): void {
    const constant = list.findIndex(({ requiresGrad }) => !requiresGrad);
    if (!this.#strict || constant === -1) return;
    throw new GradientError(
      `${this.#caller}: output ${constant} of the function requires no gradient: it was not computed from the inputs, or not by ` +
        `ops that are recorded; strict does not allow that`,
    );
  }

  #variable(tensor: Tensor, requiresGrad: boolean): Tensor {
    if (this.createGraph && tensor.requiresGrad) return enableGrad(() => reshape(tensor, tensor.shape));
    const detached = tensor.detach();
    detached.requiresGrad = requiresGrad;
    return detached;
  }
}
