import { DTypeError } from "../errors.ts";
import type { DType, TypedArrayOf } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Operand, OutputSpec } from "./device.ts";
import type { elementwiseChainOf } from "./fusing/elementwise-chains.ts";
import type { PictureChains } from "./fusing/picture-chains.ts";
import type * as halves from "./gpu/halves.ts";
import type { GpuProgram } from "./gpu/program.ts";
import type { WasmContext, WasmModuleSource, WasmOperand, WasmOutput } from "./wasm/context.ts";
import type { ElementwiseOrderFunctions } from "./wasm/generated/elementwise-order.ts";
import type { ElementwiseFunctions } from "./wasm/generated/elementwise.ts";
import type { FunctionsFunctions } from "./wasm/generated/functions.ts";
import type { MoreFunctionsFunctions } from "./wasm/generated/more-functions.ts";
import type * as opcodes from "./wasm/generated/opcodes.ts";

/** Shape and dtype of a kernel's input or output: all that a gpu program is specialised on. */
export interface OperandSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a kernel reads as an input: values of one dtype, those of its first output, or either, looking at the operand. */
export type OperandDType = DType | "output" | "any";

/**
 * A family of elementwise functions: `elementwise`, `elementwise-order`, `functions` or `more-functions`, each of which can do
 * what those before it can. The later in the alphabet, the more.
 */
export type ElementwiseModule = WasmModuleSource<
  ElementwiseFunctions | ElementwiseOrderFunctions | FunctionsFunctions | MoreFunctionsFunctions
>;

/** The number of an elementwise function. Those of reductions are among them. */
export type ElementwiseOpcode = (typeof opcodes)[keyof typeof opcodes];

/**
 * What an elementwise kernel computes for one element, as data, so that a device may run a chain of such kernels in one
 * pass over memory. Operands are broadcast to the shape of the output.
 */
export interface Elementwise {
  /** The family of the wasm function, and its number there. */
  readonly module: ElementwiseModule;
  readonly opcode: ElementwiseOpcode;
  /** gpu.js expression of the operands `a`, `b`, `c` and the scalar parameters `s`, `t`. */
  readonly expression: string;
  /** What `a`, `b`, `c` are: an input of the kernel, or the same number everywhere. */
  readonly operands: readonly (ElementwiseInput | number)[];
  /** Values of `s` and `t`. */
  readonly scalars: readonly number[];
}

/** An operand that is a tensor. */
export interface ElementwiseInput {
  /** Which of the kernel's inputs it is. */
  readonly input: number;
}

/**
 * What rules of fusing know a kernel by. Its name is for people: a renamed kernel is fused as before, and a rule about a role
 * that there is not does not compile.
 */
export type KernelRole = "add" | "batchNorm" | "maxPool2d" | "maxPool2dGrad" | "maxPool2dValues" | "relu" | "reluGrad";

/** How gpu devices compute a kernel, and the float64 device, which runs the same programs. */
export interface GpuHalf<P = void> {
  /**
   * The gpu.js program for these shapes. It is compiled once per kernel, shapes, dtypes and `key(params)`, so it must
   * depend on nothing else. Absent only where `host` stands in. Devices tell whose half it is: several kernels may have the same.
   */
  gpu?(inputs: readonly OperandSpec[], outputs: readonly OutputSpec[], params: P, kernel?: Kernel<P>): GpuProgram;
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

/** The halves of tapegrad's own kernels, which are loaded with the first device that needs them. */
export type GpuHalfName = keyof typeof halves;

/**
 * A computation that devices run, written twice: as calls of the SIMD WebAssembly module and as gpu.js source. Inputs and
 * outputs are dense and row-major. Both must agree to float32 rounding; the conformance suite compares them.
 */
export interface Kernel<P = void> extends GpuHalf<P> {
  readonly name: string;
  /** @internal */
  readonly role?: KernelRole | undefined;
  /**
   * The dtypes of the inputs in order, the last one for all that follow; `launch` holds every call to them.
   *
   * @default ["float32"]
   */
  readonly dtypes?: readonly OperandDType[] | ((params: P) => readonly OperandDType[]);
  /** Fills the outputs. Called with everything validated: shapes are right; neither inputs nor outputs are empty. */
  wasm(context: WasmContext, inputs: readonly WasmOperand[], outputs: readonly WasmOutput[], params: P): void;
  /**
   * Which half it has for gpu devices instead of a `gpu` of its own, so that pages without a gpu need not carry it.
   *
   * @internal
   */
  readonly gpuHalf?: GpuHalfName;
  /** Floating-point operations, for profiles; multiply and add count as two. */
  flops?(inputs: readonly OperandSpec[], outputs: readonly OutputSpec[], params: P): number;
  /**
   * Present if every element of the only output depends on one element of each input alone.
   *
   * @internal
   */
  readonly elementwise?: ElementwisePart<P>;
  /**
   * Whether a device may hold the kernel back although it is not elementwise, for others to `fuse`. It has one output. With
   * `"once"` a device does so only where it pays, and no more once it had to compute a result twice.
   *
   * @internal
   */
  readonly deferrable?: boolean | "once";
  /**
   * Present if the first axis of the only output counts pictures, each of which is computed by itself.
   *
   * @internal
   */
  readonly pictures?: Pictures<P>;
  /**
   * A cheaper kernel with the same outputs, if inputs come from kernels that were held back; null if there is none.
   *
   * @internal
   */
  fuse?(inputs: readonly Source[], params: P, outputs: readonly OutputSpec[]): Fusion | null;
  /**
   * A cheaper kernel with the outputs of `consumer`, which reads this kernel's held-back result as `inputs[position]`; null
   * if there is none. What follows a kernel need not know that the kernel takes it up.
   *
   * @internal
   */
  absorb?(consumer: AnyKernel, consumerParams: unknown, inputs: readonly Source[], position: number): Fusion | null;
}

/** What a kernel computes for each element, and how it finds the elementwise kernels before it, which run with it. */
export interface ElementwisePart<P> {
  of(params: P): Elementwise;
  /** Kernels bring it, so that bundles without an elementwise one need not carry it. */
  readonly chainOf: typeof elementwiseChainOf;
}

/** How a kernel works on some of the pictures of a batch: results are the same for any number from two on. */
export interface Pictures<P> {
  /** Whether input `index` of so many has a picture for each of the output; if not, all of it serves each. */
  splits(params: P, index: number, inputs: number): boolean;
  /** The parameters for so many pictures. */
  parameters(params: P, count: number): P;
  /** Finds several such kernels, which are run for some pictures, then for the next. */
  readonly chains: PictureChains;
}

/** A kernel whose parameters are its own affair. */
export type AnyKernel = Kernel<any>; // oxlint-disable-line typescript/no-explicit-any

/** An input as `fuse` sees it: its values, and the kernel that would make them if it was held back. */
export interface Source {
  readonly operand: Operand;
  readonly producer: {
    readonly kernel: AnyKernel;
    readonly inputs: readonly Source[];
    readonly params: unknown;
  } | null;
}

/** What to run instead. */
export interface Fusion {
  readonly kernel: AnyKernel;
  readonly inputs: readonly Operand[];
  readonly params: unknown;
}

/** Names a kernel, so that its parameter type is inferred and checked. */
export function defineKernel<P>(kernel: Kernel<P>): Kernel<P> {
  return kernel;
}

/** A kernel whose half for gpu devices is the one of its name. */
export function defineWasmHalf<P>(kernel: Kernel<P> & { readonly name: GpuHalfName }): Kernel<P> {
  return { ...kernel, gpuHalf: kernel.name };
}

/**
 * Both implementations take values for what `kernel.dtypes` says: bits of another dtype would be plausible nonsense.
 *
 * @throws DTypeError naming the kernel and the operand that it does not read, or does not replace in place.
 */
export function checkOperandDTypes<P>(
  { name, dtypes = ["float32"] }: Kernel<P>,
  inputs: readonly OperandSpec[],
  outputs: readonly OutputSpec[],
  params: P,
): void {
  const expected = typeof dtypes === "function" ? dtypes(params) : dtypes;
  for (let i = 0; i < inputs.length; i++) {
    const { dtype } = inputs[i]!;
    const wanted = expected[Math.min(i, expected.length - 1)]!;
    if (wanted === "any" || dtype === (wanted === "output" ? outputs[0]!.dtype : wanted)) continue;
    throw new DTypeError(
      `${name}: expected input ${i} to be ${wanted === "output" ? outputs[0]!.dtype : wanted}, got ${dtype}`,
    );
  }
  for (const { inPlaceOf, dtype } of outputs)
    if (inPlaceOf !== undefined && inputs[inPlaceOf]!.dtype !== dtype)
      throw new DTypeError(
        `${name}: cannot replace the ${inputs[inPlaceOf]!.dtype} input ${inPlaceOf} by ${dtype} values`,
      );
}
