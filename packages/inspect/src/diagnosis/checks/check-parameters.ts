import { Module } from "@tapegrad/nn/module";
import type { Parameter } from "@tapegrad/nn/parameter";
import { observeSteps } from "@tapegrad/optim/internal";
import type { Storage, Tensor } from "@tapegrad/tensor";
import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named } from "../finding.ts";
import { fingerprint } from "../measures.ts";
import { ownerOf } from "../pass.ts";
import { ScheduleLook } from "../schedule-look.ts";
import type { LearningPass, Trial } from "../trial.ts";

/** Weights of fewer values may be equal by chance. */
const fewest = 16;

/**
 * Whether every parameter is known to the model, once, and to the optimizer, and wants a gradient where it should.
 *
 * Exact, by identity:
 *
 * - Not registered: a leaf of the loss's graph that wants a gradient is none of the model's parameters. It lies in a `#private` field, or is
 *   a plain tensor. One that the optimizer has is only hinted at: it may be another model's.
 * - Registered twice: a module with parameters that lies in two places, or a parameter in two modules of one class. An embedding
 *   tied to a linear layer is not.
 * - A weight of a linear layer or a convolution that is neither a parameter nor a buffer, nor computed from any, is hinted at: a copy of another
 *   layer's weight, that was to be tied to it, learns nothing.
 * - Two weights with equal values, each to be trained, are hinted at: layers that were copied begin alike, and a weight that was to be tied
 *   to another and was assigned its values goes its own way. Constants and unit matrices do not count.
 * - Not in the optimizer: it wants a gradient and gets one, and no group has it, nor has another optimizer that a step of your own calls. If the optimizer has parameters that neither the model nor the loss's
 *   graph has, it was built before a part was replaced.
 * - Frozen by mistake: all are; or the optimizer has it, but it wants no gradient; or a layer is frozen between others that learn, and no more than a
 *   fifth of all are. Frozen first layers, and a class of layers that is frozen whole, are how one freezes on purpose.
 */
export const checkParameters: Check = defineCheck("checkParameters", async (trial) => {
  const pass = await trial.first();
  const all = trial.model.namedParameters();
  const trainable = all.filter(([, { requiresGrad }]) => requiresGrad).length;
  const strangers = strangersTo(trial, pass);
  const ofOptimizer = await optimizerFindings(trial, pass);
  const findings = [...strangers.findings, ...twice(trial), ...ofOptimizer, ...frozen(trial)];
  const hints = [...strangers.hints, ...constants(trial, pass), ...(await equalWeights(trial))];
  return { answer: `${all.length} parameters, ${trainable} to be trained`, findings, hints };
});

function optimizedBy({ options: { optimizer } }: Trial): ReadonlySet<Tensor> {
  return new Set(optimizer?.paramGroups.flatMap(({ params }) => params));
}

function strangersTo(
  trial: Trial,
  { strangers }: LearningPass,
): { readonly findings: readonly Finding[]; readonly hints: readonly Finding[] } {
  const optimized = optimizedBy(trial);
  const describe = (found: readonly Tensor[]): Finding => ({
    fault: "unregistered",
    layers: [],
    verdict: `${found.length} ${found.length === 1 ? "tensor wants a gradient and reaches" : "tensors want gradients and reach"} the loss, but the model does not list ${found.length === 1 ? "it" : "them"}: ${named(found.map(({ shape }) => `one of shape [${shape.join(", ")}]`))}`,
    evidence: { tensors: found.length, values: found.reduce((sum, { size }) => sum + size, 0) },
    cure: "make it a Parameter, in a field that is not #private; layers belong in such fields too",
  });
  const [known, unknown] = [
    strangers.filter((each) => optimized.has(each)),
    strangers.filter((each) => !optimized.has(each)),
  ];
  return {
    findings: unknown.length === 0 ? [] : [describe(unknown)],
    hints: known.length === 0 ? [] : [describe(known)],
  };
}

/** Weights that are plain tensors. */
function constants({ model, inputs }: Trial, { ops }: LearningPass): readonly Finding[] {
  const known = new Set([...model.parameters(), ...model.buffers(), inputs].map(({ storage }) => storage));
  const runs = ops.filter(({ op, inLoss }) => !inLoss && (op === "linear" || op === "conv2d"));
  const found = runs.filter(({ inputs: [, weight] }) => {
    if (weight === undefined || weight.requiresGrad || weight.record !== null || known.has(weight.storage))
      return false;
    return !ops.some(({ outputs }) => outputs.includes(weight));
  });
  if (found.length === 0) return [];
  const names = [...new Set(found.map(({ layer }) => layer))];
  return [
    {
      fault: "unregistered",
      layers: names,
      verdict: `the weight of ${named(names)} is a tensor that nothing trains: no parameter, and no buffer`,
      evidence: { tensors: found.length },
      cure: "make it a Parameter, or a Buffer if it shall stay; to tie it to another layer's, assign that Parameter itself",
    },
  ];
}

/** Weights with values of their own that another one has, too. */
async function equalWeights({ model }: Trial): Promise<readonly Finding[]> {
  const found = new Map<string, string[]>();
  for (const [name, weight] of model.namedParameters()) {
    if (weight.rank < 2 || weight.size < fewest || !weight.requiresGrad) continue;
    const values = await weight.data();
    if (new Set(values.subarray(0, 2 * fewest)).size < 3) continue;
    const print = `${weight.shape.join()} ${fingerprint(values)}`;
    found.set(print, [...(found.get(print) ?? []), name]);
  }
  const names = [...found.values()].find((each) => each.length > 1);
  if (names === undefined) return [];
  return [
    {
      fault: "equalWeights",
      layers: names,
      verdict: `${named(names)} have the same values, and are trained apart`,
      evidence: { weights: names.length },
      cure: "to tie weights, assign the Parameter itself to both fields; to stack layers, make each of them anew, not as a copy of the first",
    },
  ];
}

function twice({ model }: Trial): readonly Finding[] {
  const parameters = new Set(model.parameters().map(({ storage }) => storage));
  const names = new Map<Storage, string[]>();
  for (const [name, { storage }] of model.stateDict())
    if (parameters.has(storage)) names.set(storage, [...(names.get(storage) ?? []), name]);
  const modules = new Map(model.namedModules());
  const shared = [...names.values()].filter((each) => {
    const kinds = each.map((name) => modules.get(ownerOf(name))?.constructor);
    // A module that lies in several places is listed under the first alone.
    return each.length > 1 && (kinds.includes(undefined) || new Set(kinds).size < kinds.length);
  });
  if (shared.length === 0) return [];
  const layers = [...new Set(shared.map(([name]) => ownerOf(name!)))];
  const places = shared.map((each) => [...new Set(each.map(ownerOf))].join(" = "));
  return [
    {
      fault: "registeredTwice",
      layers,
      verdict: `weights lie in several places of the model: ${named([...new Set(places)])}`,
      evidence: { parameters: shared.length, places: Math.max(...shared.map((each) => each.length)) },
      cure: "make a layer for each place: Array.from({ length }, () => new Linear(…)), for fill() puts one layer into all",
    },
  ];
}

/** So often a step is taken to see which optimizers it calls: it may gather gradients. */
const tries = 8;

/** Without parameters that another optimizer has, which a step of the user's own calls. */
async function withoutOthers(trial: Trial, missing: readonly Named[]): Promise<readonly Named[]> {
  const { step, batch } = trial.options;
  let left = missing;
  if (step === null) return left;
  trial.restore();
  const unobserve = observeSteps(({ paramGroups }) => {
    const moved = new Set<unknown>(paramGroups.flatMap(({ params }) => params));
    left = left.filter(([, each]) => !moved.has(each));
  });
  try {
    const schedules = new ScheduleLook();
    for (let i = 0; i < tries && left.length > 0; i++) await schedules.during(() => step(batch));
  } finally {
    unobserve();
    trial.restore();
  }
  return left;
}

type Named = readonly [name: string, parameter: Parameter];

async function optimizerFindings(trial: Trial, { gradients, strangers }: LearningPass): Promise<readonly Finding[]> {
  if (trial.options.optimizer === null) return [];
  const optimized = optimizedBy(trial);
  const own = new Set<Tensor>(trial.model.parameters());
  const { loss } = trial.options;
  const ofLoss = new Set<Tensor>(loss instanceof Module ? loss.parameters() : []);
  const foreign = [...optimized].filter((each) => !own.has(each) && !ofLoss.has(each) && !strangers.includes(each));
  const learning = trial.model.namedParameters().filter(([, each]) => (gradients.get(each) ?? null) !== null);
  const missing = await withoutOthers(
    trial,
    learning.filter(([, each]) => !optimized.has(each)),
  );
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const names = missing.map(([name]) => name);
    findings.push({
      fault: "notInOptimizer",
      layers: names,
      verdict:
        foreign.length > 0 && ![...optimized].some((each) => own.has(each))
          ? `the optimizer has ${foreign.length} parameters of something else, such as a copy, an average, or a part that was replaced, and none of the model's`
          : foreign.length > 0
            ? `the optimizer was built before a part of the model was replaced: it does not have ${named(names)}, and has ${foreign.length} that the model no longer has`
            : `the optimizer does not have ${named(names)}, which want gradients`,
      evidence: { missing: missing.length, foreign: foreign.length },
      cure: "build the optimizer from model.parameters() once the model is as it shall be, or addParamGroup what is new",
    });
  } else if (foreign.length > 0) {
    findings.push({
      fault: "notInModel",
      layers: [],
      verdict: `the optimizer has ${foreign.length} parameters that neither the model nor the loss uses`,
      evidence: { foreign: foreign.length },
      cure: "build the optimizer from model.parameters() once the model is as it shall be",
    });
  }
  const idle = trial.model.namedParameters().filter(([, each]) => !each.requiresGrad && optimized.has(each));
  if (idle.length > 0 && optimized.size > idle.length) findings.push(idleIn(idle.map(([name]) => name)));
  return findings;
}

function idleIn(names: readonly string[]): Finding {
  return {
    fault: "frozenInOptimizer",
    layers: names,
    verdict: `${named(names)} want no gradient, though the optimizer was given them`,
    evidence: { parameters: names.length },
    cure: "model.requireGrad() if they shall learn; if not, leave them out of the optimizer",
  };
}

function allFrozen(parameters: number): Finding {
  return {
    fault: "frozen",
    layers: [],
    verdict: `none of the model's ${parameters} parameters wants a gradient: nothing can be learned`,
    evidence: { parameters },
    cure: "model.requireGrad(), or requireGrad() of the layers that shall learn",
  };
}

function frozen({ model }: Trial): readonly Finding[] {
  const all = model.namedParameters();
  if (all.length > 0 && all.every(([, { requiresGrad }]) => !requiresGrad)) return [allFrozen(all.length)];
  const owners = new Map<string, { frozen: number; all: number }>();
  for (const [name, { requiresGrad }] of all) {
    const owner = owners.get(ownerOf(name)) ?? { frozen: 0, all: 0 };
    owners.set(ownerOf(name), { frozen: owner.frozen + (requiresGrad ? 0 : 1), all: owner.all + 1 });
  }
  const layers = [...owners];
  const modules = new Map(model.namedModules());
  const kindOf = (name: string): unknown => modules.get(name)?.constructor;
  const held = layers.filter(([, { frozen: count }]) => count > 0);
  const learns = layers.map(([, { frozen: count }]) => count === 0);
  const between = held.filter(([name, { frozen: count, all }]) => {
    const at = layers.findIndex(([each]) => each === name);
    const alike = layers.some(([each], k) => learns[k] && kindOf(each) === kindOf(name));
    return alike && (count < all || (learns.slice(0, at).includes(true) && learns.slice(at + 1).includes(true)));
  });
  if (between.length === 0 || held.length > layers.length / 5) return [];
  return [
    {
      fault: "frozen",
      layers: between.map(([name]) => name),
      verdict: `${named(between.map(([name]) => name))} wants no gradient, between layers of its kind that learn`,
      evidence: { frozen: held.length, layers: layers.length },
      cure: "requireGrad() the layer if it shall learn",
    },
  ];
}
