import type { OutputSpec } from "./devices/device.ts";
import type { GpuProgram } from "./devices/gpu/program.ts";
import type { WasmContext, WasmOutput, WasmOperand } from "./devices/wasm/context.ts";
import type { DType, TypedArrayOf } from "./dtype.ts";
import type { Shape } from "./shape.ts";

/** Shape and dtype of a kernel's input or output: all that a gpu program is specialised on. */
export interface OperandSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * A computation that devices run, written twice, side by side: as calls of the SIMD WebAssembly module and as gpu.js
 * source. Inputs and outputs are dense and row-major. Both must agree to float32 rounding; the conformance suite
 * compares them.
 */
export interface Kernel<P = void> {
  readonly name: string;
  /** Fills the outputs. Called with everything validated: shapes are right; neither inputs nor outputs are empty. */
  wasm(context: WasmContext, inputs: readonly WasmOperand[], outputs: readonly WasmOutput[], params: P): void;
  /**
   * The gpu.js program for these shapes. It is compiled once per kernel, shapes, dtypes and `key(params)`, so it must
   * depend on nothing else. Absent only where `host` stands in.
   */
  gpu?(inputs: readonly OperandSpec[], outputs: readonly OutputSpec[], params: P): GpuProgram;
  /**
   * Values of the outputs of a kernel without inputs, computed in JavaScript and uploaded: for what gpu.js cannot
   * express, such as 32-bit integer arithmetic.
   */
  host?(outputs: readonly OutputSpec[], params: P): readonly TypedArrayOf[];
  /** What in `params` the gpu source depends on. Defaults to all of it, as JSON. */
  key?(params: P): string;
  /** Numbers in `params` that change from call to call (a learning rate): reach gpu sources as the array `uniforms`. */
  uniforms?(params: P): readonly number[];
}

/** Names a kernel, so that its parameter type is inferred and checked. */
export function defineKernel<P>(kernel: Kernel<P>): Kernel<P> {
  return kernel;
}
