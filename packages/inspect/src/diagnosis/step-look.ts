import { grad } from "@tapegrad/autograd";
import { BatchNorm } from "@tapegrad/nn/batch-norm";
import { copyOf } from "@tapegrad/nn/internal";
import { registerForwardPreHook } from "@tapegrad/nn/module-hooks";
import type { Parameter } from "@tapegrad/nn/parameter";
import { observeSteps } from "@tapegrad/optim/internal";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { div } from "@tapegrad/tensor/ops/div";
import { sub } from "@tapegrad/tensor/ops/sub";
import type { Examples } from "../training/supervised.ts";
import { dotOf } from "./measures.ts";
import type { InspectedOptimizer } from "./options.ts";
import { runPass } from "./pass.ts";
import type { ScheduleLook } from "./schedule-look.ts";
import type { Trial } from "./trial.ts";

/** A training step of somebody's own. */
export type TakeStep = (batch: Examples) => unknown;
/** Gradients of parameters, or values of another kind for each of them. */
export type Gradients = ReadonlyMap<Parameter, Tensor>;

/** What was seen when a step called the optimizer. */
export interface SeenStep {
  /** What lay in the parameters' gradients. */
  readonly gradients: Gradients;
  readonly allInEval: boolean;
  /** Batch norms that are not frozen, were in train mode, and are in eval mode. */
  readonly normsInEval: readonly string[];
  /** Whether the step had called the model, or a part of it. */
  readonly called: boolean;
  /** The share of the optimizer's update that is left when the step ends, `⟨v, u⟩/⟨u, u⟩`; null if it moved nothing. */
  readonly kept: number | null;
  /** How much of what is left is something else, as a part of the update: `‖v − kept·u‖/‖u‖`. */
  readonly rest: number;
}

/** What else steps do. */
export interface Bystanders {
  /** Other optimizers that move parameters of the model. */
  readonly others: Set<object>;
  readonly schedules: ScheduleLook;
}

/** The gradients of the loss, here and now. What the pass moved is put back. */
export async function expectedGradients(trial: Trial): Promise<Gradients> {
  const { model, options, targets, inputs } = trial;
  const again = trial.noteNow();
  const { loss } = runPass(trial.learning(), {
    inputs: inputs.detach(),
    lossOf: (outputs) => options.lossOf(outputs, targets),
  });
  again();
  const wanted = model.parameters().filter(({ requiresGrad }) => requiresGrad);
  if (loss === null || !loss.requiresGrad || wanted.length === 0) return new Map();
  const found = grad(loss, wanted, { allowUnused: true });
  return new Map(wanted.flatMap((parameter, i) => (found[i] === null ? [] : [[parameter, found[i]!] as const])));
}

/**
 * Takes a step, and looks when it calls the optimizer for the first time; null if it never does. Schedules stay where they are.
 */
export async function lookAtStep(
  { model, options, modes }: Trial,
  optimizer: InspectedOptimizer,
  step: TakeStep,
  { others, schedules }: Bystanders,
  batch: Examples = options.batch,
): Promise<SeenStep | null> {
  let seen: Omit<SeenStep, "kept" | "rest"> | null = null;
  let called = false;
  let stepping = false;
  let [before, after]: [Gradients, Gradients] = [new Map(), new Map()];
  const parameters = model.parameters();
  const notes = (of: (parameter: Parameter) => Tensor | null): Gradients =>
    new Map(parameters.flatMap((each) => (of(each) === null ? [] : [[each, copyOf(of(each)!)] as const])));
  const own = Object.getOwnPropertyDescriptor(optimizer, "step");
  const original = optimizer.step;
  const watched = (...given: readonly unknown[]): unknown => {
    const first = seen === null;
    seen ??= {
      gradients: notes(({ ownGrad }) => ownGrad),
      allInEval:
        model.modules().every(({ training }) => !training) && model.modules().some((each) => each.modeSensitive),
      normsInEval: model
        .namedModules()
        .filter(([, each]) => each instanceof BatchNorm && modes.get(each) && !each.training && !each.frozen)
        .map(([name]) => name),
      called,
    };
    if (first) before = notes((each) => each);
    stepping = true;
    const result: unknown = Reflect.apply(original, optimizer, given);
    stepping = false;
    if (first) after = notes((each) => each);
    return result;
  };
  Object.defineProperty(optimizer, "step", { value: watched, configurable: true, writable: true });
  const known = new Set<Tensor>(parameters);
  const unobserve = observeSteps((other) => {
    const moves = other.paramGroups.some(({ params }) => params.some((each) => known.has(each)));
    // An optimizer may be made of others.
    if (moves && (other as object) !== optimizer && !stepping) others.add(other);
  });
  const hooks = model.modules().map((each) => registerForwardPreHook(each, () => void (called = true)));
  try {
    await schedules.during(() => step(batch));
  } finally {
    unobserve();
    for (const hook of hooks) hook.remove();
    if (own === undefined) Reflect.deleteProperty(optimizer, "step");
    else Object.defineProperty(optimizer, "step", own);
  }
  return seen === null ? null : { ...(seen as SeenStep), ...(await keptOf(before, after)) };
}

/** How much of an update from one moment to another is in the parameters now. */
async function keptOf(before: Gradients, after: Gradients): Promise<Pick<SeenStep, "kept" | "rest">> {
  const less = (one: Gradients, other: Gradients): Gradients =>
    noGrad(() => new Map(Array.from(one, ([parameter, values]) => [parameter, sub(values, other.get(parameter)!)])));
  const now = new Map(Array.from(before.keys(), (parameter) => [parameter, parameter as Tensor]));
  const [update, left] = [less(after, before), less(now, before)];
  const [uu, uv, vv] = [await dotOfAll(update, update), await dotOfAll(update, left), await dotOfAll(left, left)];
  for (const copy of [...before.values(), ...after.values()]) copy.dispose();
  if (uu === 0) return { kept: null, rest: 0 };
  return { kept: uv / uu, rest: Math.sqrt(Math.max(0, vv - (uv * uv) / uu) / uu) };
}

/** ⟨a, b⟩ over all parameters that both have. */
export async function dotOfAll(a: Gradients, b: Gradients): Promise<number> {
  let sum = 0;
  for (const [parameter, one] of a) {
    const other = b.get(parameter);
    if (other !== undefined) sum += await dotOf(one, other);
  }
  return sum;
}

/** The sum of two gradients; of a parameter that one of them lacks, as if that were 0. */
export function sumOf(one: Gradients, other: Gradients): Gradients {
  const sums = new Map(one);
  for (const [parameter, gradient] of other) {
    const sum = sums.get(parameter);
    sums.set(parameter, sum === undefined ? gradient : noGrad(() => add(sum, gradient)));
  }
  return sums;
}

/** Gradients that several batches added up to, as their mean. */
export function meanOf(sums: Gradients, batches: number): Gradients {
  if (batches === 1) return sums;
  return noGrad(() => new Map(Array.from(sums, ([parameter, sum]) => [parameter, div(sum, batches)])));
}
