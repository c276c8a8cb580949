import { checkFloat, checkNumber, checkTensor } from "../../checks/index.ts";
import { defineOp, launchOne, type Tensor } from "../../core.ts";
import type { ElementwiseOpcode, KernelRole } from "../../devices/kernel.ts";
import type * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { elementwiseKernel, type WasmFunction } from "../../kernels/elementwise/kernel.ts";
import { zerosLike } from "../../tensor/create.ts";
import { cast } from "../copy/cast.ts";
import { named } from "./named.ts";

type Wasm = WasmFunction<opcodes.Unary, opcodes.OrderUnary, opcodes.UnaryFunction, opcodes.MoreUnary>;

/** A function of one operand, element by element. */
export type UnaryDefinition<S extends readonly number[]> = Wasm & {
  readonly name: string;
  /** What rules of fusing know it by. */
  readonly role?: KernelRole;
  /**
   * What it does with int32 tensors: the number of the wasm function for them, or `"promote"` to float32 as torch does,
   * or `"refuse"`. @default "promote"
   */
  readonly int32?: opcodes.UnaryInt | typeof opcodes.copy | "promote" | "refuse";
  /** gpu.js expression of the operand `a` and the scalar parameters `s`, `t`. */
  readonly gpu: string;
  /** The gradient for `x`, given the one for `y`. Absent if the function is constant almost everywhere: then it is 0. */
  vjp?(grad: Tensor, x: Tensor, y: Tensor, ...scalars: S): Tensor;
  /** Which values `vjp` reads. @default "nothing" */
  readonly reads?: "nothing" | "input" | "output";
};

interface UnaryParams<S> {
  readonly opcode: ElementwiseOpcode;
  readonly scalars: S;
}

/** Defines an elementwise function of one tensor. */
export function defineUnary(definition: UnaryDefinition<[]>): (x: Tensor) => Tensor {
  const apply = defineScaled(definition);
  return named(definition.name, (x) => apply(x));
}

/** Defines an elementwise function of one tensor and up to two numbers. */
export function defineScaled<S extends readonly number[]>(
  definition: UnaryDefinition<S>,
): (x: Tensor, ...scalars: S) => Tensor {
  const { name, role, wasm, opcode, int32 = "promote", gpu, vjp, reads = "nothing" } = definition;
  const kernel = elementwiseKernel(name, gpu, wasm, role);
  const op = defineOp<[Tensor], UnaryParams<S>>({
    name,
    forward: ([x], { opcode, scalars }) =>
      launchOne(kernel, [x], { shape: x.shape, dtype: x.dtype }, { opcode, operands: [{ input: 0 }], scalars }),
    vjp: (grad, { inputs: [x], outputs: [y], params }) => [vjp?.(grad, x, y!, ...params.scalars) ?? zerosLike(grad)],
    reads: { inputs: reads === "input", outputs: reads === "output" },
  });
  return (x, ...scalars) => {
    if (int32 === "refuse") checkFloat(name, x);
    else checkTensor(name, x);
    for (const scalar of scalars) checkNumber(name, "its parameter", scalar);
    const integers = x.dtype === "int32" && typeof int32 === "number";
    return op([integers ? x : cast(x, "float32")], { opcode: integers ? int32 : opcode, scalars });
  };
}
