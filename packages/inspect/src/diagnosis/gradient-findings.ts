import type { Layer } from "@tapegrad/nn/module";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { sub } from "@tapegrad/tensor/ops/sub";
import { type Finding, named } from "./finding.ts";
import { normOf } from "./measures.ts";
import { dotOfAll, type Gradients, type SeenStep } from "./step-look.ts";

/** What was seen of a step, beside what it should have been. */
export interface StepLook extends SeenStep {
  readonly expected: Gradients;
  /** How many batches it gathers. */
  readonly batches: number;
}

/** How much of a gradient, or of an update, may be left unexplained. */
export const unexplained = 0.02;
/** A part of the gradient that is as good as none. */
const nothing = 1e-3;

/** Null if the gradients are explained by nothing that is known. */
export async function gradientFindings(model: Layer, looks: readonly StepLook[]): Promise<readonly Finding[] | null> {
  for (const [i, { expected, gradients: found, batches, called }] of looks.entries()) {
    const [ee, gg, ge] = [
      await dotOfAll(expected, expected),
      await dotOfAll(found, found),
      await dotOfAll(found, expected),
    ];
    if (ee === 0) continue;
    const factor = ge / ee;
    if (Math.sqrt(gg / ee) < nothing) return [called ? lost(Math.sqrt(gg), Math.sqrt(ee)) : otherModel()];
    const rest = Math.max(0, gg - (ge * ge) / ee) / gg;
    const before = looks[i - 1]?.gradients;
    if (before !== undefined && (await isPile(found, expected, before, gg)))
      return [pile([], Math.sqrt(gg), Math.sqrt(ee))];
    if (rest > unexplained ** 2) {
      const piled = before === undefined ? [] : await piledAmong(model, found, expected, before);
      return piled.length === 0 ? null : [pile(piled, Math.sqrt(gg), Math.sqrt(ee))];
    }
    if (factor < 0) return [climbing(factor)];
    const whole = Math.round(factor);
    if (whole >= 2 && Math.abs(factor - whole) < unexplained * whole) return [scaled(whole, batches)];
  }
  return [];
}

/** Whether g = e + g₋₁. */
async function isPile(found: Gradients, expected: Gradients, before: Gradients, gg: number): Promise<boolean> {
  const bb = await dotOfAll(before, before);
  if (bb < nothing * gg) return false;
  const [ee, ge] = [await dotOfAll(expected, expected), await dotOfAll(found, expected)];
  const [gb, eb] = [await dotOfAll(found, before), await dotOfAll(expected, before)];
  const distance = gg + ee + bb - 2 * ge - 2 * gb + 2 * eb;
  return Math.max(0, distance) < unexplained ** 2 * gg;
}

/** The parameters whose gradients pile up, if those of all others are as they should be; none otherwise. */
async function piledAmong(model: Layer, found: Gradients, expected: Gradients, before: Gradients): Promise<string[]> {
  const piled: string[] = [];
  for (const [name, parameter] of model.namedParameters()) {
    const [is, wanted, old] = [found.get(parameter), expected.get(parameter), before.get(parameter)];
    if (is === undefined || wanted === undefined || old === undefined) continue;
    const near = async (other: Tensor): Promise<boolean> =>
      (await normOf(noGrad(() => sub(is, other)))) <= unexplained * (await normOf(is));
    if (await near(wanted)) continue;
    if (!(await near(noGrad(() => add(wanted, old))))) return [];
    piled.push(name);
  }
  return piled;
}

function lost(found: number, expected: number): Finding {
  return {
    fault: "gradientsLost",
    layers: [],
    verdict: "the optimizer steps on gradients that are as good as nothing, though the loss has some",
    evidence: { found, expected },
    cure: "call zeroGrad() before backward(loss) and not after it; clip to a norm of about 1, not 0",
  };
}

function scaled(factor: number, batches: number): Finding {
  const summed = factor === batches;
  return {
    fault: "gradientsScaled",
    layers: [],
    verdict: summed
      ? `the optimizer steps on the gradients of ${batches} batches added up, ${factor} times their mean`
      : `the optimizer steps on ${factor} times the gradient of the loss`,
    evidence: { factor, batches },
    cure: summed
      ? `divide each loss by ${batches} before backward(loss), or the learning rate`
      : "call backward(loss) once in a step, and make the loss a mean",
  };
}

function pile(layers: readonly string[], found: number, expected: number): Finding {
  return {
    fault: "gradientsPileUp",
    layers,
    verdict: `gradients of the steps before${layers.length === 0 ? "" : `, those of ${named(layers)},`} are still there when the optimizer steps: they pile up`,
    evidence: { found, expected },
    cure: "call optimizer.zeroGrad() before backward(loss) in each step",
  };
}

function climbing(factor: number): Finding {
  return {
    fault: "climbs",
    layers: [],
    verdict: "the optimizer steps on the gradient with its sign turned: each step makes the loss larger",
    evidence: { factor },
    cure: "leave out the minus sign before backward(loss), unless the loss is what shall be large",
  };
}

function otherModel(): Finding {
  return {
    fault: "otherModel",
    layers: [],
    verdict:
      "the step does not call the model, nor a part of it, and the optimizer finds no gradients: it learns another model",
    evidence: {},
    cure: "use the model that the optimizer was built for; a copy, an average and what was there before a part was replaced are others",
  };
}
