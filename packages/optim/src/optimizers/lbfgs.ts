import { type Device, keep, noGrad, type Shape, Tensor, tensor, ValueError } from "@tapegrad/tensor";
import { checkNotNegative, checkFunction, type OptionRules, showValue, tellOfNaN } from "@tapegrad/tensor/internal";
import { add, clone, mul } from "@tapegrad/tensor/ops";
import { checkCount } from "../schedules/lr-scheduler.ts";
import { noteStepOf } from "./observe-steps.ts";
import type { OptimizerStateDict, ParamState } from "./optimizer-state.ts";
import { ParameterGroups } from "./parameter-groups.ts";
import { dot, largestMagnitude, quasiNewtonDirection, remember, type StepPair } from "./quasi-newton-direction.ts";
import { type LinePoint, strongWolfe } from "./strong-wolfe.ts";

/** Options of `LBFGS`. */
export interface LBFGSOptions {
  /** Length of a step; with a line search, the first length to try. @default 1 */
  lr: number;
  /** The most iterations in a step. @default 20 */
  maxIter: number;
  /** The most evaluations in a step. @default maxIter · 5/4 */
  maxEval: number;
  /** A step ends when no gradient is larger. @default 1e-7 */
  toleranceGrad: number;
  /** A step ends when loss and parameters change less. @default 1e-9 */
  toleranceChange: number;
  /** How many iterations are remembered. @default 100 */
  historySize: number;
  /** How long each iteration goes: as far as a search says, or `lr`. @default null */
  lineSearchFn: "strong_wolfe" | null;
}

/** What is carried from one iteration to the next. */
interface Memory {
  readonly iterations: number;
  readonly direction: Float32Array;
  readonly gradient: Float32Array;
  /** How far the last iteration went. */
  readonly t: number;
  readonly pairs: readonly StepPair[];
}

/**
 * L-BFGS: a quasi-Newton method for losses without noise, such as a small model on all of its data. One group of parameters.
 *
 * It evaluates the loss several times a step and decides by what it sees, so `step` takes a closure and must be awaited:
 *
 * ```ts
 * const loss = await optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const loss = mseLoss(model.forward(x), y);
 *   backward(loss);
 *   return loss;
 * });
 * ```
 *
 * The directions are computed on the host, from gradients that are downloaded.
 *
 * @see Liu & Nocedal 1989, https://doi.org/10.1007/BF01589116
 */
export class LBFGS extends ParameterGroups<LBFGSOptions> {
  #memory: Memory | null = null;
  #evaluations = 0;

  /** @throws ValueError as other optimizers, and if there is more than one group. */
  constructor(params: Iterable<Tensor>, options: Partial<LBFGSOptions> = {}) {
    const { maxIter = 20 } = Object(options) as Partial<LBFGSOptions>;
    const rules: OptionRules<LBFGSOptions> = {
      lr: [1, checkNotNegative],
      maxIter: [maxIter, checkCount],
      maxEval: [typeof maxIter === "number" ? Math.floor((maxIter * 5) / 4) : 25, checkCount],
      toleranceGrad: [1e-7, checkNotNegative],
      toleranceChange: [1e-9, checkNotNegative],
      historySize: [100, checkCount],
      lineSearchFn: [null, checkLineSearch],
    };
    const tensors = { d: "tensor", prevFlatGrad: "tensor", oldDirs: "tensor", oldStps: "tensor" } as const;
    super(params, rules, options, { nIter: "number", funcEvals: "number", t: "number", ...tensors });
  }

  override addParamGroup(group: Partial<LBFGSOptions> & { readonly params: Iterable<Tensor> }): void {
    if (this.paramGroups.length > 0) throw new ValueError("LBFGS: expected one group of parameters, got another");
    super.addParamGroup(group);
  }

  /**
   * Moves the parameters by up to `maxIter` iterations. `closure` clears the gradients, computes the loss and its gradients, and
   * returns the loss.
   *
   * @returns the loss before the step.
   */
  async step(closure: () => Tensor | Promise<Tensor>): Promise<number> {
    checkFunction("LBFGS.step", "closure", closure);
    const loss = await this.#step(closure);
    noteStepOf(this);
    return loss;
  }

  async #step(closure: () => Tensor | Promise<Tensor>): Promise<number> {
    const group = this.paramGroups[0]!;
    this.checkOptionsInUse(group);
    const { lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn } = group;
    let memory = this.#memory ?? (await unpack(this.stateOf(group.params[0]!)));
    const first = await this.#evaluate(closure);
    let [{ loss, gradient }, evaluations] = [first, 1];
    if (largestMagnitude(gradient) <= toleranceGrad) return first.loss;

    for (let iteration = 1; iteration <= maxIter; iteration++) {
      const pairs = memory === null ? [] : remember(memory.pairs, pairOf(memory, gradient), historySize);
      const direction = quasiNewtonDirection(gradient, pairs);
      const step =
        memory === null ? Math.min(1, 1 / gradient.reduce((sum, value) => sum + Math.abs(value), 0)) * lr : lr;
      const slope = dot(gradient, direction);
      memory = { iterations: (memory?.iterations ?? 0) + 1, direction, gradient, t: step, pairs };
      this.#memory = memory;
      if (slope > -toleranceChange) break;

      const move = this.#line(direction);
      const before = loss;
      let t = step;
      if (lineSearchFn === "strong_wolfe") {
        const evaluate = async (at: number): Promise<LinePoint> => {
          move(at);
          const found = await this.#evaluate(closure);
          return { t: at, ...found, slope: dot(found.gradient, direction) };
        };
        const start: LinePoint = { t: 0, loss, gradient, slope };
        const found = await strongWolfe({ start, step, reach: largestMagnitude(direction), toleranceChange, evaluate });
        ({ t, loss, gradient } = found.point);
        evaluations += found.evaluations;
        move(t);
      } else {
        move(t);
        if (iteration === maxIter) break;
        ({ loss, gradient } = await this.#evaluate(closure));
        evaluations++;
      }
      memory = { ...memory, t };
      this.#memory = memory;
      if (evaluations >= maxEval || largestMagnitude(gradient) <= toleranceGrad) break;
      if (largestMagnitude(direction) * Math.abs(t) <= toleranceChange || Math.abs(loss - before) < toleranceChange)
        break;
    }
    return first.loss;
  }

  override stateDict(): OptimizerStateDict {
    const dict = super.stateDict();
    return this.#memory === null
      ? dict
      : { ...dict, state: { 0: pack(this.#memory, this.#evaluations, this.paramGroups[0]!.params[0]!.device) } };
  }

  /** What was loaded is unpacked by the next step. */
  protected override afterLoadingState(): void {
    this.#memory = null;
    this.#evaluations = Number(this.stateOf(this.paramGroups[0]!.params[0]!)["funcEvals"] ?? 0);
  }

  /** The state belongs to all parameters together, each vector as long as all of them. */
  protected override checkStateShape(name: string, shape: Shape): string | null {
    const size = this.paramGroups[0]!.params.reduce((sum, param) => sum + param.size, 0);
    const rank = name.startsWith("old") ? 2 : 1;
    return shape.length === rank && shape.at(-1) === size ? null : `the parameters have ${size} elements`;
  }

  async #evaluate(closure: () => Tensor | Promise<Tensor>): Promise<Pick<LinePoint, "loss" | "gradient">> {
    const loss = await (await closure()).item();
    if (Number.isNaN(loss)) tellOfNaN(this.constructor.name);
    this.#evaluations++;
    const { params } = this.paramGroups[0]!;
    const parts = await Promise.all(
      params.map(async ({ grad, size }) => (grad === null ? new Float32Array(size) : grad.data())),
    );
    return { loss, gradient: concatenate(parts) };
  }

  /** Sets the parameters to where they are now plus `t` times a direction. */
  #line(direction: Float32Array): (t: number) => void {
    let offset = 0;
    const lines = this.paramGroups[0]!.params.map((param) => {
      const part = direction.slice(offset, (offset += param.size));
      return {
        param,
        start: keep(noGrad(() => clone(param))),
        along: tensor(part, { shape: param.shape, device: param.device }),
      };
    });
    return (t) => noGrad(() => lines.forEach(({ param, start, along }) => param.assign(add(start, mul(along, t)))));
  }
}

function checkLineSearch(optimizer: string, name: string, value: unknown): void {
  if (value !== null && value !== "strong_wolfe")
    throw new ValueError(`${optimizer}: ${name} must be "strong_wolfe" or null, got ${showValue(value)}`);
}

/** How the gradient changed over the last iteration. */
function pairOf({ gradient, direction, t }: Memory, now: Float32Array): StepPair {
  return { y: now.map((value, i) => value - gradient[i]!), s: direction.map((value) => value * t) };
}

function pack({ iterations, direction, gradient, t, pairs }: Memory, funcEvals: number, device: Device): ParamState {
  const size = direction.length;
  const kept = (values: Float32Array, shape: Shape = [size]): Tensor => keep(tensor(values, { shape, device }));
  const rows = (values: readonly Float32Array[]): Tensor => kept(concatenate(values), [values.length, size]);
  return {
    nIter: iterations,
    funcEvals,
    t,
    d: kept(direction),
    prevFlatGrad: kept(gradient),
    oldDirs: rows(pairs.map(({ y }) => y)),
    oldStps: rows(pairs.map(({ s }) => s)),
  };
}

async function unpack({ nIter, t, d, prevFlatGrad, oldDirs, oldStps }: Readonly<ParamState>): Promise<Memory | null> {
  if (
    !(d instanceof Tensor && prevFlatGrad instanceof Tensor && oldDirs instanceof Tensor && oldStps instanceof Tensor)
  )
    return null;
  const [ys, ss] = [await rowsOf(oldDirs), await rowsOf(oldStps)];
  return {
    iterations: Number(nIter),
    t: Number(t),
    direction: Float32Array.from(await d.data()),
    gradient: Float32Array.from(await prevFlatGrad.data()),
    pairs: ys.map((y, i) => ({ y, s: ss[i]! })),
  };
}

async function rowsOf(matrix: Tensor): Promise<readonly Float32Array[]> {
  const [count, size] = matrix.shape as [number, number];
  const values = Float32Array.from(await matrix.data());
  return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
}

function concatenate(parts: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
