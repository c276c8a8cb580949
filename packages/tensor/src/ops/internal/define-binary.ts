import { broadcastShapes, showNonTensor } from "../../checks/index.ts";
import { defineOp, DTypeError, launchOne, type Shape, Tensor, ValueError } from "../../core.ts";
import type { ElementwiseInput, ElementwiseOpcode, KernelRole } from "../../devices/kernel.ts";
import type * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { elementwiseKernel, type WasmFunction } from "../../kernels/elementwise/kernel.ts";
import { cast } from "../copy/cast.ts";
import { sumTo } from "../reduction/sum-to.ts";
import { named } from "./named.ts";

/** An operand of an elementwise function. At least one of two is a tensor. */
export type Num = Tensor | number;

type Wasm = WasmFunction<opcodes.Binary, opcodes.OrderBinary, opcodes.BinaryFunction, opcodes.MoreBinary>;

/** A function of two operands, element by element, with broadcasting. */
export type BinaryDefinition = Wasm & {
  readonly name: string;
  /** What rules of fusing know it by. */
  readonly role?: KernelRole;
  /**
   * What it does with two int32 operands: the number of the wasm function for them, or `"promote"` to float32 as torch
   * does, or `"refuse"`. @default "promote"
   */
  readonly int32?: opcodes.BinaryInt | "promote" | "refuse";
  /** Whether the result is float32 also for int32 operands. @default false */
  readonly float32Result?: boolean;
  /** gpu.js expression of the operands `a` and `b`. */
  readonly gpu: string;
  /**
   * The gradients for `a` and `b`, of the shape of the result; each is asked for only if it is wanted. Broadcasting is
   * undone afterwards. Absent if the function is constant almost everywhere.
   */
  vjp?(grad: Tensor, a: Num, b: Num, y: Tensor): readonly [a: () => Tensor, b: () => Tensor];
  /** Which values `vjp` reads. @default "nothing" */
  readonly reads?: "nothing" | "inputs" | "inputs and output";
};

interface BinaryParams {
  readonly opcode: ElementwiseOpcode;
  readonly operands: readonly [ElementwiseInput | number, ElementwiseInput | number];
  readonly shape: Shape;
}

/** Defines an elementwise function of two tensors, or of a tensor and a number. */
export function defineBinary(definition: BinaryDefinition): (a: Num, b: Num) => Tensor {
  const {
    name,
    role,
    wasm,
    opcode,
    int32 = "promote",
    float32Result = false,
    gpu,
    vjp,
    reads = "nothing",
  } = definition;
  const kernel = elementwiseKernel(name, gpu, wasm, role);
  const op = defineOp<readonly Tensor[], BinaryParams>({
    name,
    forward(inputs, { opcode, operands, shape }) {
      const dtype = float32Result ? "float32" : inputs[0]!.dtype;
      return launchOne(kernel, inputs, { shape, dtype }, { opcode, operands, scalars: [] });
    },
    vjp(grad, { inputs, outputs, params: { operands }, needs }) {
      if (vjp === undefined) return inputs.map(() => null);
      const [a, b] = operands.map((operand) => (typeof operand === "number" ? operand : inputs[operand.input]!));
      const gradients = vjp(grad, a!, b!, outputs[0]!).filter((_, i) => typeof operands[i] !== "number");
      return inputs.map((input, i) => (needs[i] ? sumTo(gradients[i]!(), input.shape) : null));
    },
    reads: { inputs: reads !== "nothing", outputs: reads === "inputs and output" },
  });
  return named(name, (a, b) => {
    const tensors = [a, b].filter((operand) => operand instanceof Tensor);
    if (tensors.length === 0 || (tensors.length === 1 && typeof (a instanceof Tensor ? b : a) !== "number"))
      throw noPair(name, a, b);
    const integers = isWhole(a) && isWhole(b);
    if (integers && int32 === "refuse") {
      throw new DTypeError(`${name}: expected a float32 operand, got int32 only; convert one with cast(x, "float32")`);
    }
    const inputs = integers && typeof int32 === "number" ? tensors : tensors.map((tensor) => cast(tensor, "float32"));
    let next = 0;
    const operands = [a, b].map((operand) => (typeof operand === "number" ? operand : { input: next++ }));
    return op(inputs, {
      opcode: integers && typeof int32 === "number" ? int32 : opcode,
      operands: [operands[0]!, operands[1]!],
      shape: inputs.length === 1 ? inputs[0]!.shape : broadcastShapes(name, inputs[0]!.shape, inputs[1]!.shape),
    });
  });
}

/** What is wrong with two operands of which none is a tensor, or one neither that nor a number. */
export function noPair(op: string, a: unknown, b: unknown): ValueError {
  return new ValueError(
    `${op}: expected two tensors, or a tensor and a number, got ${showNonTensor(a)} and ${showNonTensor(b)}`,
  );
}

/** Whether an operand can take part in int32 arithmetic: an int32 tensor, or a whole number of that range. */
export function isWhole(operand: Num): boolean {
  return operand instanceof Tensor
    ? operand.dtype === "int32"
    : typeof operand === "number" && (operand | 0) === operand;
}
