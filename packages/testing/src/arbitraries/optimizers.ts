import {
  Adadelta,
  Adafactor,
  Adagrad,
  Adam,
  AdamW,
  Adamax,
  ASGD,
  LBFGS,
  NAdam,
  RAdam,
  RMSprop,
  Rprop,
  SGD,
} from "@tapegrad/optim";
import type { Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import type { OptimizerLike } from "../laws/optimizer.ts";
import { describeArguments } from "./module-spec.ts";

/** An optimizer of `@tapegrad/optim` and its options; reports show `SGD(lr 0.1, momentum 0.9)`. */
export class OptimizerSpec {
  readonly description: string;
  readonly #make: Maker;
  readonly #maximizing: Maker | null;
  readonly #rescaled: ((params: readonly Tensor[], factor: number) => OptimizerLike) | null;

  constructor({ description, make, maximizing = null, rescaled = null }: OptimizerSpecFields) {
    this.description = description;
    this.#make = make;
    this.#maximizing = maximizing;
    this.#rescaled = rescaled;
  }

  /** Makes the optimizer of these parameters. */
  make(params: readonly Tensor[]): OptimizerLike {
    return this.#make(params);
  }

  /** The same optimizer with `maximize`. @throws Error if it has no such option; see `maximizingOptimizers`. */
  makeMaximizing(params: readonly Tensor[]): OptimizerLike {
    if (this.#maximizing === null) throw new Error(`${this.description} has no option maximize`);
    return this.#maximizing(params);
  }

  /**
   * The optimizer that takes gradients `factor` times as large where this one takes them as they are.
   *
   * @throws Error if no options of it do that; see `rescalableOptimizers`.
   */
  makeRescaled(params: readonly Tensor[], factor: number): OptimizerLike {
    if (this.#rescaled === null) throw new Error(`${this.description} cannot make up for the scale of gradients`);
    return this.#rescaled(params, factor);
  }

  /** What fast-check shows of a counterexample. */
  toString(): string {
    return this.description;
  }
}

/** What an `OptimizerSpec` is made of. */
export interface OptimizerSpecFields {
  readonly description: string;
  /** A new optimizer of these parameters. */
  readonly make: (params: readonly Tensor[]) => OptimizerLike;
  /** Null for an optimizer that cannot climb. @default null */
  readonly maximizing?: ((params: readonly Tensor[]) => OptimizerLike) | null;
  /** Null for an optimizer that cannot make up for the scale of its gradients. @default null */
  readonly rescaled?: ((params: readonly Tensor[], factor: number) => OptimizerLike) | null;
}

/** Which optimizers are drawn. */
export interface OptimizerOptions {
  /** Only these, by the name of their class. @default all of `optimizerKinds` */
  readonly kinds?: readonly OptimizerKind[];
  /** Whether some have weight decay. @default true */
  readonly weightDecay?: boolean;
}

/** Every kind of optimizer that `optimizers` draws. */
export const optimizerKinds = [
  "SGD",
  "Adam",
  "AdamW",
  "RMSprop",
  "Adagrad",
  "Adadelta",
  "Adamax",
  "NAdam",
  "RAdam",
  "Adafactor",
  "Rprop",
  "ASGD",
  "LBFGS",
] as const;

/** The name of an optimizer in `@tapegrad/optim`. */
export type OptimizerKind = (typeof optimizerKinds)[number];

/** All optimizers of `@tapegrad/optim` with sensible options; they shrink towards plain SGD. */
export function optimizers({
  kinds = optimizerKinds,
  weightDecay = true,
}: OptimizerOptions = {}): fc.Arbitrary<OptimizerSpec> {
  return fc.oneof(...kinds.map((kind) => specsOf(kind, weightDecay)));
}

/** The optimizers that can `maximize`. */
export function maximizingOptimizers(): fc.Arbitrary<OptimizerSpec> {
  return optimizers({ kinds: ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Rprop", "ASGD"] });
}

/** The optimizers for which some options make up for the scale of the gradients: all but Adadelta, Adafactor, RAdam, Rprop, ASGD and LBFGS. */
export function rescalableOptimizers(): fc.Arbitrary<OptimizerSpec> {
  return optimizers({ kinds: ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adamax", "NAdam"] });
}

type Maker = (params: readonly Tensor[]) => OptimizerLike;

/** One of these numbers, the first being the simplest. */
const numbers = (...choices: number[]): fc.Arbitrary<number> => fc.constantFrom(...choices);

const rate = numbers(0.125, 0.01, 0.1, 0.5);
const betas = fc.constantFrom<readonly [number, number]>([0.9, 0.999], [0.5, 0.75], [0, 0.9]);
const eps = numbers(1e-8, 1e-4);

/** What an optimizer takes besides its parameters, and what becomes of it where gradients are `c` times as large. */
function specs<O extends object, D extends O>(
  type: new (params: readonly Tensor[], options: O) => OptimizerLike,
  options: fc.Arbitrary<D>,
  {
    maximize = true,
    rescale = null,
  }: { readonly maximize?: boolean; readonly rescale?: ((options: D, c: number) => O) | null } = {},
): fc.Arbitrary<OptimizerSpec> {
  return options.map(
    (chosen) =>
      new OptimizerSpec({
        description: `${type.name}(${describeArguments(type.name, [chosen])})`,
        make: (params) => new type(params, chosen),
        maximizing: maximize ? (params) => new type(params, { ...chosen, maximize: true }) : null,
        rescaled: rescale === null ? null : (params, c) => new type(params, rescale(chosen, c)),
      }),
  );
}

/** The options of optimizers that divide by the size of the gradients, `eps` being of their unit. */
function inUnits<O extends { readonly eps: number; readonly weightDecay: number }>(options: O, c: number): O {
  return { ...options, eps: options.eps * c, weightDecay: options.weightDecay * c };
}

function specsOf(kind: OptimizerKind, decays: boolean): fc.Arbitrary<OptimizerSpec> {
  const weightDecay = decays ? numbers(0, 0.125) : numbers(0);
  const common = { lr: rate, weightDecay };
  switch (kind) {
    case "SGD": {
      const momentum = fc.constantFrom(
        { momentum: 0 },
        { momentum: 0.9 },
        { momentum: 0.5, dampening: 0.25 },
        { momentum: 0.9, nesterov: true },
      );
      const options = fc.tuple(fc.record(common), momentum).map(([first, second]) => ({ ...first, ...second }));
      const rescale = <O extends { lr: number; weightDecay: number }>(o: O, c: number): O => ({
        ...o,
        lr: o.lr / c,
        weightDecay: o.weightDecay * c,
      });
      return specs(SGD, options, { rescale });
    }
    case "Adam":
      return specs(Adam, fc.record({ ...common, betas, eps, amsgrad: fc.boolean() }), { rescale: inUnits });
    case "AdamW":
      return specs(AdamW, fc.record({ ...common, betas, eps, amsgrad: fc.boolean() }), {
        rescale: (options, c) => ({ ...options, eps: options.eps * c }),
      });
    case "RMSprop": {
      const own = { alpha: numbers(0.99, 0.5), momentum: numbers(0, 0.9), centered: fc.boolean() };
      return specs(RMSprop, fc.record({ ...common, eps, ...own }), { rescale: inUnits });
    }
    case "Adagrad": {
      const own = { lrDecay: numbers(0, 0.5), initialAccumulatorValue: numbers(0, 0.25) };
      return specs(Adagrad, fc.record({ ...common, eps, ...own }), {
        rescale: (options, c) => ({
          ...inUnits(options, c),
          initialAccumulatorValue: options.initialAccumulatorValue * c * c,
        }),
      });
    }
    case "Adadelta":
      return specs(Adadelta, fc.record({ ...common, eps: numbers(1e-6, 1e-3), rho: numbers(0.9, 0.5) }));
    case "Adamax":
      return specs(Adamax, fc.record({ ...common, betas, eps }), { rescale: inUnits });
    case "NAdam":
      return specs(NAdam, fc.record({ ...common, betas, eps, momentumDecay: numbers(4e-3, 0.1) }), {
        maximize: false,
        rescale: inUnits,
      });
    case "RAdam":
      return specs(RAdam, fc.record({ ...common, betas, eps }), { maximize: false });
    case "Adafactor":
      return specs(Adafactor, fc.record({ ...common, beta2Decay: numbers(-0.8, -0.5), d: numbers(1, 2) }));
    case "Rprop":
      return specs(Rprop, fc.record({ lr: rate, etas: fc.constantFrom<[number, number]>([0.5, 1.2], [0.25, 1.5]) }));
    case "ASGD":
      // Without lambd, a parameter stays where it is if its gradient is 0.
      return specs(
        ASGD,
        fc.record({ ...common, lambd: decays ? numbers(1e-4, 0.1) : numbers(0), t0: numbers(1e6, 2) }),
      );
    case "LBFGS": {
      const search = fc.constantFrom<"strong_wolfe" | null>(null, "strong_wolfe");
      const options = {
        lr: rate,
        maxIter: fc.integer({ min: 1, max: 4 }),
        historySize: fc.integer({ min: 1, max: 3 }),
      };
      return specs(LBFGS, fc.record({ ...options, lineSearchFn: search }), { maximize: false });
    }
  }
}
