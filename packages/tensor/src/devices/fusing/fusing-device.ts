import { DeviceError } from "../../errors.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Device, HostValues, InnerDevice, InnerHandle, KernelCall, MemoryStats, OutputSpec } from "../device.ts";
import type { Kernel } from "../kernel.ts";
import { kernelObserver } from "../observe-kernels.ts";
import { findFusion } from "./find-fusion.ts";
import { Holdings } from "./holdings.ts";
import { awaitOnceLess, type Call, EVICTED, LazyHandle, type LazyOperand, LONGEST } from "./lazy-handle.ts";
import { now } from "#host";

/** Smaller results are computed at once: there, bookkeeping costs more than memory traffic. */
const SMALLEST = 1024;

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
  readonly stalls: boolean;
  readonly softwareAdapter: string | null;
  /** Whether kernels are held back from now on. */
  enabled = true;
  destroyed = false;
  readonly #inner: InnerDevice;
  /** The values that there are. A handle that has none, as its kernel waits, leaves nothing behind. */
  readonly #holdings: Holdings;
  /** Costly kernels that became part of another and had to be computed all the same: what `signatureOf` says of them. */
  readonly #computedTwice = new Set<string>();

  constructor(inner: InnerDevice) {
    this.#inner = inner;
    this.#holdings = new Holdings(inner);
    this.name = inner.name;
    this.synchronous = inner.synchronous;
    this.stalls = inner.stalls ?? false;
    this.softwareAdapter = inner.softwareAdapter ?? null;
  }

  get lost(): boolean {
    return this.#inner.lost ?? false;
  }

  upload(values: HostValues): LazyHandle {
    return this.#wrap(this.#inner.upload(values));
  }

  copy(handle: LazyHandle): LazyHandle {
    return this.#wrap(this.#inner.copy(this.#force(handle)));
  }

  read(handle: LazyHandle): HostValues {
    return this.#inner.read(this.#valuesOf(handle));
  }

  download(handle: LazyHandle): Promise<HostValues> {
    this.#holdings.beforeCollection();
    return this.#inner.download(this.#valuesOf(handle));
  }

  run<P>(kernel: Kernel<P>, inputs: readonly LazyOperand[], outputs: readonly OutputSpec[], params: P): LazyHandle[] {
    const call: Call = { kernel, inputs, outputs, params };
    if (this.enabled) {
      const fusion = findFusion(call);
      if (fusion !== null)
        return this.run(fusion.kernel, fusion.inputs as readonly LazyOperand[], outputs, fusion.params);
      if (outputs.length === 1 && this.#mayWait(call)) return [this.#holdBack(call)];
    }
    if (outputs.some(isInPlace)) return this.#runInPlace(call);
    return this.#runCall(call).map((made) => this.#wrap(made));
  }

  free(handle: LazyHandle): void {
    handle.orphaned = true;
    if (handle.isUnwanted) this.#letGo([handle]);
  }

  evict(call: KernelCall): void {
    if (!this.enabled || call.outputs.some(isInPlace)) return;
    for (const handle of call.handles as readonly LazyHandle[]) {
      if (handle.inner === null) this.#letGo(handle.awaitNoMore());
      else if (handle.awaiting > 0) handle.evictedFrom = call;
      else this.#giveUp(handle, call);
    }
  }

  /** Small results, and those whose kernel had better not run again, are kept elsewhere; others would be computed once more. */
  #giveUp(handle: LazyHandle, { kernel, inputs, outputs, params, handles, again }: KernelCall): void {
    handle.evictedFrom = null;
    if (handle.inner === null) return;
    const operands = inputs as readonly LazyOperand[];
    if (handle.size < SMALLEST || !again || operands.some((operand) => operand.handle.released)) {
      const inner = this.#holdings.moveToHeap(handle);
      if (inner !== null) this.#inner.free(inner);
      return;
    }
    this.#holdings.giveBack(handle);
    handle.postpone({ kernel, inputs: operands, outputs, index: handles.indexOf(handle), params, depth: EVICTED });
  }

  memoryStats(): MemoryStats {
    return this.#inner.memoryStats();
  }

  destroy(): void {
    this.destroyed = true;
    this.#inner.destroy();
  }

  /** Whether a kernel is worth holding back: cheap to run late, and not small; or costly, and so far never run twice. */
  #mayWait(call: Call): boolean {
    const { kernel, inputs } = call;
    const output = call.outputs[0]!;
    if (output.inPlaceOf !== undefined || sizeOf(output.shape) < SMALLEST) return false;
    if (kernel.deferrable === "once") {
      if (this.#inner.fusesCostlyKernels !== true) return false;
      return this.#computedTwice.size === 0 || !this.#computedTwice.has(signatureOf(call));
    }
    if (kernel.deferrable === true) return true;
    return (
      kernel.elementwise !== undefined && output.dtype === "float32" && inputs.every(({ dtype }) => dtype === "float32")
    );
  }

  #holdBack(call: Call): LazyHandle {
    const { kernel, inputs, outputs, params } = call;
    let depth = 1;
    for (let at = 0; at < inputs.length; at++) {
      const { handle } = inputs[at]!;
      const { pending } = handle;
      if (pending === null) continue;
      const isSecond = kernel.deferrable === "once" && pending.kernel.deferrable === "once";
      if ((isSecond || pending.depth >= LONGEST) && kernel.pictures?.chains.joins(call, at) !== true)
        this.#force(handle);
      else depth = Math.max(depth, 1 + pending.depth);
    }
    const { dtype, shape } = outputs[0]!;
    const handle = new LazyHandle(dtype, sizeOf(shape));
    handle.postpone({ kernel, inputs, outputs, index: 0, params, depth });
    return handle;
  }

  /** The inner device's handle for a kernel that reads it: computed now if it was held back or given up. */
  #force(handle: LazyHandle): InnerHandle {
    this.#valuesOf(handle);
    return this.#holdings.lend(handle);
  }

  #valuesOf(handle: LazyHandle): InnerHandle {
    if (handle.released) throw new DeviceError(`${this.name}: a handle was used after it was freed`);
    if (handle.inner !== null) return handle.inner;
    // A whole forward pass may have been given up: its results are computed front to back, without recursion.
    const waiting = [handle];
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const before = waiting.length;
      next.collectEvicted(waiting);
      if (waiting.length > before) continue;
      if (next.inner === null) this.#compute(next);
      waiting.pop();
    }
    return handle.inner!;
  }

  #compute(handle: LazyHandle): void {
    const pending = handle.pending!;
    const { kernel, outputs, index } = pending;
    if (handle.absorbed && kernel.deferrable === "once") this.#computedTwice.add(signatureOf(pending));
    const chain = kernel.elementwise?.chainOf(pending) ?? null;
    const made = chain === null ? this.#runCall(pending, handle.absorbed) : this.#runInner({ ...chain, outputs });
    for (let i = 0; i < made.length; i++) if (i !== index) this.#inner.free(made[i]!);
    this.#holdings.take(handle, made[index]!);
    this.#letGo(handle.giveUpReads());
  }

  /** Runs a kernel, for a few pictures at a time together with what was held back for it, if that is better. */
  #runCall(call: Call, again = false): InnerHandle[] {
    const blocks = call.kernel.pictures?.chains.chainOf(call, again) ?? null;
    if (blocks === null) return this.#runInner(call);
    for (const handle of blocks.joined) handle.absorbed = true;
    return this.#runInner({ ...blocks, outputs: call.outputs });
  }

  #runInPlace(call: Call): LazyHandle[] {
    const { inputs, outputs } = call;
    const targets = [...inputs];
    const copies: LazyHandle[] = [];
    for (const { inPlaceOf } of outputs) {
      if (inPlaceOf === undefined) continue;
      const { handle } = inputs[inPlaceOf]!;
      this.#force(handle);
      if (handle.readers === 0) continue;
      // Kernels that were held back must see the old values: they keep the old handle, with a copy, or a copy is changed.
      const moved = this.#holdings.moveToHeap(handle);
      const copy = moved === null ? this.copy(handle) : this.#wrap(moved);
      copies.push(copy);
      targets[inPlaceOf] = { ...inputs[inPlaceOf]!, handle: copy };
    }
    let made: InnerHandle[];
    try {
      made = this.#runInner({ ...call, inputs: targets });
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
      this.#holdings.drop(before);
      return this.#wrap(made[i]!);
    });
  }

  #runInner({ kernel, inputs, outputs, params }: Call): InnerHandle[] {
    for (const { handle } of inputs) handle.awaiting++;
    const operands = inputs.map(({ handle, shape, dtype }) => ({ handle: this.#force(handle), shape, dtype }));
    const observer = kernelObserver();
    const startedAt = observer === null ? 0 : now();
    const made = this.#inner.run(kernel, operands, outputs, params);
    if (observer !== null) {
      const ms = now() - startedAt;
      const bytes = 4 * [...inputs, ...outputs].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
      observer({ kernel: kernel.name, startedAt, ms, bytes, flops: kernel.flops?.(inputs, outputs, params) ?? null });
    }
    // Where a kernel fails, its inputs are only given up once they are lost.
    this.#letGo(awaitOnceLess(inputs));
    return made;
  }

  #wrap(inner: InnerHandle): LazyHandle {
    const handle = new LazyHandle(inner.dtype, inner.size);
    this.#holdings.take(handle, inner);
    return handle;
  }

  /** Frees what nobody wants, and gives up what no kernel awaits. Whole chains may go at once, so this does not call itself. */
  #letGo(handles: LazyHandle[]): void {
    for (let handle = handles.pop(); handle !== undefined; handle = handles.pop()) {
      if (handle.isUnwanted) {
        handle.released = true;
        if (handle.inner !== null) this.#holdings.giveBack(handle);
        handles.push(...handle.giveUpReads());
      } else if (handle.evictedFrom !== null) this.#giveUp(handle, handle.evictedFrom);
    }
  }
}

function isInPlace({ inPlaceOf }: OutputSpec): boolean {
  return inPlaceOf !== undefined;
}

/** Names a kernel with its parameters. */
function signatureOf({ kernel, params }: Call): string {
  return kernel.name + JSON.stringify(params);
}
