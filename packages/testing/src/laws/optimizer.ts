import { fromHost, noGrad, type Shape, sizeOf, tensor, type Tensor, zeros } from "@tapegrad/tensor";
import { mul } from "@tapegrad/tensor/ops/mul";
import { sub } from "@tapegrad/tensor/ops/sub";
import { sum } from "@tapegrad/tensor/ops/sum";
import fc from "fast-check";
import { gridValues } from "../arbitraries/tensors.ts";
import { differenceOf } from "../expect-close.ts";
import { expectSame } from "./same-bits.ts";

/** What the laws need of an optimizer. `step` may look at the closure or not, and may be awaited. */
export interface OptimizerLike {
  /** One step, with the loss that `closure` computes. */
  step(closure: () => Tensor): unknown;
  /** The optimizer's memory. */
  stateDict(): unknown;
  /** Takes a memory over. */
  loadStateDict(state: unknown): void;
}

/** An optimizer with its options: an `OptimizerSpec` is one. */
export interface OptimizerSubject {
  /** A new optimizer of these parameters. */
  make(params: readonly Tensor[]): OptimizerLike;
}

/** An optimizer that can also climb. */
export interface MaximizingSubject extends OptimizerSubject {
  /** The same optimizer with `maximize`. */
  makeMaximizing(params: readonly Tensor[]): OptimizerLike;
}

/** An optimizer for which the unit of the gradient is a matter of its options. */
export interface RescalableSubject extends OptimizerSubject {
  /** With the options that make up for gradients that are `factor` times as large: `eps·factor` for Adam, `lr/factor` for SGD. */
  makeRescaled(params: readonly Tensor[], factor: number): OptimizerLike;
}

/**
 * A small problem: each parameter has a loss `½·curvature·(p − target)²`, summed. The gradient is set by hand.
 */
export interface OptimizerRun {
  readonly shapes: readonly Shape[];
  readonly start: readonly (readonly number[])[];
  readonly target: readonly (readonly number[])[];
  readonly curvature: number;
  readonly steps: number;
}

/** Problems of one to three parameters, of one to five steps. */
export function optimizerRuns(): fc.Arbitrary<OptimizerRun> {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
  return fc.array(shape, { minLength: 1, maxLength: 3 }).chain((shapes) =>
    fc.record({
      shapes: fc.constant(shapes),
      start: fc.tuple(...shapes.map((each) => gridValues(sizeOf(each)))),
      target: fc.tuple(...shapes.map((each) => gridValues(sizeOf(each)))),
      curvature: fc.constantFrom(1, 0.5, 2),
      steps: fc.integer({ min: 1, max: 5 }),
    }),
  );
}

/**
 * The law that nothing moves where there is no gradient: parameters without one stay as they are, and so do those whose
 * gradient is zero, bit by bit. The optimizer is new, so that no momentum is left, and must have no weight decay.
 */
export function zeroGradientLaw(
  subjects: fc.Arbitrary<OptimizerSubject>,
): fc.IAsyncProperty<[OptimizerSubject, OptimizerRun]> {
  return fc.asyncProperty(subjects, optimizerRuns(), async (subject, run) => {
    const params = parametersOf(run);
    const optimizer = subject.make(params);
    const loss = (): Tensor => tensor(0);
    // Frozen, so that the optimizer does not wonder.
    for (const param of params) param.requiresGrad = false;
    await optimizer.step(loss);
    for (const param of params) param.requiresGrad = true;
    params.forEach((param, i) => expectSame(param, run.start[i]!, `parameter ${i} moved without a gradient`));
    for (let step = 0; step < run.steps; step++) {
      for (const param of params) param.grad = zeros(param.shape);
      await optimizer.step(loss);
    }
    params.forEach((param, i) => expectSame(param, run.start[i]!, `parameter ${i} moved by a gradient of zero`));
  });
}

/** The law that to maximize is to minimize the negative: the same path, bit by bit, for negated gradients. */
export function maximizeLaw(
  subjects: fc.Arbitrary<MaximizingSubject>,
): fc.IAsyncProperty<[MaximizingSubject, OptimizerRun]> {
  return fc.asyncProperty(subjects, optimizerRuns(), async (subject, run) => {
    const down = parametersOf(run);
    await walk(subject.make(down), down, run, { factor: -1 });
    const up = parametersOf(run);
    await walk(subject.makeMaximizing(up), up, run, {});
    up.forEach((param, i) => {
      expectSame(param, down[i]!.dataSync(), `maximizing does not move parameter ${i} as minimizing the negative does`);
    });
  });
}

/**
 * The law that the unit of the loss is a matter of the options: gradients `c` times as large, for a power of two `c`, take the same
 * path with options that make up for it. For Adam and its like this is invariance to scale, but for `eps`.
 */
export function gradientScaleLaw(
  subjects: fc.Arbitrary<RescalableSubject>,
): fc.IAsyncProperty<[RescalableSubject, OptimizerRun, number]> {
  const exponents = fc.integer({ min: -6, max: 6 });
  return fc.asyncProperty(subjects, optimizerRuns(), exponents, async (subject, run, exponent) => {
    const factor = 2 ** exponent;
    const plain = parametersOf(run);
    await walk(subject.make(plain), plain, run, {});
    const scaled = parametersOf(run);
    await walk(subject.makeRescaled(scaled, factor), scaled, run, { factor });
    scaled.forEach((param, i) => {
      const difference = differenceOf(param, plain[i]!, { rtol: 1e-5, atol: 1e-6 });
      if (difference !== null)
        throw new Error(`gradients ${factor} times as large take parameter ${i} elsewhere: ${difference}`);
    });
  });
}

/**
 * The law that a saved optimizer goes on as if nothing had happened: after some steps, a new optimizer of parameters of the same
 * values loads the state, and takes the same further steps bit by bit.
 */
export function resumeLaw(
  subjects: fc.Arbitrary<OptimizerSubject>,
): fc.IAsyncProperty<[OptimizerSubject, OptimizerRun, number]> {
  const further = fc.integer({ min: 1, max: 3 });
  return fc.asyncProperty(subjects, optimizerRuns(), further, async (subject, run, more) => {
    const [first, second] = [parametersOf(run), parametersOf(run)];
    const optimizer = subject.make(first);
    await walk(optimizer, first, run, {});
    noGrad(() => second.forEach((param, i) => param.assign(first[i]!)));
    const resumed = subject.make(second);
    resumed.loadStateDict(optimizer.stateDict());
    for (let step = 1; step <= more; step++) {
      await walk(optimizer, first, { ...run, steps: 1 }, {});
      await walk(resumed, second, { ...run, steps: 1 }, {});
      second.forEach((param, i) => {
        const complaint = `step ${step} after loading the state takes parameter ${i} elsewhere than the saved optimizer`;
        expectSame(param, first[i]!.dataSync(), complaint);
      });
    }
  });
}

function parametersOf({ shapes, start }: OptimizerRun): readonly Tensor[] {
  return shapes.map((shape, i) => fromHost(Float32Array.from(start[i]!), shape, true));
}

/** Takes the run's steps down the loss, times `factor`. */
async function walk(
  optimizer: OptimizerLike,
  params: readonly Tensor[],
  { shapes, target, curvature, steps }: OptimizerRun,
  { factor = 1 }: { readonly factor?: number },
): Promise<void> {
  const targets = shapes.map((shape, i) => fromHost(Float32Array.from(target[i]!), shape));
  const evaluate = (): Tensor =>
    noGrad(() => {
      let loss = 0;
      for (const [i, param] of params.entries()) {
        const away = sub(param, targets[i]!);
        param.grad = mul(away, curvature * factor);
        loss += (sum(mul(away, away)).itemSync() * curvature * factor) / 2;
      }
      return tensor(loss);
    });
  for (let step = 0; step < steps; step++) {
    evaluate();
    await optimizer.step(evaluate);
  }
}
