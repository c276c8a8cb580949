import type { Tensor } from "@tapegrad/tensor";
import { deadLayers } from "../dead-units.ts";
import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome } from "../finding.ts";
import { medianOf, normOf } from "../measures.ts";
import { makerOf, opsNamed, ownerOf } from "../pass.ts";
import { guessingLoss, lossOfZeros } from "../progress.ts";
import type { LearningPass, Trial } from "../trial.ts";

/** A weight whose effect is so many times smaller than the largest gets no gradient to speak of. */
const vanished = 1e-6;
/** An effect of so many times the loss of guessing, for each root of what a unit reads: 1,000 times for 16 values. */
const exploded = 250;

/** A weight of fewer values before a normalisation may do nothing, since its scale is taken out. */
const fewest = 16;

/**
 * Whether gradients reach all parameters, and are of a size.
 *
 * - None: no gradient arrives in the first backward pass. If the layer ran, what it gives is cut off on the way to the loss. A hint if the
 *   optimizer does not have the parameters, either: they are held on purpose.
 * - Always 0: in the first three steps of learning the batch, and in the last. One step is not enough: behind a layer of zeros, as those
 *   that end residual blocks, gradients begin with the second. A bias alone, which a normalisation may take out, and weights of fewer
 *   than 16 values are not found. If few ReLUs are dead by chance, it is only hinted at.
 * - Vanishing and exploding: by the effect `‖w‖·‖∂L/∂w‖` of each weight, the change of the loss for a relative change of the weight.
 *   Scaling a layer does not change it, and without biases and normalisation it is the same for all layers of a chain of ReLUs.
 *   Vanished is a weight whose effect is a millionth of the largest; exploded, one of
 *   250·√n times the loss of guessing, or of outputs that are 0 (or 1), where n is how many values a unit reads: of random weights a relative change does √n times
 *   less than one along the gradient, which the norms bound. That is a hint
 *   for weights right before a normalisation, nor do they count as the largest: in deep networks their gradients are large at first, and a
 *   step that is too large makes the weights larger and the next step smaller.
 *
 * @see Yang et al. 2019, https://arxiv.org/abs/1902.08129, for gradients in networks with batch norm
 */
export const checkGradients: Check = defineCheck("checkGradients", async (trial): Promise<Outcome> => {
  const pass = await trial.first();
  const none = trial.model.namedParameters().filter(([, parameter]) => pass.gradients.get(parameter) === null);
  const { optimizer } = trial.options;
  const optimized = new Set(optimizer?.paramGroups.flatMap(({ params }) => params));
  const meant = (parameter: Tensor): boolean => optimizer !== null && !optimized.has(parameter);
  const namesOf = (parameters: typeof none): string[] => parameters.map(([name]) => name);
  const names = namesOf(none);
  if (pass.failure?.by === "backward") return { answer: "the backward pass throws", told: false };
  if (pass.gradients.size === 0) return { answer: "no parameter wants one" };
  if (pass.loss === null || !pass.loss.requiresGrad)
    return { answer: "there is no loss to have any from", told: false };
  const [wanted, unwanted] = [none.filter(([, each]) => !meant(each)), none.filter(([, each]) => meant(each))];
  const findings = wanted.length === 0 ? [] : [without(namesOf(wanted), pass)];
  const { withoutGradient } = await trial.course();
  const always = worthTelling(
    trial,
    withoutGradient.filter((name) => !names.includes(name)),
  );
  const held = without(namesOf(unwanted), pass);
  const hints =
    unwanted.length === 0 ? [] : [{ ...held, cure: `requireGrad(false) if they are held; if not, ${held.cure}` }];
  if (always.length > 0) {
    const byChance = (await deadLayers(pass)).some((layer) => layer.byChance);
    (byChance ? hints : findings).push(zero(always));
  }
  const effects = await effectsOf(trial, pass);
  const scale = Math.max(1, Math.abs((await guessingLoss(trial)) ?? (await lossOfZeros(trial))));
  if (findings.length === 0) {
    const free = effects.filter(({ normalised }) => !normalised);
    const flow = exploding(free, scale) ?? vanishing(effects, free.length > 0 ? free : effects);
    if (flow !== null) findings.push(flow);
    const large = exploding(
      effects.filter(({ normalised }) => normalised),
      scale,
    );
    if (large !== null) hints.push(large);
  }
  const sizes = effects.map(({ effect }) => effect);
  const range =
    sizes.length === 0
      ? ""
      : `; effects from ${Math.min(...sizes).toPrecision(2)} to ${Math.max(...sizes).toPrecision(2)}`;
  return {
    answer: `${pass.gradients.size - names.length} of ${pass.gradients.size} parameters have one${range}`,
    findings,
    hints,
  };
});

/** Without biases whose weight gets a gradient, and small weights: a normalisation behind them takes out what they do. */
function worthTelling({ model }: Trial, names: readonly string[]): readonly string[] {
  const parameters = new Map(model.namedParameters());
  const large = (name: string): boolean => parameters.get(name)!.rank > 1 && parameters.get(name)!.size >= fewest;
  const alone = (name: string): boolean => !parameters.has(name.replace(/bias$/, "weight")) || !name.endsWith("bias");
  const found = names.filter((name) => large(name) || (parameters.get(name)!.rank < 2 && alone(name)));
  return found.length === 0 ? [] : names;
}

function without(names: readonly string[], { calls }: LearningPass): Finding {
  const ran = names.filter((name) => calls.some((call) => call.name === ownerOf(name)));
  const cut = ran.length > 0;
  return {
    fault: "noGradient",
    layers: names,
    verdict: cut
      ? `no gradient reaches ${named(ran)}: the layer runs, but its output is cut from the loss`
      : `no gradient reaches ${named(names)}: the layer is never used`,
    evidence: { parameters: names.length, ran: ran.length },
    cure: cut
      ? "look for detach, noGrad, argmax, or values that were read to the host and made a tensor again"
      : "call the layer in forward, or remove it",
  };
}

function zero(names: readonly string[]): Finding {
  return {
    fault: "zeroGradient",
    layers: names,
    verdict: `the gradient of ${named(names)} is 0 in every step`,
    evidence: { parameters: names.length, gradient: 0 },
    cure: "look for units that are dead or saturated behind it, a factor of 0, or a normalisation that takes out what the parameter does",
  };
}

interface Effect {
  readonly name: string;
  readonly effect: number;
  /** How many values a unit reads. */
  readonly fanIn: number;
  /** Whether a normalisation right behind the weight takes its scale out. */
  readonly normalised: boolean;
}

/** The effects of weights of 16 values or more, without those that are 0. */
async function effectsOf({ model }: Trial, pass: LearningPass): Promise<Effect[]> {
  const { gradients } = pass;
  const behind = new Set(opsNamed(pass, "batchNorm").map(({ inputs: [input] }) => makerOf(pass, input!)?.inputs[1]));
  const effects: Effect[] = [];
  for (const [name, parameter] of model.namedParameters()) {
    const gradient = gradients.get(parameter);
    if (parameter.rank < 2 || parameter.size < fewest || !gradient) continue;
    const effect = (await normOf(parameter)) * (await normOf(gradient));
    if (effect > 0)
      effects.push({
        name,
        effect,
        fanIn: parameter.size / parameter.shape[0]!,
        normalised: behind.has(parameter),
      });
  }
  return effects;
}

const evidenceOf = (sizes: readonly number[]): Readonly<Record<"smallest" | "median" | "largest", number>> => ({
  smallest: Math.min(...sizes),
  median: medianOf(sizes),
  largest: Math.max(...sizes),
});

function exploding(effects: readonly Effect[], scale: number): Finding | null {
  const large = effects
    .filter(({ effect, fanIn }) => effect > exploded * Math.sqrt(fanIn) * scale || !Number.isFinite(effect))
    .map(({ name }) => name);
  if (large.length === 0) return null;
  const evidence = evidenceOf(effects.map(({ effect }) => effect));
  return {
    fault: "explodingGradient",
    layers: large,
    verdict: `gradients explode: a change of 1% of ${named(large)} would change the loss by ${(evidence.largest / 100).toPrecision(2)}`,
    evidence,
    cure: "initialise with smaller weights (init.kaimingNormal), add normalisation layers, or clip gradients with clipGradNorm",
  };
}

/** @param measure those whose largest the others are compared with. */
function vanishing(effects: readonly Effect[], measure: readonly Effect[]): Finding | null {
  const largest = Math.max(...measure.map(({ effect }) => effect));
  const small = effects.filter(({ effect }) => effect < vanished * largest).map(({ name }) => name);
  if (small.length === 0) return null;
  return {
    fault: "vanishingGradient",
    layers: small,
    verdict: `gradients vanish: what ${named(small)} does to the loss is less than a millionth of what other layers do`,
    evidence: evidenceOf(effects.map(({ effect }) => effect)),
    cure: "use ReLU in place of sigmoid and tanh, normalisation layers, residual connections, or larger initial weights",
  };
}
