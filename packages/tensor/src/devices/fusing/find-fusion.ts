import { sameShape } from "../../tensor/shape.ts";
import type { AnyKernel, Fusion, Source } from "../kernel.ts";
import { type Call, EVICTED, type LazyOperand, type Pending } from "./lazy-handle.ts";

/** What to run instead of a kernel, as it or the producer of one of its inputs says. */
export function findFusion({ kernel, inputs, outputs, params }: Call): Fusion | null {
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

/** Whether anybody has something to say. It is asked for every kernel, so it must be cheap. */
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
  readonly kernel: AnyKernel;
  readonly params: unknown;
  readonly #pending: Pending;

  constructor(pending: Pending) {
    this.kernel = pending.kernel;
    this.params = pending.params;
    this.#pending = pending;
  }

  /** Looks further back only when asked: what is held back may join in many ways. */
  get inputs(): readonly Source[] {
    return this.#pending.inputs.map((input) => new OperandSource(input));
  }
}
