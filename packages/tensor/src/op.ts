import { checkSameDevice, checkTensors, showValue } from "./checks/index.ts";
import { ValueError } from "./errors.ts";
import { noteCalls, type RecordedCall } from "./launch.ts";
import { isRecording, setRecording } from "./tensor/recording.ts";
import type { Tensor } from "./tensor/tensor.ts";

/** A gradient that a vjp hands back for an input; null where none flows. */
export type MaybeTensor = Tensor | null;

/** What a vjp is given beside the outputs' gradients. */
export interface VjpContext<I extends readonly Tensor[], P> {
  readonly inputs: I;
  readonly outputs: readonly Tensor[];
  readonly params: P;
  /** Which inputs want a gradient; others may be answered with null. */
  readonly needs: readonly boolean[];
}

/**
 * An operation that can be recorded: how to compute it and how its gradient flows.
 *
 * `vjp` (vector–Jacobian product) is written with public ops, so that gradients of gradients work by themselves.
 */
export interface Op<I extends readonly Tensor[] = readonly Tensor[], P = unknown> {
  readonly name: string;
  /** Computes the outputs with kernels or with other ops. Nothing in it is recorded. */
  forward(inputs: I, params: P): readonly Tensor[];
  /**
   * Gradients for the inputs, given those of the outputs (null for an output that nothing depends on). Tensors made here
   * and not returned are freed right afterwards, and gradients once they were used: keep none.
   */
  vjp(grads: readonly MaybeTensor[], context: VjpContext<I, P>): readonly MaybeTensor[];
  /**
   * Whose values `vjp` reads: they must not change between forward and backward. Each of the two defaults to all.
   */
  readonly reads?: { readonly inputs?: boolean | readonly number[]; readonly outputs?: boolean | readonly number[] };
}

/** An op with one output: `vjp` gets that output's gradient. */
export interface SingleOp<I extends readonly Tensor[], P> {
  readonly name: string;
  /** Computes the output; see `Op.forward`. */
  forward(inputs: I, params: P): Tensor;
  /** Gradients for the inputs, given that of the output; see `Op.vjp`. */
  vjp(grad: Tensor, context: VjpContext<I, P>): readonly MaybeTensor[];
  readonly reads?: Op["reads"];
}

/** What applies an op with one output, and records it: for ops that are each other's gradient, whose types would go in a circle. */
export type Applied<I extends readonly Tensor[], P = void> = (inputs: I, params: P) => Tensor;

/** How a tensor was made: kept by its outputs, walked by `@tapegrad/autograd`, and by nothing else. */
export interface OpRecord {
  readonly op: Op;
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  params: unknown;
  /** Versions of the inputs' and outputs' storages when they were recorded. */
  readonly versions: readonly number[];
  /** The kernels that computed the outputs. */
  calls: readonly RecordedCall[];
  /** Set once a backward pass has used and released the record. */
  released: boolean;
  /** Of a released record, the inputs that its outputs are views of: `checkInPlace` follows them to the leaf. */
  viewed: readonly Tensor[];
  /** Where the op was called, while anomalies are detected. */
  readonly callSite: Error | null;
}

/** Called after each op's forward, while anomalies are detected. */
let observer: OpObserver | null = null;

/** Sees every op right after it ran; an op made of other ops comes after them. */
export interface OpObserver {
  /** Is called after each op. @param name the op's. */
  ran(name: string, inputs: readonly Tensor[], outputs: readonly Tensor[]): void;
}

/** Installs an observer of ops and returns the one before. For `detectAnomaly` and profilers. */
export function observeOps(next: OpObserver | null): OpObserver | null {
  if (next !== null && typeof next?.ran !== "function")
    throw new ValueError(`observeOps: expected what has a method ran, or null, got ${showValue(next)}`);
  const before = observer;
  observer = next;
  return before;
}

/** Defines an op with one output and returns the function that applies and records it. */
export function defineOp<I extends readonly Tensor[], P = void>(op: SingleOp<I, P>): (inputs: I, params: P) => Tensor {
  const general: Op<I, P> = {
    name: op.name,
    forward: (inputs, params) => [op.forward(inputs, params)],
    vjp: (grads, context) => op.vjp(grads[0]!, context),
    ...(op.reads && { reads: op.reads }),
  };
  return (inputs, params) => applyOp(general, inputs, params)[0]!;
}

/** Defines an op with several outputs. Int32 outputs, such as indices, carry no gradient. */
export function defineMultiOp<I extends readonly Tensor[], P = void>(
  op: Op<I, P>,
): (inputs: I, params: P) => readonly Tensor[] {
  return (inputs, params) => applyOp(op, inputs, params);
}

/** Runs an op and records it if an input is tracked. @throws ValueError if an input is no tensor. */
export function applyOp<I extends readonly Tensor[], P>(op: Op<I, P>, inputs: I, params: P): readonly Tensor[] {
  checkTensors(op.name, inputs, "inputs");
  checkSameDevice(op.name, inputs);
  const tracked = isRecording() && inputs.some((input) => input.requiresGrad);
  const before = setRecording(false);
  const calls: RecordedCall[] = [];
  const outer = tracked ? noteCalls(calls) : null;
  let outputs: readonly Tensor[];
  try {
    outputs = op.forward(inputs, params);
  } finally {
    setRecording(before);
    if (tracked) noteCalls(outer);
  }
  observer?.ran(op.name, inputs, outputs);
  if (tracked) {
    // An input handed through, as by an identity, becomes a view: a tensor has one record.
    if (outputs.some((output) => inputs.includes(output))) {
      outputs = outputs.map((output) => (inputs.includes(output) ? output.detach() : output));
    }
    const record: OpRecord = {
      op: op as unknown as Op,
      inputs,
      outputs,
      params,
      versions: [...inputs, ...outputs].map((tensor) => tensor.storage.version),
      calls,
      released: false,
      viewed: [],
      callSite: observer === null ? null : new Error(`${op.name} was called here`),
    };
    for (const output of outputs) if (output.dtype === "float32") output.record = record;
  }
  return outputs;
}

/**
 * Forgets what a record saved, during the last backward pass through it, and returns the calls whose results `evictResults`
 * may be told of.
 */
export function releaseRecord(record: OpRecord): readonly RecordedCall[] {
  const { calls: released } = record;
  record.viewed = record.inputs.filter(({ storage }) => record.outputs.some((output) => output.storage === storage));
  record.calls = [];
  record.inputs = [];
  record.outputs = [];
  record.params = null;
  record.released = true;
  return released;
}

/** Lets devices give up results that will hardly be read again. They can be read all the same. */
export function evictResults(released: readonly RecordedCall[]): void {
  for (const call of released) call.device.evict?.(call);
}
