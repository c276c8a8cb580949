import type { Tensor } from "@tapegrad/tensor";
import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named } from "../finding.ts";
import { normOf, rowsOf, sumOver } from "../measures.ts";
import { nameOf, type OpRun, type Pass } from "../pass.ts";
import type { Trial } from "../trial.ts";

/**
 * Whether inputs, targets, parameters and buffers hold only finite numbers, and what makes the first that is not, if the loss is not.
 *
 * Exact: the norm of a tensor is finite only if all values are (and below 1e19). Infinities inside a network may be meant, as in masks
 * of attention; so ops are looked at only if the loss is NaN or infinite.
 */
export const checkFiniteNumbers: Check = defineCheck("checkFiniteNumbers", async (trial) => {
  const findings: Finding[] = [];
  for (const [what, tensor] of givenTo(trial)) {
    const count = await countNotFinite(tensor);
    if (count === 0) continue;
    findings.push({
      fault: "notFinite",
      layers: what.startsWith("the batch") ? [] : [what],
      verdict: `${what} holds NaN or infinity${what.startsWith("the batch") ? await examplesOf(tensor) : ""}`,
      evidence: { values: count, of: tensor.size },
      cure: what.startsWith("the batch")
        ? "look at what loads and normalises the data: a division by a deviation of 0, a missing value, a logarithm of 0"
        : "start from weights that are finite: a training that became NaN cannot be gone on with; see the learning rate",
    });
  }
  const first = await trial.first();
  if (findings.length === 0 && first.loss !== null && !Number.isFinite(first.value))
    findings.push(await originOf(first));
  const answer = findings.length === 0 ? "all are" : named(findings.map(({ verdict }) => verdict));
  return { answer, findings };
});

function givenTo({ model, inputs, targets }: Trial): readonly (readonly [string, Tensor])[] {
  return [
    ["the batch's inputs", inputs],
    ["the batch's targets", targets],
    ...model.namedParameters(),
    ...model.namedBuffers(),
  ];
}

async function countNotFinite(tensor: Tensor): Promise<number> {
  if (tensor.dtype !== "float32" || tensor.size === 0 || Number.isFinite(await normOf(tensor))) return 0;
  return sumOver(await tensor.data(), (value) => (Number.isFinite(value) ? 0 : 1));
}

/** Which examples of a batch hold such numbers, in words; nothing if all do. */
async function examplesOf(tensor: Tensor): Promise<string> {
  const { count, row } = await rowsOf(tensor);
  const bad = Array.from({ length: count }, (_, i) => i).filter((i) => row(i).some((value) => !Number.isFinite(value)));
  return bad.length === count ? "" : `, in ${bad.length === 1 ? "example" : "examples"} ${named(bad.map(String))}`;
}

/** The first op that made NaN or infinity of finite numbers. */
async function originOf(pass: Pass & { readonly value: number }): Promise<Finding> {
  const origin = await firstNotFinite(pass);
  const where =
    origin === null
      ? "the loss"
      : `${origin.op} in ${origin.inLoss ? "the loss" : nameOf(pass, origin) || "the model"}`;
  return {
    fault: "notFinite",
    layers: origin === null || origin.inLoss ? [] : [nameOf(pass, origin)],
    verdict: `the loss is ${pass.value}: ${where} made it of finite numbers`,
    evidence: { loss: pass.value },
    cure: "keep the op's input within its range: add an epsilon under a root, in a logarithm and in a divisor; detectAnomaly has the line",
  };
}

async function firstNotFinite({ ops }: Pass): Promise<OpRun | null> {
  for (const run of ops) for (const output of run.outputs) if ((await countNotFinite(output)) > 0) return run;
  return null;
}
