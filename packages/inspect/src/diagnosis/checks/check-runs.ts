import { type Check, defineCheck } from "../define-check.ts";
import type { Finding } from "../finding.ts";
import type { Failure } from "../pass.ts";
import type { Trial } from "../trial.ts";

/**
 * Whether model and loss run on the batch, and a gradient comes of it.
 *
 * Nothing is measured: what they throw is the evidence, and the layer that threw it. A loss without a record is found too: its value
 * was computed from outputs that were detached, or with `argmax`, so nothing can be learned from it.
 */
export const checkRuns: Check = defineCheck("checkRuns", async (trial) => {
  const { failure, loss, value, calls } = await trial.first();
  if (failure !== null) {
    const finding = failureOf(trial, failure);
    return { answer: finding.verdict, findings: [finding] };
  }
  if (loss !== null && !loss.requiresGrad && trial.model.parameters().some(({ requiresGrad }) => requiresGrad)) {
    const finding: Finding = {
      fault: "lossWithoutGradient",
      layers: [],
      verdict: "the loss does not depend on any parameter by a differentiable way, so nothing can be learned",
      evidence: { loss: value },
      cure: "compute the loss from the model's outputs as they are, outside noGrad, without detach, argmax or values read to the host",
    };
    return { answer: finding.verdict, findings: [finding] };
  }
  return { answer: `${calls.length} calls of layers, a loss of ${value.toPrecision(4)}` };
});

function failureOf({ inputs }: Trial, { error, layer, by }: Failure): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const places = { model: layer === "" ? "the model" : layer, loss: "the loss", backward: "the backward pass" };
  const where = places[by];
  const layers = by === "model" ? [layer] : [];
  const finding = { layers, evidence: { examples: inputs.shape[0]! } };
  if (message.includes("if channels come last"))
    return {
      ...finding,
      fault: "channelsLast",
      verdict: `the channels of the inputs come last: ${where} threw: ${message}`,
      cure: "permute the inputs to [n, c, h, w] before they reach the model",
    };
  if (message.includes("Expected more than 1 value per channel"))
    return {
      ...finding,
      fault: "batchTooSmall",
      verdict: `the batch has one value for each channel of ${where}, and no variance can be computed of one: ${message}`,
      cure: "use larger batches, and dropLast in the loader, or a normalisation of single examples such as GroupNorm",
    };
  return { ...finding, fault: "cannotRun", verdict: `${where} threw: ${message}`, cure: "mend what the message names" };
}
