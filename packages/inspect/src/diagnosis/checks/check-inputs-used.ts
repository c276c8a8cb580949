import { noGrad, type Tensor } from "@tapegrad/tensor";
import { deadLayers } from "../dead-units.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { farthest, largestOver } from "../measures.ts";
import { runPass } from "../pass.ts";
import type { Trial } from "../trial.ts";

/**
 * Whether the model uses its inputs: its outputs, in eval mode, differ for inputs that have little to do with one another, be it by a bit.
 *
 * A last layer that begins with zeros gives the same for all inputs, and yet learns; so it is a fault only if the outputs are the same
 * after the batch has been learned for a while, too. The losses then, with the inputs and with zeros in their place, are the evidence.
 * A model whose few ReLUs are dead by chance is only hinted at.
 */
export const checkInputsUsed: Check = defineCheck("checkInputsUsed", async (trial): Promise<Outcome> => {
  const [one, other] = [trial.evaluate(trial.inputs).outputs, trial.evaluate(trial.changed).outputs];
  if (one === null || other === null) return cannotTell("the model does not run in eval mode");
  const distance = await distanceOf(one, other);
  if (distance > 0) return { answer: `outputs change by ${distance.toPrecision(2)} of their size with the inputs` };
  if (await usesWhileLearning(trial)) return { answer: "outputs depend on the inputs in train mode" };
  const { outputs, outputsOf } = await trial.course();
  if (outputs === null) return cannotTell("nothing can be learned, and outputs may be zeros at first");
  const [changed, zeroed] = [outputsOf.get(trial.changed)!, outputsOf.get(trial.zeroed)!];
  const later = await distanceOf(outputs, changed);
  if (later > 0) return { answer: "outputs depend on the inputs once some steps are taken" };
  const finding = ignored(await lossOf(trial, outputs), await lossOf(trial, zeroed));
  const small = (await deadLayers(await trial.first())).some(({ byChance }) => byChance);
  return { answer: finding.verdict, [small ? "hints" : "findings"]: [finding] };
});

/** Whether outputs depend on the inputs in the modes that the model learns in. */
async function usesWhileLearning(trial: Trial): Promise<boolean> {
  const outputsOf = (inputs: Tensor): Tensor | null => {
    trial.restore();
    return runPass(trial.learning(), { inputs, recorded: false }).outputs;
  };
  const [one, other] = [outputsOf(trial.inputs), outputsOf(trial.changed)];
  trial.restore();
  return one !== null && other !== null && (await distanceOf(one, other)) > 0;
}

/** The largest difference, relative to the largest output. */
async function distanceOf(one: Tensor, other: Tensor): Promise<number> {
  const [a, b] = [await one.data(), await other.data()];
  const scale = largestOver(a, Math.abs);
  const distance = farthest(a, b);
  return distance === 0 ? 0 : distance / scale;
}

async function lossOf({ options, targets }: Trial, outputs: Tensor): Promise<number> {
  return noGrad(() => options.lossOf(outputs, targets)).item();
}

function ignored(loss: number, lossOfZeros: number): Finding {
  return {
    fault: "ignoresInputs",
    layers: [],
    verdict: "the outputs are the same whatever the inputs are: the model does not use them",
    evidence: { loss, lossOfZeros },
    cure: "follow the input through forward: a value that is not used, multiplied by 0, or saturated; units that are all dead",
  };
}
