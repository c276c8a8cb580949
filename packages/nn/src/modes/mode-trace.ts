import { noGrad, sameShape, Tensor } from "@tapegrad/tensor";
import { abs, add, div, mul, rsqrt, sub, sumSquares, varMean } from "@tapegrad/tensor/ops";
import { BatchNorm } from "../layers/norm/batch-norm.ts";
import { registerForwardHook } from "../module/module-hooks.ts";
import type { Layer, Module } from "../module/module.ts";
import { noteGenerators } from "../module/note-state.ts";
import { withoutModeGuard } from "./mode-guard.ts";

/** Squared norms of one tensor as computed in either mode, and of their difference. */
export interface SquaredNorms {
  readonly train: Tensor;
  readonly eval: Tensor;
  readonly difference: Tensor;
}

/** Sums, over the batches so far, of what one call of one module did in both modes. */
export interface CallTrace {
  readonly name: string;
  readonly module: Module;
  /** Which of the calls in a forward pass, from 0. */
  readonly call: number;
  /** The outputs of the two passes. */
  pass: SquaredNorms | null;
  /** The outputs of both modes for the same inputs: those of the train pass, and those of the eval pass. */
  ownInTrain: SquaredNorms | null;
  ownInEval: SquaredNorms | null;
  /** What a batch norm normalised with in the train pass, against its running statistics; see `ChannelDistances`. */
  meanShift: Tensor | null;
  varianceRatio: Tensor | null;
}

/** Runs a network in both modes on one batch after the other, and sums up how the modes part. */
export class ModeTrace {
  /** By name and number of the call, in the order in which the calls ended. */
  readonly calls: Map<string, CallTrace> = new Map();
  readonly #model: Layer;
  readonly #named: readonly (readonly [name: string, module: Module])[];
  /** Whether a layer is being run once more, in the other mode: hooks do nothing then. */
  #probing = false;

  constructor(model: Layer) {
    this.#model = model;
    this.#named = model.namedModules();
  }

  /** The outputs of the network for a batch, in train mode and in eval mode. */
  run(batch: Tensor): readonly [train: unknown, eval: unknown] {
    const outputs = new Map<string, Tensor>();
    const inTrain = this.#pass(true, batch, (trace, key, inputs, output) => {
      outputs.set(key, output);
      if (!trace.module.modeSensitive || trace.module.frozen) return;
      trace.ownInTrain = plus(trace.ownInTrain, output, this.#probe(trace.module, false, inputs));
      if (trace.module instanceof BatchNorm) addStatistics(trace, trace.module, inputs);
    });
    const inEval = this.#pass(false, batch, (trace, key, inputs, output) => {
      const other = outputs.get(key);
      outputs.delete(key);
      if (other !== undefined) trace.pass = plus(trace.pass, other, output);
      if (!trace.module.modeSensitive || trace.module.frozen) return;
      trace.ownInEval = plus(trace.ownInEval, this.#probe(trace.module, true, inputs), output);
    });
    return [inTrain, inEval];
  }

  #pass(
    mode: boolean,
    batch: Tensor,
    see: (trace: CallTrace, key: string, inputs: readonly unknown[], output: Tensor) => void,
  ): unknown {
    const counts = new Map<string, number>();
    const handles = this.#named.map(([name, module]) =>
      registerForwardHook(module, (_module, inputs, output) => {
        if (this.#probing || !(output instanceof Tensor) || output.dtype !== "float32") return;
        const call = counts.get(name) ?? 0;
        counts.set(name, call + 1);
        see(this.#traceOf(name, module, call), `${name} ${call}`, inputs, output);
      }),
    );
    try {
      this.#model.train(mode);
      return this.#forward(this.#model, [batch]);
    } finally {
      for (const handle of handles) handle.remove();
    }
  }

  #traceOf(name: string, module: Module, call: number): CallTrace {
    const key = `${name} ${call}`;
    const nothing = { pass: null, ownInTrain: null, ownInEval: null, meanShift: null, varianceRatio: null };
    const trace: CallTrace = this.calls.get(key) ?? { name, module, call, ...nothing };
    this.calls.set(key, trace);
    return trace;
  }

  /** What a layer gives for these inputs in a certain mode. */
  #probe(layer: Module, mode: boolean, inputs: readonly unknown[]): Tensor {
    const before = layer.training;
    const restoreGenerators = noteGenerators(layer);
    this.#probing = true;
    layer.training = mode;
    try {
      return this.#forward(layer, inputs) as Tensor;
    } finally {
      layer.training = before;
      this.#probing = false;
      restoreGenerators();
    }
  }

  #forward(module: Module, inputs: readonly unknown[]): unknown {
    const forward = module.forward as (...inputs: readonly unknown[]) => unknown;
    return withoutModeGuard(() => noGrad(() => Reflect.apply(forward, module, inputs)));
  }
}

/** Squared norms with those of one more pair of outputs; unchanged if their shapes cannot be compared. */
function plus(sums: SquaredNorms | null, train: Tensor, evaluated: Tensor): SquaredNorms | null {
  if (!sameShape(train.shape, evaluated.shape)) return sums;
  return {
    train: added(sums?.train, sumSquares(train)),
    eval: added(sums?.eval, sumSquares(evaluated)),
    difference: added(sums?.difference, sumSquares(sub(train, evaluated))),
  };
}

/** A sum with one more value: the value itself, if it is the first. */
function added(sum: Tensor | null | undefined, value: Tensor): Tensor {
  return sum ? add(sum, value) : value;
}

function addStatistics(trace: CallTrace, norm: BatchNorm, [input]: readonly unknown[]): void {
  const { runningMean, runningVar, eps } = norm;
  if (!(input instanceof Tensor) || runningMean === null || runningVar === null) return;
  const others = input.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const [variance, mean] = varMean(input, others, { correction: 0 });
  const floor = eps > 0 ? eps : 1e-30;
  const running = add(runningVar, floor);
  const shift = mul(abs(sub(mean, runningMean)), rsqrt(running));
  const ratio = div(add(variance, floor), running);
  trace.meanShift = added(trace.meanShift, shift);
  trace.varianceRatio = added(trace.varianceRatio, ratio);
}
