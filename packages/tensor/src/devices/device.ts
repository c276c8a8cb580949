import type { DType, TypedArrayOf } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { AnyKernel, Kernel } from "./kernel.ts";

/** Values on the host. Float64 ones come only from the reference device that checks gradients; others round them. */
export type HostValues = TypedArrayOf | Float64Array;

/**
 * Values on a device. Only the device that made a handle looks inside; everyone else passes it on.
 * A handle's values never change, except where a kernel's output says that it is made `inPlaceOf` an input.
 */
export interface Handle {
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
}

/** A kernel's input: values and how they are shaped. Always dense and row-major. */
export interface Operand {
  readonly handle: Handle;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a kernel shall produce. */
export interface OutputSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  /**
   * Index of an input whose values this output replaces. The device may overwrite that input's storage; the input's
   * handle must not be used afterwards. Shape and dtype are equal.
   */
  readonly inPlaceOf?: number;
}

/** A kernel with its operands. */
export interface Launch {
  readonly kernel: AnyKernel;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly OutputSpec[];
  readonly params: unknown;
}

/** A kernel that was run, and what it made. */
export interface KernelCall extends Launch {
  readonly handles: readonly Handle[];
  /** Whether it may run again: not where its inputs take more memory than what it made. */
  readonly again: boolean;
}

/** Memory that a device holds for live tensors. */
export interface MemoryStats {
  /** Number of live buffers. */
  readonly buffers: number;
  /** Bytes in live buffers. */
  readonly bytes: number;
  /** Bytes that the device holds in all, free lists included. */
  readonly reservedBytes: number;
}

/**
 * Where tensors live and kernels run.
 *
 * `run` returns before, or after, the kernel has run: nobody can tell except by reading. Kernels see the inputs as they
 * were when `run` was called. Errors of a deferred kernel surface in `read` or `download`, naming the kernel.
 */
export interface Device {
  /** `"wasm"`, or `"gpu:"` and the gpu.js mode. */
  readonly name: string;
  /** Whether `read` works: values can be looked at without waiting. */
  readonly synchronous: boolean;
  /** Whether `read` holds the program up until a gpu has computed what was handed to it. @default false */
  readonly stalls?: boolean;
  /** Copies host values to the device. */
  upload(values: HostValues): Handle;
  /** The same values under a handle of their own. */
  copy(handle: Handle): Handle;
  /** Runs a kernel, or remembers to run it, and gives a handle for each output. */
  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): Handle[];
  /** Copies values to the host at once. @throws DeviceError if the device is not synchronous. */
  read(handle: Handle): HostValues;
  /** Copies values to the host. May let the event loop turn, so that memory of lost tensors is reclaimed. */
  download(handle: Handle): Promise<HostValues>;
  /** Gives a handle's memory back. The handle must not be used again. */
  free(handle: Handle): void;
  /**
   * Tells that the results of a call will hardly be read again, though their handles stay valid. The device may give their
   * memory back, and keep the values elsewhere, or run the kernel once more should they be read after all.
   */
  evict?(call: KernelCall): void;
  /** What is allocated now. */
  memoryStats(): MemoryStats;
  /** Ends workers and frees everything. Handles of a destroyed device are invalid. */
  destroy(): void;
  /** Whether the hardware was taken away, and all values with it. Absent where that does not happen. */
  readonly lost?: boolean;
  /** Whether `destroy` was called. Absent where nothing destroys the device. */
  readonly destroyed?: boolean;
}

/** A handle of an `InnerDevice`. */
export interface InnerHandle extends Handle {
  /** What `reclaim` is given once nobody holds the handle any more. Must not refer to the handle. */
  readonly token: object;
}

/** A device that runs kernels at once: `FusingDevice` stands in front of it, and watches for lost handles. */
export interface InnerDevice extends Device {
  /** Whether costly kernels, those that are `deferrable: "once"`, are faster together with what follows. @default false */
  readonly fusesCostlyKernels?: boolean;
  /** How a gpu's adapter describes itself if it computes on the CPU. @default null */
  readonly softwareAdapter?: string | null;
  upload(values: HostValues): InnerHandle;
  copy(handle: Handle): InnerHandle;
  /** Runs a kernel, now or later, and gives a handle for each output. */
  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): InnerHandle[];
  /** Gives the memory of a lost handle back: called by a finalizer, with the handle's token. */
  reclaim(token: object): void;
  /**
   * The same values under a handle of their own on the JavaScript heap, where the collector owns them, until a kernel reads them;
   * null if there is no room. Absent where values lie on that heap anyway, or cannot be read at once.
   */
  copyToHeap?(handle: Handle): InnerHandle | null;
}
