import { elementwiseChainOf } from "../../devices/fusing/elementwise-chains.ts";
import {
  defineKernel,
  type Elementwise,
  type ElementwiseModule,
  type Kernel,
  type KernelRole,
  type OperandDType,
} from "../../devices/kernel.ts";
import type { WasmContext, WasmOperand } from "../../devices/wasm/context.ts";
import type { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import { elementwiseModule } from "../../devices/wasm/generated/elementwise.ts";
import type { functionsModule } from "../../devices/wasm/generated/functions.ts";
import type { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { DType } from "../../tensor/dtype.ts";
import { floatBits } from "../lib/float-bits.ts";
import { writeNest } from "../lib/loop-nest.ts";
import { GRAIN } from "../lib/pieces.ts";

/** A wasm function: its number, and its family if that is not `elementwise`. */
export type WasmFunction<Everyday, Order, Functions, More> =
  | { readonly wasm?: undefined; readonly opcode: Everyday }
  | { readonly wasm: typeof elementwiseOrderModule; readonly opcode: Order }
  | { readonly wasm: typeof functionsModule; readonly opcode: Functions }
  | { readonly wasm: typeof moreFunctionsModule; readonly opcode: More };

/** What varies from call to call: the expression and the family do not. */
export type ElementwiseCall = Omit<Elementwise, "expression" | "module">;

/**
 * The kernel that computes `expression` of its operands `a`, `b`, `c` and scalar parameters `s`, `t` for each element,
 * broadcasting the operands. The wasm half is the function of `module` that the call's opcode names.
 */
export function elementwiseKernel(
  name: string,
  expression: string,
  module: ElementwiseModule = elementwiseModule,
  role?: KernelRole,
): Kernel<ElementwiseCall> {
  return defineKernel<ElementwiseCall>({
    name,
    gpuHalf: "elementwise",
    role,
    dtypes: dtypesOf,
    elementwise: { of: (call) => ({ ...call, expression, module }), chainOf: elementwiseChainOf },
    wasm(context, inputs, [out], call) {
      if (call.operands.length === 1) {
        const [s = 0, t = 0] = call.scalars;
        context.parallel(module, "unary", out!.size, GRAIN, call.opcode, inputs[0]!.ptr, out!.ptr, s, t);
        return;
      }
      // A number has the dtype of the tensors that it is compared or computed with. One that `where` chooses has the output's.
      const dtype = call.operands.length === 3 ? out!.dtype : inputs[0]!.dtype;
      const operands = call.operands.map((operand) =>
        typeof operand === "number" ? constant(context, operand, dtype) : inputs[operand.input]!,
      );
      const [rank, layout] = writeNest(context, out!.shape, operands);
      const { opcode } = call;
      const [a, b, c] = operands.map(({ ptr }) => ptr);
      if (c === undefined) context.parallel(module, "binary", out!.size, GRAIN, opcode, a!, b!, out!.ptr, rank, layout);
      else context.parallel(module, "where", out!.size, GRAIN, opcode, a!, b!, c, out!.ptr, rank, layout);
    },
  });
}

/** What functions read, by their numbers. */
function dtypesOf({ opcode }: ElementwiseCall): readonly OperandDType[] {
  if (opcode === opcodes.copy) return ["output"];
  if (opcode === opcodes.whereFloat) return ["float32", "output"];
  if (opcode === opcodes.whereInt) return ["int32", "output"];
  const integers =
    opcode === opcodes.toFloat32 || (opcode >= opcodes.negInt && opcode < opcodes.add) || opcode >= opcodes.addInt;
  return [integers ? "int32" : "float32"];
}

/** One value in linear memory, as if it were an input of a single element. */
function constant(context: WasmContext, value: number, dtype: DType): WasmOperand {
  const bits = dtype === "int32" ? value : floatBits(value);
  return { ptr: context.ints([bits]), shape: [], dtype, size: 1 };
}
