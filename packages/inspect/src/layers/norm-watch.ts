import type { Module } from "@tapegrad/nn";
import { copyOf } from "@tapegrad/nn/internal";
import { keep, noGrad, scope, type Tensor } from "@tapegrad/tensor";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { stack } from "@tapegrad/tensor/ops/stack";
import { sub } from "@tapegrad/tensor/ops/sub";
import { sumSquares } from "@tapegrad/tensor/ops/sum-squares";

/** The norms of one parameter at one step. */
export interface ParameterNorms {
  readonly name: string;
  /** Of the gradient that the optimizer used, after clipping; null without gradient. */
  readonly gradient: number | null;
  /** Of what the step changed. */
  readonly update: number;
  /** Of the values after the step. */
  readonly weight: number;
}

/** The norms of all parameters at one step. */
export interface NormRow {
  readonly step: number;
  readonly parameters: readonly ParameterNorms[];
}

interface Measured {
  readonly step: number;
  readonly names: readonly string[];
  readonly hasGradient: readonly boolean[];
  readonly squares: Tensor;
}

/** After so many measurements they become half as frequent, so that their part of a long training vanishes. */
const perFrequency = 50;
/** By default the second measurement is at this step, */
const second = 20;
/** and later ones are at most so many steps apart, until training is so long that they are a tenth of it apart. */
const widest = 80;

/** Measures gradients, updates and weights at the first step, and then now and then. Nothing is read until somebody asks. */
export class NormWatch {
  readonly #model: Module;
  #every: number | null;
  /** The step that is measured next. */
  #next = 1;
  #count = 0;
  #steps = 0;
  #before: readonly Tensor[] | null;
  #measured: Measured[] = [];

  /** @param every once in so many steps, at first; null for steps that lie ever farther apart. */
  constructor(model: Module, every: number | null) {
    this.#model = model;
    this.#every = every;
    this.#before = model.parameters().map(copyOf);
  }

  /** Whether the next step is measured. */
  get due(): boolean {
    return this.#before !== null;
  }

  /** After each step of the optimizer, of which this is the number. */
  step(step: number): void {
    // A training that goes on got its weights after the first copies were made.
    if (this.#before !== null && (step === 1 || this.#steps > 0)) this.#measure(step, this.#before);
    this.#steps++;
    this.#forget();
    if (step >= this.#next) this.#next = this.#after(step);
    if (step + 1 === this.#next) this.#before = this.#model.parameters().map(copyOf);
  }

  /** What was measured since the last call. */
  async take(): Promise<NormRow[]> {
    const measured = this.#measured;
    this.#measured = [];
    const rows: NormRow[] = [];
    for (const { step, names, hasGradient, squares } of measured) {
      const values = await squares.data();
      squares.dispose();
      const norm = (kind: number, i: number): number => Math.sqrt(values[kind * names.length + i]!);
      const parameters = names.map((name, i) => ({
        name,
        gradient: hasGradient[i]! ? norm(0, i) : null,
        update: norm(1, i),
        weight: norm(2, i),
      }));
      rows.push({ step, parameters });
    }
    return rows;
  }

  /** Measures no more. What was measured can still be taken. */
  end(): void {
    this.#forget();
  }

  /** Gives back what it holds. */
  stop(): void {
    this.#forget();
    for (const { squares } of this.#measured) squares.dispose();
    this.#measured = [];
  }

  #after(step: number): number {
    if (this.#every !== null) return step + this.#every - (step % this.#every);
    return Math.max(second, step + Math.max(Math.min(2 * step, widest), Math.ceil(step / 10)));
  }

  #measure(step: number, before: readonly Tensor[]): void {
    const named = this.#model.namedParameters();
    // Not the parameters that were copied.
    if (named.length !== before.length || named.length === 0) return;
    const hasGradient = named.map(([, { grad }]) => grad !== null);
    const squares = noGrad(() =>
      scope(() => {
        const gradients = named.map(([, parameter]) => parameter.grad ?? parameter);
        const updates = named.map(([, parameter], i) => sub(parameter, before[i]!));
        const weights = named.map(([, parameter]) => parameter);
        const all = [...gradients, ...updates, ...weights].map((each) => reshape(sumSquares(each), []));
        return keep(stack(all, 0));
      }),
    );
    if (this.#every !== null && ++this.#count % perFrequency === 0) this.#every *= 2;
    this.#measured.push({ step, names: named.map(([name]) => name), hasGradient, squares });
  }

  #forget(): void {
    for (const copy of this.#before ?? []) copy.dispose();
    this.#before = null;
  }
}

/** The norm of all parts as one vector; null of no part. */
export function joined(norms: readonly (number | null)[]): number | null {
  const known = norms.filter((norm) => norm !== null);
  return known.length === 0 ? null : Math.sqrt(known.reduce((sum, norm) => sum + norm * norm, 0));
}
