import { AdamW } from "@tapegrad/optim/adamw";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome, shown } from "../finding.ts";
import { normOf } from "../measures.ts";

/** A step may take so much of the weights. */
const most = 0.1;
/** So many times the gradients' norm may the pull of the decay be, if the decay is 1 or more. */
const dominant = 10;

/**
 * Whether the optimizer's options are such that it can learn.
 *
 * - Weight decay must leave something of the weights. A step takes `lr · weightDecay` of the weights, with SGD and AdamW: a fault from 0.1 on, where half of them is gone in seven steps; a hint
 *   from 0.01 on.
 * - Where the decay is added to the gradients and these are rescaled, as in Adam, it is the ratio `weightDecay·‖w‖ / ‖g‖` that
 *   counts: a fault if the decay is 1 or more and outweighs the gradients of all weights ten times. Not so with AdamW, which does not
 *   add them: its steps keep weights of up to `1 / weightDecay`.
 * - A momentum of 1 or more never forgets, so steps grow without bound. From 0.995 on, and a first beta from there on, a hint: gradients are
 *   remembered over `1/(1 − momentum)` steps, and with momentum a step becomes so many times as long.
 * - A dampening of 1 lets no gradient but the first into the momentum, and an average of squares with a weight of 1 for the old value, alpha or
 *   rho, none at all. With a weight below 0.5, a hint, it hardly remembers.
 * - Betas whose first is the larger are given in the wrong order: Adam's first beta is that of the gradients, the smaller one.
 */
export const checkOptimizer: Check = defineCheck("checkOptimizer", async (trial): Promise<Outcome> => {
  const { optimizer } = trial.options;
  if (optimizer === null) return cannotTell("there is no optimizer");
  const { gradients } = await trial.first();
  const [findings, hints]: [Finding[], Finding[]] = [[], []];
  const names = new Map(trial.model.namedParameters().map(([name, parameter]) => [parameter as object, name]));
  let largest = 0;
  for (const { lr, params, ...options } of optimizer.paramGroups) {
    findings.push(...impossible(options));
    hints.push(...odd(lr, options));
    const { weightDecay = 0 } = options as { readonly weightDecay?: unknown };
    if (typeof weightDecay !== "number" || weightDecay === 0) continue;
    largest = Math.max(largest, lr * weightDecay);
    const layers = params.map((parameter) => names.get(parameter) ?? "").filter((name) => name !== "");
    let [weights, forces] = [0, 0];
    for (const parameter of params) {
      const gradient = gradients.get(parameter as never);
      if (parameter.rank < 2 || !gradient) continue;
      weights = Math.hypot(weights, await normOf(parameter));
      forces = Math.hypot(forces, await normOf(gradient));
    }
    const ratio = (weightDecay * weights) / forces;
    const finding = decaying({ taken: lr * weightDecay, ratio, lr, weightDecay }, layers);
    const outweighs = !(optimizer instanceof AdamW) && weightDecay >= 1 && ratio > dominant;
    if (lr * weightDecay >= most || outweighs) findings.push(finding);
    else if (lr * weightDecay >= most / 10) hints.push(finding);
  }
  return { answer: `a step takes ${largest.toPrecision(2)} of the weights`, findings, hints };
});

function decaying(
  evidence: Readonly<Record<"taken" | "ratio" | "lr" | "weightDecay", number>>,
  layers: readonly string[],
): Finding {
  return {
    fault: "weightDecay",
    layers,
    verdict: `weight decay of ${evidence.weightDecay} at a learning rate of ${evidence.lr} eats the weights ${layers.length > 3 ? "" : `of ${named(layers)} `}up: it pulls ${evidence.ratio.toPrecision(2)} times as strongly as the gradients`,
    evidence,
    cure: "5e-4 is usual with SGD, 0.01 with AdamW",
  };
}

/** Options of optimizers that say how much they remember. */
interface Memory {
  readonly momentum?: unknown;
  readonly dampening?: unknown;
  readonly betas?: unknown;
  /** Of RMSprop and Adadelta. */
  readonly alpha?: unknown;
  readonly rho?: unknown;
}

const aboutOptions = { fault: "optimizerOptions", layers: [] } as const;

/** The name and value of the weight of the old value in an average of squares. */
function averageOf({ alpha, rho }: Memory): readonly [name: string, weight: number] | null {
  if (typeof alpha === "number") return ["alpha", alpha];
  return typeof rho === "number" ? ["rho", rho] : null;
}

function impossible(options: Memory): readonly Finding[] {
  const { momentum, dampening, betas } = options;
  if (typeof momentum === "number" && momentum >= 1)
    return [
      {
        ...aboutOptions,
        verdict: `a momentum of ${momentum} never forgets a gradient: steps grow without bound`,
        evidence: { momentum },
        cure: "0.9 is usual",
      },
    ];
  if (typeof momentum === "number" && momentum > 0 && typeof dampening === "number" && dampening >= 1)
    return [
      {
        ...aboutOptions,
        verdict: `a dampening of ${dampening} lets no gradient but the first into the momentum`,
        evidence: { dampening, momentum },
        cure: "leave it out; 0 is usual, and 1 − momentum makes an average of the gradients",
      },
    ];
  const average = averageOf(options);
  if (average !== null && average[1] >= 1)
    return [
      {
        ...aboutOptions,
        verdict: `${average[0]} is the weight of the old value, and with ${average[1]} the average of squares never learns`,
        evidence: { [average[0]]: average[1] },
        cure: "0.9 to 0.99 is usual",
      },
    ];
  const [first, second] = Array.isArray(betas) ? (betas as readonly number[]) : [];
  if (first === undefined || second === undefined || !(first > second)) return [];
  return [
    {
      ...aboutOptions,
      verdict: `betas are in the wrong order: gradients are averaged over ${Math.round(1 / (1 - first))} steps, and their squares over ${Math.round(1 / (1 - second))}`,
      evidence: { first, second },
      cure: "betas: [0.9, 0.999] is usual",
    },
  ];
}

/** From here on an optimizer remembers for very long, */
const longMemory = 0.995;
/** and below this hardly at all. */
const shortMemory = 0.5;

/** What few mean. */
function odd(lr: number, options: Memory): readonly Finding[] {
  const { momentum, betas } = options;
  const [first] = Array.isArray(betas) ? (betas as readonly unknown[]) : [];
  const average = averageOf(options);
  if (typeof momentum === "number" && momentum >= longMemory && momentum < 1) {
    const steps = Math.round(1 / (1 - momentum));
    return [
      {
        ...aboutOptions,
        verdict: `a momentum of ${momentum} adds up gradients of some ${steps} steps: the rate of ${lr} becomes one of ${shown(lr * steps)}, and the loss swings for as long`,
        evidence: { momentum, steps, lr, rate: lr * steps },
        cure: "0.9 is usual, 0.99 much; if it is meant, lower the rate",
      },
    ];
  }
  if (typeof first === "number" && first >= longMemory)
    return [
      {
        ...aboutOptions,
        verdict: `a first beta of ${first} averages gradients over some ${Math.round(1 / (1 - first))} steps: it answers slowly to what they are now`,
        evidence: { first },
        cure: "betas: [0.9, 0.999] is usual",
      },
    ];
  if (average === null || average[1] >= shortMemory) return [];
  return [
    {
      ...aboutOptions,
      verdict: `${average[0]} is the weight of the old value, and with ${average[1]} the average of squares is hardly more than the last gradient`,
      evidence: { [average[0]]: average[1] },
      cure: "0.9 to 0.99 is usual",
    },
  ];
}
