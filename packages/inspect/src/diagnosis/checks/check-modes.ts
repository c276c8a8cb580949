import { BatchNorm } from "@tapegrad/nn/batch-norm";
import type { Module } from "@tapegrad/nn/module";
import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named } from "../finding.ts";
import type { Trial } from "../trial.ts";

/**
 * Whether the model was given in modes that it can learn in. Frozen layers count as meant.
 *
 * - The whole model in eval mode, though some of its layers look at the mode.
 * - A batch norm in eval mode, not frozen, beside others in train mode; or one whose running statistics never saw a batch.
 * - Others in eval mode, not frozen, beside others of their kind or batch norms in train mode, as a hint: a dropout that drops nothing.
 * - A dropout that drops all, or nearly all: p of 0.9 and more, which as a rule is the probability of keeping. A hint from more than 0.5 on.
 */
export const checkModes: Check = defineCheck("checkModes", async (trial) => {
  const sensitive = trial.model.namedModules().filter(([, module]) => module.modeSensitive && !module.frozen);
  const dropping = droppingAll(sensitive, nearlyAll, Infinity);
  const findings = [...wholeInEval(trial, sensitive), ...someInEval(trial, sensitive), ...dropping];
  const training = sensitive.filter(([, module]) => trial.modes.get(module));
  const others = findings.some(({ fault }) => fault === "evalMode") ? [] : othersInEval(trial, sensitive);
  const hints = [...others, ...droppingAll(sensitive, unusual, nearlyAll)];
  return {
    answer: `${training.length} of ${sensitive.length} layers that look at it are in train mode`,
    findings,
    hints,
  };
});

type Named = readonly (readonly [name: string, module: Module])[];

function isWholeInEval({ modes }: Trial): boolean {
  return [...modes.values()].every((training) => !training);
}

function wholeInEval(trial: Trial, sensitive: Named): readonly Finding[] {
  if (sensitive.length === 0 || !isWholeInEval(trial)) return [];
  return [
    {
      fault: "evalMode",
      layers: sensitive.map(([name]) => name),
      verdict: `the whole model is in eval mode, in which ${named(sensitive.map(([name]) => name))} do not learn as they should`,
      evidence: { layers: sensitive.length },
      cure: "call model.train() before learning; evaluating(model, fn) gives every module its mode back",
    },
  ];
}

function someInEval(trial: Trial, sensitive: Named): readonly Finding[] {
  const norms = sensitive.filter(([, module]) => module instanceof BatchNorm);
  const held = norms.filter(([, module]) => !trial.modes.get(module));
  if (held.length === 0 || isWholeInEval(trial)) return [];
  const untouched = held.filter(([, module]) => trial.untouched.has(module));
  const some = untouched.length > 0 ? untouched : held.length < norms.length ? held : [];
  if (some.length === 0) return [];
  const names = some.map(([name]) => name);
  return [
    {
      fault: "evalMode",
      layers: names,
      verdict:
        untouched.length > 0
          ? `${named(names)} in eval mode while the model learns, with running statistics that never saw a batch`
          : `${named(names)} in eval mode while other batch norms are in train mode`,
      evidence: { inEval: held.length, of: norms.length },
      cure: "call model.train(); to hold batch norms in eval mode on purpose, freeze() them",
    },
  ];
}

function othersInEval(trial: Trial, sensitive: Named): readonly Finding[] {
  const held = sensitive.filter(([, module]) => !trial.modes.get(module) && !(module instanceof BatchNorm));
  if (held.length === 0 || isWholeInEval(trial)) return [];
  const names = held.map(([name]) => name);
  return [
    {
      fault: "evalMode",
      layers: names,
      verdict: `${named(names)} in eval mode while the rest of the model is in train mode`,
      evidence: { inEval: held.length, of: sensitive.length },
      cure: "call model.train(); to hold layers in eval mode on purpose, freeze() them",
    },
  ];
}

/** From here on, it was the probability of keeping that was given. */
const nearlyAll = 0.9;
/** Beyond this, it may have been. */
const unusual = 0.5 + 1e-6;

/** Dropouts whose p lies from one number up to another. */
function droppingAll(sensitive: Named, from: number, to: number): readonly Finding[] {
  const dropouts = sensitive.flatMap(([name, module]) => {
    const { p } = module as { readonly p?: unknown };
    return typeof p === "number" && p >= from && p < to ? [{ name, p }] : [];
  });
  if (dropouts.length === 0) return [];
  const names = dropouts.map(({ name }) => name);
  const p = Math.max(...dropouts.map((each) => each.p));
  return [
    {
      fault: "dropsAll",
      layers: names,
      verdict: `${named(names)} drops ${p === 1 ? "everything" : `${(100 * p).toPrecision(3)}% of all values`}`,
      evidence: { p },
      cure: "p is the probability that a value is dropped, as in torch and Keras: 0.1 to 0.5 is usual",
    },
  ];
}
