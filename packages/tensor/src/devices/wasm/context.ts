import type { DType } from "../../tensor/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { DerivedValues } from "./derived.ts";

declare const kind: unique symbol;

/** A byte address in linear memory. What is computed from it is a plain number, which stands for an address too. */
export type Address = number & { readonly [kind]: "address" };
/** The address of a struct, whose fields are `S`. */
export type Pointer<S> = Address & { readonly struct: S };
/** A number that is no address. */
export type Scalar = number & { readonly [kind]?: never };
/** A float32 as an int32 of the same bits. */
export type FloatBits = Scalar & { readonly float: true };

/** A compiled family of kernels and its functions `F`, as types. Built from `wasm-src/` on install. */
export interface WasmModuleSource<F = unknown> {
  /** Never there: it tells the compiler of `F`. */
  readonly functions?: F;
  readonly name: string;
  /** Its bytes, as text that `scripts/build-wasm.mjs` made of them. */
  readonly text: string;
}

/** Functions of a family that compute a piece, from one unit to another. */
type PieceFunctions<F> = {
  [Name in keyof F]: F[Name] extends (...args: infer Args) => infer Result
    ? [Args, Result] extends [[from: Scalar, to: Scalar, ...rest: unknown[]], void]
      ? Name
      : never
    : never;
}[keyof F] &
  string;
type PieceArguments<Fn> = Fn extends (from: Scalar, to: Scalar, ...args: infer Args extends number[]) => void
  ? Args
  : never;
/** `S`, which is not inferred from there: `NoInfer` is no older than TypeScript 5.4. */
type Fields<S> = [S][S extends unknown ? 0 : never];
type Arguments<Fn> = Fn extends (...args: infer Args extends number[]) => unknown ? Args : never;

/** A kernel's input in linear memory. Reading up to 64 bytes past its end is safe. */
export interface WasmOperand {
  /** Byte address, a multiple of 64. */
  readonly ptr: Address;
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
  parallel<F, Name extends PieceFunctions<F>>(
    module: WasmModuleSource<F>,
    fn: Name,
    total: Scalar,
    grain: Scalar,
    ...args: PieceArguments<F[Name]>
  ): void;
  /** Calls an exported function on this thread and returns its result. */
  call<F, Name extends keyof F & string>(module: WasmModuleSource<F>, fn: Name, ...args: Arguments<F[Name]>): number;
  /** Memory that is valid until the kernel returns; a multiple of 64. */
  scratch(bytes: Scalar): Address;
  /**
   * Memory that `make` has filled with what follows from the input at `ptr` alone, as transformed weights do. Asked for by an equal
   * `key` again before the values change, it is kept with them, and `make` is called no more. Valid until the kernel returns.
   *
   * @param Values keeps it. Kernels bring it, so that bundles without one that derives need not carry it.
   * @internal
   */
  derive(Values: typeof DerivedValues, ptr: number, key: unknown, bytes: number, make: (at: Address) => void): Address;
  /** Calls `run`; the scratch memory that it takes is valid until it returns. */
  givingScratchBack(run: () => void): void;
  /**
   * Memory for the pieces of a `parallel` call, valid until the kernel returns: `bytes` for every thread. A kernel finds
   * its thread's piece with `threadScratch(base, bytes)` from `wasm-src/lib/thread.ts`.
   */
  scratchPerThread(bytes: Scalar): Address;
  /** Puts int32 values into scratch memory and returns their address: for shapes and strides. */
  ints(values: ArrayLike<number>): Address;
  /** Puts the fields of a struct into scratch memory, in order. */
  struct<S extends readonly number[]>(...fields: Fields<S>): Pointer<S>;
}
