// What must not compile where kernels call WebAssembly, and where they are fused. Nothing runs here: `npm run typecheck` is the test.
import type { AnyKernel } from "../src/devices/kernel.ts";
import type { Address, Pointer, WasmContext } from "../src/devices/wasm/context.ts";
import { conv2dModule, type Finish, type Rectangle } from "../src/devices/wasm/generated/conv2d.ts";
import { functionsModule } from "../src/devices/wasm/generated/functions.ts";
import { matmulModule } from "../src/devices/wasm/generated/matmul.ts";
import type { Windows } from "../src/devices/wasm/generated/max-pool2d.ts";
import * as opcodes from "../src/devices/wasm/generated/opcodes.ts";
import { reduceModule } from "../src/devices/wasm/generated/reduce.ts";
import { floatBits } from "../src/kernels/lib/float-bits.ts";
import { defineBinary } from "../src/ops/internal/define-binary.ts";
import { defineUnary } from "../src/ops/internal/define-unary.ts";

export function calls(context: WasmContext, x: Address, y: Address, finish: Pointer<Finish>): void {
  context.parallel(conv2dModule, "finishPlanes", 8, 1, finish, y + 64, 4, 25);
  // @ts-expect-error there is no such function
  context.parallel(conv2dModule, "finishPlane", 8, 1, finish, y, 4, 25);
  // @ts-expect-error another family has it
  context.parallel(matmulModule, "finishPlanes", 8, 1, finish, y, 4, 25);
  // @ts-expect-error an argument is missing
  context.parallel(conv2dModule, "finishPlanes", 8, 1, finish, y, 4);
  // @ts-expect-error an argument too many
  context.parallel(conv2dModule, "finishPlanes", 8, 1, finish, y, 4, 25, 0);
  // @ts-expect-error an address in place of a count
  context.parallel(conv2dModule, "finishPlanes", 8, 1, finish, 4, y, 25);
  // @ts-expect-error an address of anything in place of a struct
  context.parallel(conv2dModule, "finishPlanes", 8, 1, x, y, 4, 25);

  context.call(matmulModule, "batchScratchSize", 3, 5);
  // @ts-expect-error an argument is missing
  context.call(matmulModule, "batchScratchSize", 3);
  // @ts-expect-error it computes no piece
  context.parallel(matmulModule, "batchScratchSize", 3, 5);
}

export function structs(context: WasmContext, x: Address, windows: Pointer<Windows>): void {
  context.struct<Finish>(0, x, 1, 0);
  // @ts-expect-error a field is missing
  context.struct<Finish>(0, x, 1);
  // @ts-expect-error a field too many
  context.struct<Finish>(0, x, 1, 0, 1);
  // @ts-expect-error an address in place of a number
  context.struct<Rectangle>(x, 0, 4, 4);
  // @ts-expect-error another struct
  context.parallel(conv2dModule, "finishPlanes", 8, 1, windows, x, 4, 25);
  // @ts-expect-error a field is missing
  context.parallel(conv2dModule, "finishPlanes", 8, 1, context.struct(0, x), x, 4, 25);
}

export function opCodes(context: WasmContext, x: Address, y: Address): void {
  context.parallel(reduceModule, "reduce", 8, 1, opcodes.sumSquares, x, y, 9, 1, 9, 1);
  // @ts-expect-error a function of another kind
  context.parallel(reduceModule, "reduce", 8, 1, opcodes.exp, x, y, 9, 1, 9, 1);
  // @ts-expect-error another family has it
  context.parallel(reduceModule, "reduce", 8, 1, opcodes.max, x, y, 9, 1, 9, 1);
  // @ts-expect-error there is no such op code
  void opcodes.sumCubes; // oxlint-disable-line import/namespace
}

const unary = { name: "f", int32: "promote", gpu: "a" } as const;
defineUnary({ ...unary, opcode: opcodes.exp });
defineUnary({ ...unary, opcode: opcodes.log, wasm: functionsModule });
// @ts-expect-error only the family `functions` has it
defineUnary({ ...unary, opcode: opcodes.log });
// @ts-expect-error it has two operands
defineUnary({ ...unary, opcode: opcodes.add });
// @ts-expect-error int32 values would be read as float32
defineUnary({ ...unary, opcode: opcodes.neg, int32: opcodes.neg });
// @ts-expect-error it has one operand
defineBinary({ name: "f", int32: "promote", gpu: "a", opcode: opcodes.exp });

/** A number stands for an address, and bits of a float for any int32, but not the other way round. */
export function kinds(x: Address): void {
  const rectangle: Rectangle = [0, floatBits(1), 4, 4];
  // @ts-expect-error an address is not the number of rows
  rectangle[2] = x;
}

export function roles(kernel: AnyKernel): boolean {
  // @ts-expect-error there is no such role
  return kernel.role === "relu" || kernel.role === "maxPool";
}
