import type { DType } from "../dtype.ts";
import { DeviceError } from "../errors.ts";
import { elementwiseChainKernel } from "../kernels/elementwise-chain.ts";
import type { ChainOperand, ChainStep } from "../kernels/elementwise-chain.ts";
import type { AnyKernel, Fusion, Kernel, Source } from "../kernel.ts";
import { sameShape, sizeOf } from "../shape.ts";
import type {
  Device,
  Handle,
  HostValues,
  InnerDevice,
  InnerHandle,
  KernelCall,
  MemoryStats,
  Operand,
  OutputSpec,
} from "./device.ts";

/** Smaller results are computed at once: there, bookkeeping costs more than memory traffic. */
const SMALLEST = 1024;
/** Longest chain, and most tensors that one reads (WebGPU binds eight buffers to a kernel). */
const LONGEST = 12;
const MOST_INPUTS = 6;
/** Beyond every chain: results that were given up are computed by themselves. */
const EVICTED = LONGEST + 1;

/** A kernel that a device ran. */
export interface KernelRun {
  readonly kernel: string;
  /** As `performance.now()` tells it. */
  readonly startedAt: number;
  readonly ms: number;
  /** Of inputs and outputs. */
  readonly bytes: number;
  readonly flops: number | null;
}

let observer: ((run: KernelRun) => void) | null = null;

/** Sees every kernel that a device runs from now on; returns the observer before. For `profile`. */
export function observeKernels(next: ((run: KernelRun) => void) | null): ((run: KernelRun) => void) | null {
  const before = observer;
  observer = next;
  return before;
}

/** A kernel that was held back, or whose results were given up. */
interface Pending {
  readonly kernel: AnyKernel;
  readonly inputs: readonly LazyOperand[];
  readonly outputs: readonly OutputSpec[];
  /** Which of the outputs is wanted. */
  readonly index: number;
  readonly params: unknown;
  /** How many held-back kernels stand in a row, this one included; `EVICTED` for results that were there once. */
  readonly depth: number;
}

/** Values on the inner device, or the kernel that will make them. */
class LazyHandle implements Handle {
  readonly dtype: DType;
  readonly size: number;
  inner: InnerHandle | null = null;
  pending: Pending | null = null;
  /** How many held-back kernels read this handle. Those that were lost count. */
  readers = 0;
  /** Whether the handle's owner gave it back; with readers left, its values are kept for them. */
  orphaned = false;
  /** Whether its memory was given back for good. */
  released = false;
  /** Whether its kernel became part of one that reads it. */
  absorbed = false;

  constructor(dtype: DType, size: number) {
    this.dtype = dtype;
    this.size = size;
  }
}

interface LazyOperand extends Operand {
  readonly handle: LazyHandle;
}

/**
 * Holds cheap kernels back and fuses them into what reads them, in front of a device that runs kernels at once.
 *
 * Two things are fused. Chains of elementwise kernels become one pass over memory. And a kernel may declare `fuse` or
 * `absorb`: what to run instead if an input was held back, as batch norm does for a relu and max-pooling behind it. A
 * result that only fused kernels read is never stored; if somebody looks at it later, it is computed then, from inputs
 * that were kept for it. The same goes for results that `evict` gave up.
 */
export class FusingDevice implements Device {
  readonly name: string;
  readonly synchronous: boolean;
  /** Whether kernels are held back from now on. */
  enabled = true;
  destroyed = false;
  readonly #inner: InnerDevice;
  /** Gives the memory of lost handles back. One that has none, as its kernel waits, leaves nothing behind. */
  readonly #finalizer: FinalizationRegistry<object>;
  /** Costly kernels that became part of another and had to be computed all the same: what `signatureOf` says of them. */
  readonly #computedTwice = new Set<string>();

  constructor(inner: InnerDevice) {
    this.#inner = inner;
    this.#finalizer = new FinalizationRegistry((token) => inner.reclaim(token));
    this.name = inner.name;
    this.synchronous = inner.synchronous;
  }

  upload(values: HostValues): LazyHandle {
    return this.#wrap(this.#inner.upload(values));
  }

  copy(handle: LazyHandle): LazyHandle {
    return this.#wrap(this.#inner.copy(this.#force(handle)));
  }

  read(handle: LazyHandle): HostValues {
    return this.#inner.read(this.#force(handle));
  }

  download(handle: LazyHandle): Promise<HostValues> {
    return this.#inner.download(this.#force(handle));
  }

  run<P>(kernel: Kernel<P>, inputs: readonly LazyOperand[], outputs: readonly OutputSpec[], params: P): LazyHandle[] {
    if (this.enabled) {
      const fusion = findFusion(kernel, inputs, outputs, params);
      if (fusion !== null)
        return this.run(fusion.kernel, fusion.inputs as readonly LazyOperand[], outputs, fusion.params);
      if (outputs.length === 1 && this.#mayWait(kernel, inputs, outputs[0]!, params))
        return [this.#holdBack(kernel, inputs, outputs[0]!, params)];
    }
    return this.#runNow(kernel, inputs, outputs, params);
  }

  free(handle: LazyHandle): void {
    handle.orphaned = true;
    if (handle.readers === 0) this.#release(handle);
  }

  evict({ kernel, inputs, outputs, params, handles }: KernelCall): void {
    if (!this.enabled || outputs.some(isInPlace)) return;
    const operands = inputs as readonly LazyOperand[];
    if (operands.some(({ handle }) => handle.released)) return;
    for (const [index, handle] of (handles as readonly LazyHandle[]).entries()) {
      if (handle.inner === null || handle.size < SMALLEST) continue;
      this.#giveBack(handle);
      postpone(handle, { kernel, inputs: operands, outputs, index, params, depth: EVICTED });
    }
  }

  memoryStats(): MemoryStats {
    return this.#inner.memoryStats();
  }

  destroy(): void {
    this.destroyed = true;
    this.#inner.destroy();
  }

  /** Whether a kernel is worth holding back: cheap to run late, and not small; or costly, and so far never run twice. */
  #mayWait(kernel: AnyKernel, inputs: readonly LazyOperand[], output: OutputSpec, params: unknown): boolean {
    if (output.inPlaceOf !== undefined || sizeOf(output.shape) < SMALLEST) return false;
    if (kernel.deferrable === "once") {
      if (this.#inner.fusesCostlyKernels !== true) return false;
      return this.#computedTwice.size === 0 || !this.#computedTwice.has(signatureOf(kernel, params));
    }
    if (kernel.deferrable === true) return true;
    return (
      kernel.elementwise !== undefined && output.dtype === "float32" && inputs.every(({ dtype }) => dtype === "float32")
    );
  }

  #holdBack(kernel: AnyKernel, inputs: readonly LazyOperand[], output: OutputSpec, params: unknown): LazyHandle {
    let depth = 1;
    for (const { handle } of inputs) {
      if (kernel.deferrable === "once" && handle.pending?.kernel.deferrable === "once") this.#force(handle);
      if (handle.pending !== null && handle.pending.depth >= LONGEST) this.#force(handle);
      depth = Math.max(depth, 1 + (handle.pending?.depth ?? 0));
    }
    const handle = new LazyHandle(output.dtype, sizeOf(output.shape));
    postpone(handle, { kernel, inputs, outputs: [output], index: 0, params, depth });
    return handle;
  }

  /** The inner device's handle, computed now if it was held back or given up. */
  #force(handle: LazyHandle): Handle {
    if (handle.released) throw new DeviceError(`${this.name}: a handle was used after it was freed`);
    if (handle.inner !== null) return handle.inner;
    // A whole forward pass may have been given up: its results are computed front to back, without recursion.
    const waiting = [handle];
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const before = waiting.length;
      if (next.pending !== null) collectEvicted(next.pending, waiting);
      if (waiting.length > before) continue;
      if (next.inner === null) this.#compute(next);
      waiting.pop();
    }
    return handle.inner!;
  }

  #compute(handle: LazyHandle): void {
    const pending = handle.pending!;
    const { kernel, inputs, outputs, index, params } = pending;
    if (handle.absorbed && kernel.deferrable === "once") this.#computedTwice.add(signatureOf(kernel, params));
    const chain = chainOf(pending);
    const made =
      chain === null
        ? this.#runInner(kernel, inputs, outputs, params)
        : this.#runInner(elementwiseChainKernel, chain.inputs, outputs, { steps: chain.steps });
    for (const [i, other] of made.entries()) if (i !== index) this.#inner.free(other);
    this.#take(handle, made[index]!);
    this.#giveUpReads(handle);
  }

  #runNow<P>(
    kernel: Kernel<P>,
    inputs: readonly LazyOperand[],
    outputs: readonly OutputSpec[],
    params: P,
  ): LazyHandle[] {
    return outputs.some(isInPlace)
      ? this.#runInPlace(kernel, inputs, outputs, params)
      : this.#runInner(kernel, inputs, outputs, params).map((made) => this.#wrap(made));
  }

  #runInPlace<P>(
    kernel: Kernel<P>,
    inputs: readonly LazyOperand[],
    outputs: readonly OutputSpec[],
    params: P,
  ): LazyHandle[] {
    const targets = [...inputs];
    const copies: LazyHandle[] = [];
    for (const { inPlaceOf } of outputs) {
      if (inPlaceOf === undefined) continue;
      const { handle } = inputs[inPlaceOf]!;
      this.#force(handle);
      if (handle.readers === 0) continue;
      // Kernels that were held back must see the old values: they keep the old handle, and a copy is changed.
      const copy = this.copy(handle);
      copies.push(copy);
      targets[inPlaceOf] = { ...inputs[inPlaceOf]!, handle: copy };
    }
    let made: InnerHandle[];
    try {
      made = this.#runInner(kernel, targets, outputs, params);
    } catch (error) {
      for (const copy of copies) this.free(copy);
      throw error;
    }
    return outputs.map(({ inPlaceOf }, i) => {
      if (inPlaceOf === undefined) return this.#wrap(made[i]!);
      const before = inputs[inPlaceOf]!.handle;
      const { handle } = targets[inPlaceOf]!;
      before.orphaned = true;
      if (handle !== before) return handle;
      // New values go under a new handle, so that a call which read the old ones is never run again with these.
      before.released = true;
      before.inner = null;
      this.#finalizer.unregister(before);
      return this.#wrap(made[i]!);
    });
  }

  #runInner<P>(
    kernel: Kernel<P>,
    inputs: readonly LazyOperand[],
    outputs: readonly OutputSpec[],
    params: P,
  ): InnerHandle[] {
    const operands = inputs.map(({ handle, shape, dtype }) => ({ handle: this.#force(handle), shape, dtype }));
    if (observer === null) return this.#inner.run(kernel, operands, outputs, params);
    const startedAt = performance.now();
    const made = this.#inner.run(kernel, operands, outputs, params);
    const ms = performance.now() - startedAt;
    const bytes = 4 * [...inputs, ...outputs].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    observer({ kernel: kernel.name, startedAt, ms, bytes, flops: kernel.flops?.(inputs, outputs, params) ?? null });
    return made;
  }

  #wrap(inner: InnerHandle): LazyHandle {
    const handle = new LazyHandle(inner.dtype, inner.size);
    this.#take(handle, inner);
    return handle;
  }

  /** The handle has values from now on. */
  #take(handle: LazyHandle, inner: InnerHandle): void {
    handle.inner = inner;
    this.#finalizer.register(handle, inner.token, handle);
  }

  /** The handle has no values any more. */
  #giveBack(handle: LazyHandle): void {
    this.#finalizer.unregister(handle);
    this.#inner.free(handle.inner!);
    handle.inner = null;
  }

  /** The held-back kernel of this handle, if there is one, reads its inputs no more: those that nobody wants are released. */
  #giveUpReads(handle: LazyHandle): void {
    const { pending } = handle;
    if (pending === null) return;
    handle.pending = null;
    for (const { handle: read } of pending.inputs) if (--read.readers === 0 && read.orphaned) this.#release(read);
  }

  /** A long chain of kernels that were held back may go at once, so this does not call itself. */
  #release(first: LazyHandle): void {
    const lost = [first];
    for (let handle = lost.pop(); handle !== undefined; handle = lost.pop()) {
      handle.released = true;
      if (handle.inner !== null) this.#giveBack(handle);
      const inputs = handle.pending?.inputs ?? [];
      handle.pending = null;
      for (const { handle: read } of inputs) if (--read.readers === 0 && read.orphaned) lost.push(read);
    }
  }
}

function isInPlace({ inPlaceOf }: OutputSpec): boolean {
  return inPlaceOf !== undefined;
}

/** Adds the given-up results that a kernel reads, directly or through kernels that were held back. */
function collectEvicted(root: Pending, into: LazyHandle[]): void {
  const seen = new Set<Pending>([root]);
  for (const { inputs } of seen) {
    for (const { handle } of inputs) {
      if (handle.pending?.depth === EVICTED) into.push(handle);
      else if (handle.pending !== null) seen.add(handle.pending);
    }
  }
}

/** From now on the handle's values are what the kernel would make. */
function postpone(handle: LazyHandle, pending: Pending): void {
  handle.pending = pending;
  for (const input of pending.inputs) input.handle.readers++;
}

/** Names a kernel with its parameters. */
function signatureOf(kernel: AnyKernel, params: unknown): string {
  return kernel.name + JSON.stringify(params);
}

/** What to run instead of a kernel, as it or the producer of one of its inputs says. */
function findFusion(
  kernel: AnyKernel,
  inputs: readonly LazyOperand[],
  outputs: readonly OutputSpec[],
  params: unknown,
): Fusion | null {
  if (!mayFuse(kernel, inputs)) return null;
  const sources = inputs.map((input) => new OperandSource(input));
  const own = kernel.fuse?.(sources, params, outputs) ?? null;
  if (own !== null) return own;
  for (let position = 0; position < sources.length; position++) {
    const absorbed = sources[position]!.producer?.kernel.absorb?.(kernel, params, sources, position) ?? null;
    if (absorbed === null) continue;
    inputs[position]!.handle.absorbed = true;
    return absorbed;
  }
  return null;
}

/** Whether anybody has something to say: asked of every kernel, so cheaply. */
function mayFuse(kernel: AnyKernel, inputs: readonly LazyOperand[]): boolean {
  for (const { handle } of inputs) {
    if (handle.pending !== null && (kernel.fuse !== undefined || handle.pending.kernel.absorb !== undefined))
      return true;
  }
  return false;
}

class OperandSource implements Source {
  readonly operand: LazyOperand;
  readonly producer: PendingProducer | null;

  constructor(operand: LazyOperand) {
    this.operand = operand;
    const { pending } = operand.handle;
    // A view of another shape is not what the kernel makes: its channels may be others.
    const joins =
      pending !== null && pending.depth !== EVICTED && sameShape(pending.outputs[pending.index]!.shape, operand.shape);
    this.producer = joins ? new PendingProducer(pending) : null;
  }
}

class PendingProducer {
  readonly #pending: Pending;

  constructor(pending: Pending) {
    this.#pending = pending;
  }

  get kernel(): AnyKernel {
    return this.#pending.kernel;
  }

  get params(): unknown {
    return this.#pending.params;
  }

  /** Looks further back only when asked: what is held back may join in many ways. */
  get inputs(): readonly Source[] {
    return this.#pending.inputs.map((input) => new OperandSource(input));
  }
}

/** The elementwise kernels that end in `root`, as one chain; null if `root` stands alone. */
function chainOf(
  root: Pending,
): { readonly inputs: readonly LazyOperand[]; readonly steps: readonly ChainStep[] } | null {
  if (root.kernel.elementwise === undefined) return null;
  const { shape } = root.outputs[0]!;
  const inputs: LazyOperand[] = [];
  const steps: ChainStep[] = [];
  const placed = new Map<LazyHandle, ChainOperand>();
  const readInput = (operand: LazyOperand): ChainOperand => {
    const known = inputs.findIndex((each) => each.handle === operand.handle && sameShape(each.shape, operand.shape));
    return { input: known >= 0 ? known : inputs.push(operand) - 1 };
  };
  const place = (operand: LazyOperand): ChainOperand => {
    const { handle } = operand;
    const known = placed.get(handle);
    if (known !== undefined) return known;
    const { pending } = handle;
    const joins =
      pending !== null &&
      pending.kernel.elementwise !== undefined &&
      operand.dtype === "float32" &&
      sameShape(operand.shape, shape) &&
      sameShape(pending.outputs[0]!.shape, shape) &&
      steps.length + pending.depth < LONGEST &&
      inputs.length + pending.inputs.length <= MOST_INPUTS;
    if (!joins) return readInput(operand);
    const at: ChainOperand = { step: add(pending) };
    placed.set(handle, at);
    return at;
  };
  const add = ({ kernel, inputs: operands, params }: Pending): number => {
    const { opcode, expression, scalars, operands: wanted } = kernel.elementwise!(params);
    const placedOperands = wanted.map((each) => (typeof each === "number" ? each : place(operands[each.input]!)));
    return steps.push({ opcode, expression, scalars, operands: placedOperands }) - 1;
  };
  add(root);
  return steps.length === 1 || inputs.length > MOST_INPUTS ? null : { inputs, steps };
}
