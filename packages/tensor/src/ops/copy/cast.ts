import { checkTensor } from "../../checks/index.ts";
import { defineOp, launchOne, type Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { elementwiseKernel } from "../../kernels/elementwise/kernel.ts";
import { checkDType, type DType } from "../../tensor/dtype.ts";

const casts = {
  int32: { kernel: elementwiseKernel("cast to int32", "Math.trunc(a)"), opcode: opcodes.toInt32 },
  float32: { kernel: elementwiseKernel("cast to float32", "a"), opcode: opcodes.toFloat32 },
} as const;

const castOp = defineOp<[Tensor], DType>({
  name: "cast",
  forward([x], dtype) {
    const { kernel, opcode } = casts[dtype];
    return launchOne(kernel, [x], { shape: x.shape, dtype }, { opcode, operands: [{ input: 0 }], scalars: [] });
  },
  vjp: () => [null],
  reads: { inputs: false, outputs: false },
});

/**
 * The same values in another dtype; `x` itself if it has that dtype already.
 *
 * float32 to int32 rounds toward zero, and no gradient flows through it.
 *
 * @throws DTypeError if there is no such dtype.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  checkTensor("cast", x);
  checkDType("cast", dtype);
  return x.dtype === dtype ? x : castOp([x], dtype);
}
