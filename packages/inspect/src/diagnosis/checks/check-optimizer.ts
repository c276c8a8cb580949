import { AdamW } from "@tapegrad/optim/adamw";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome } from "../finding.ts";
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
 * - A momentum of 1 or more never forgets, so steps grow without bound.
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

function impossible(options: object): readonly Finding[] {
  const { momentum, betas } = options as { readonly momentum?: unknown; readonly betas?: unknown };
  const finding = { fault: "optimizerOptions", layers: [] } as const;
  if (typeof momentum === "number" && momentum >= 1)
    return [
      {
        ...finding,
        verdict: `a momentum of ${momentum} never forgets a gradient: steps grow without bound`,
        evidence: { momentum },
        cure: "0.9 is usual",
      },
    ];
  const [first, second] = Array.isArray(betas) ? (betas as readonly number[]) : [];
  if (first === undefined || second === undefined || !(first > second)) return [];
  return [
    {
      ...finding,
      verdict: `betas are in the wrong order: gradients are averaged over ${Math.round(1 / (1 - first))} steps, and their squares over ${Math.round(1 / (1 - second))}`,
      evidence: { first, second },
      cure: "betas: [0.9, 0.999] is usual",
    },
  ];
}
