import { generatorsOf } from "@tapegrad/nn/internal";
import type { Tensor } from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { farthest, sumOver } from "../measures.ts";
import { type Pass, runPass } from "../pass.ts";

/**
 * Whether eval mode is a function: the same inputs give the same outputs, whatever generators draw, and no parameter or buffer moves.
 *
 * Outputs that are NaN in this mode alone come of running statistics, once these have seen a batch.
 *
 * Exact: the model runs twice in eval mode, the generators going on in between, and outputs are compared bit by bit; versions of storages
 * tell what was written. Named is the first layer that answers the same inputs with other outputs.
 */
export const checkEvalMode: Check = defineCheck("checkEvalMode", async (trial): Promise<Outcome> => {
  trial.restore();
  const { model } = trial;
  model.eval();
  const state = [...model.namedParameters(), ...model.namedBuffers()];
  const versions = state.map(([, { storage }]) => storage.version);
  const first = runPass(model, { inputs: trial.inputs, recorded: false });
  const moved = state.filter(([, { storage }], i) => storage.version !== versions[i]).map(([name]) => name);
  for (const generator of generatorsOf(model)) normals(generator, 7);
  const second = runPass(model, { inputs: trial.inputs, recorded: false });
  trial.restore();
  if (first.outputs === null || second.outputs === null) return cannotTell("the model does not run in eval mode");
  const findings = moved.length === 0 ? [] : [moves(moved)];
  if (await differ(first.outputs, second.outputs)) findings.push(random(await firstRandom(first, second)));
  const invalid = sumOver(await first.outputs.data(), (value) => Number(Number.isNaN(value)));
  if (invalid > 0 && trial.untouched.size === 0 && Number.isFinite((await trial.first()).value))
    findings.push(onlyInEval(invalid));
  return {
    answer: findings.length === 0 ? "outputs are the same again, and nothing moves" : findings[0]!.verdict,
    findings,
  };
});

async function differ(one: Tensor, other: Tensor): Promise<boolean> {
  return farthest(await one.data(), await other.data()) > 0;
}

async function firstRandom(first: Pass, second: Pass): Promise<string> {
  for (const [i, { op, layer, outputs }] of first.ops.entries()) {
    const twin = second.ops[i];
    if (twin?.op !== op) return layer;
    for (const [k, output] of outputs.entries()) if (await differ(output, twin.outputs[k]!)) return layer;
  }
  return "";
}

function moves(names: readonly string[]): Finding {
  return {
    fault: "movesInEval",
    layers: names,
    verdict: `a forward pass in eval mode changes ${names.join(", ")}`,
    evidence: { changed: names.length },
    cure: "write buffers in train mode only: `if (this.training)`; batchNorm takes training: this.training",
  };
}

function random(layer: string): Finding {
  return {
    fault: "randomInEval",
    layers: [layer],
    verdict: `the outputs are random in eval mode: ${layer === "" ? "the model's own forward" : layer} draws numbers there`,
    evidence: {},
    cure: "use the layer Dropout, or tell dropout the mode: dropout(x, p, { training: this.training })",
  };
}

function onlyInEval(values: number): Finding {
  return {
    fault: "notFinite",
    layers: [],
    verdict: "outputs are NaN in eval mode, and not in train mode",
    evidence: { values },
    cure: "look at the running statistics: a variance below 0, as of a momentum beyond 1 or of a damaged file, has no root",
  };
}
