import type { DType } from "../../tensor/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";

/** A compiled family of kernels, as bytes inside a JavaScript module. Built from `wasm-src/` on install. */
export interface WasmModuleSource {
  readonly name: string;
  /** Base64 of both modules, one after the other, deflated: they are alike, so that the second adds little. */
  readonly packed: string;
  /** Bytes of the module that needs plain SIMD. */
  readonly simd: number;
  /** Bytes of the module that needs relaxed SIMD; 0 if there is none, where it would bring nothing. */
  readonly relaxed: number;
}

/** A kernel's input in linear memory. Reading up to 64 bytes past its end is safe. */
export interface WasmOperand {
  /** Byte address, a multiple of 64. */
  readonly ptr: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
}

/** A kernel's output in linear memory; its contents are undefined until written. */
export type WasmOutput = WasmOperand;

/** What a kernel may do with the WebAssembly device. */
export interface WasmContext {
  /**
   * Calls the exported function `fn(from, to, ...args)` so that `[0, total)` is covered exactly once, in pieces that
   * begin at multiples of `grain`. Pieces may run on several threads at once and must not depend on each other; what a
   * piece computes must not depend on where it is cut.
   */
  parallel(module: WasmModuleSource, fn: string, total: number, grain: number, ...args: number[]): void;
  /** Calls an exported function on this thread and returns its result. */
  call(module: WasmModuleSource, fn: string, ...args: number[]): number;
  /** Memory that is valid until the kernel returns; a multiple of 64. */
  scratch(bytes: number): number;
  /** Calls `run`; the scratch memory that it takes is valid until it returns. */
  givingScratchBack(run: () => void): void;
  /**
   * Memory for the pieces of a `parallel` call, valid until the kernel returns: `bytes` for every thread. A kernel finds
   * its thread's piece with `threadScratch(base, bytes)` from `wasm-src/lib/thread.ts`.
   */
  scratchPerThread(bytes: number): number;
  /** Puts int32 values into scratch memory and returns their address: for shapes and strides. */
  ints(values: ArrayLike<number>): number;
}
