import { noGrad, type Tensor } from "@tapegrad/tensor";
import { deadLayers } from "../dead-units.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { farthest, largestOver } from "../measures.ts";
import { nameOf, type Pass, runPass } from "../pass.ts";
import type { Trial } from "../trial.ts";

/**
 * Whether the model uses its inputs: its outputs, in eval mode, differ for inputs that have little to do with one another, be it by a bit.
 *
 * A last layer that begins with zeros gives the same for all inputs, and yet learns; so it is a fault only if the outputs are the same
 * after the batch has been learned for a while, too. The losses then, with the inputs and with zeros in their place, are the evidence.
 * Named is where the last trace of them ends. A model whose few ReLUs are dead by chance is only hinted at.
 */
export const checkInputsUsed: Check = defineCheck("checkInputsUsed", async (trial): Promise<Outcome> => {
  const [pass, otherPass] = [trial.evaluate(trial.inputs), trial.evaluate(trial.changed)];
  const [one, other] = [pass.outputs, otherPass.outputs];
  if (one === null || other === null) return cannotTell("the model does not run in eval mode");
  const distance = await distanceOf(one, other);
  if (distance > 0) return { answer: `outputs change by ${distance.toPrecision(2)} of their size with the inputs` };
  if (await usesWhileLearning(trial)) return { answer: "outputs depend on the inputs in train mode" };
  const { outputs, outputsOf } = await trial.course();
  if (outputs === null) return cannotTell("nothing can be learned, and outputs may be zeros at first");
  const [changed, zeroed] = [outputsOf.get(trial.changed)!, outputsOf.get(trial.zeroed)!];
  const later = await distanceOf(outputs, changed);
  if (later > 0) return { answer: "outputs depend on the inputs once some steps are taken" };
  const end = await whereTheyEnd(pass, otherPass);
  const finding = ignored(end, await lossOf(trial, outputs), await lossOf(trial, zeroed));
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

/** Where the inputs leave no trace from on: the last op that gives the same, bit by bit, for what differs. */
interface End {
  readonly op: string;
  readonly name: string;
}

async function whereTheyEnd(one: Pass, other: Pass): Promise<End | null> {
  const differ = async (a: readonly Tensor[], b: readonly Tensor[] = []): Promise<boolean> => {
    for (const [i, tensor] of a.entries())
      if (b[i] !== undefined && tensor.storage !== b[i].storage && farthest(await tensor.data(), await b[i].data()) > 0)
        return true;
    return false;
  };
  for (const [i, run] of [...one.ops.entries()].reverse()) {
    const twin = other.ops[i];
    if (twin?.op !== run.op) continue;
    if ((await differ(run.inputs, twin.inputs)) && !(await differ(run.outputs, twin.outputs)))
      return { op: run.op, name: nameOf(one, run) };
  }
  return null;
}

function ignored(end: End | null, loss: number, lossOfZeros: number): Finding {
  const where =
    end === null
      ? "the model does not use them"
      : `nothing of them passes ${end.op} in ${end.name || "the model's own forward"}`;
  return {
    fault: "ignoresInputs",
    layers: end === null ? [] : [end.name],
    verdict: `the outputs are the same whatever the inputs are: ${where}`,
    evidence: { loss, lossOfZeros },
    cure: "follow the input through forward: a value that is not used, multiplied by 0, or saturated; units that are all dead; a softmax or a normalisation of a single value",
  };
}
