import { BatchNorm } from "@tapegrad/nn/batch-norm";
import { GroupNorm } from "@tapegrad/nn/group-norm";
import { InstanceNorm } from "@tapegrad/nn/instance-norm";
import { LayerNorm } from "@tapegrad/nn/layer-norm";
import type { Module } from "@tapegrad/nn/module";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named } from "../finding.ts";
import { medianOf } from "../measures.ts";
import { cureOfFewValues, cureOfMomentum, cureOfSharing, faultOfMomentum, fewestValues } from "../norm-options.ts";
import { makerOf, nameOf, opsNamed, type OpRun, ownerOf, type Pass } from "../pass.ts";
import type { Trial } from "../trial.ts";

/**
 * Whether batch norms are in their place, and their statistics worth something.
 *
 * - Few values: batch statistics of fewer than 8 values for each channel, `n·h·w`. The relative error of such a variance is over 53%. A
 *   batch of one example is hinted at: its pictures are normalised one by one, and eval mode does otherwise.
 * - Momentum, the weight of the new batch in `x_new = (1 − α)·x + α·x_t`: 0 never learns, 1 forgets all but the last batch, 0.9 and more
 *   is Keras's weight of the old value, and outside of [0, 1] the statistics diverge. Up to 0.001, a hint: the 0 and 1 of the beginning are
 *   there for thousands of steps.
 * - Called twice in a pass, and more often than the module that holds it: its running statistics then mix two distributions.
 * - A normalisation right before a batch norm, as a hint: the second undoes what the first has learned.
 * - A bias before a batch norm, as a hint: the mean that is subtracted contains it, so it does nothing.
 * - Dropout before a batch norm: the running variance is that of dropped values, `1/(1 − p)` times too large or so, and in eval mode nothing is
 *   dropped. A fault if only activations and pooling lie between, and the variance is 1.2 times as large (the median over channels).
 * - Running statistics that move while the affine parameters are frozen, as a hint: `requireGrad(false)` holds no statistics, `freeze()` does.
 * - An eps that outweighs the variance, and is above 0.01: hardly anything is normalised.
 *
 * @see Li et al. 2018, https://arxiv.org/abs/1801.05134
 */
export const checkNorms: Check = defineCheck("checkNorms", async (trial) => {
  const pass = await trial.first();
  const modules = new Map(trial.model.namedModules());
  const runs = opsNamed(pass, "batchNorm").filter((run) => usesBatch(modules.get(run.layer), run));
  const findings = [
    ...tooFew(trial, pass, runs),
    ...momenta(trial),
    ...calledTwice(pass),
    ...(await dropped(pass, runs)),
    ...(await largeEps(pass, runs)),
  ];
  const hints = [
    ...slow(trial),
    ...single(trial, pass, runs),
    ...uselessBiases(pass, runs),
    ...inARow(pass),
    ...movingWhileFrozen(trial),
  ];
  return { answer: `${runs.length} normalise by the batch`, findings, hints };
});

/** Whether it normalises by the batch: group, instance and layer norms use the same op for single examples. */
function usesBatch(module: Module | undefined, { params }: OpRun): boolean {
  if (module instanceof GroupNorm || module instanceof InstanceNorm || module instanceof LayerNorm) return false;
  return (params as { readonly statistics?: unknown } | null)?.statistics === null;
}

function valuesOf({ inputs: [input] }: OpRun): number {
  return input!.size / input!.shape[1]!;
}

function tooFew(trial: Trial, pass: Pass, runs: readonly OpRun[]): readonly Finding[] {
  const bad = runs.filter((run) => valuesOf(run) < fewestValues);
  if (bad.length === 0) return [];
  const values = Math.min(...bad.map(valuesOf));
  return [
    {
      fault: "batchTooSmall",
      layers: bad.map((run) => nameOf(pass, run)),
      verdict: `the batch is too small for the statistics of ${named(bad.map((run) => nameOf(pass, run)))}: ${values} values for each channel`,
      evidence: { values, examples: trial.count, relativeError: Math.sqrt(2 / Math.max(1, values - 1)) },
      cure: cureOfFewValues,
    },
  ];
}

function single({ count }: Trial, pass: Pass, runs: readonly OpRun[]): readonly Finding[] {
  const names = runs.filter((run) => valuesOf(run) >= fewestValues).map((run) => nameOf(pass, run));
  if (count !== 1 || names.length === 0) return [];
  return [
    {
      fault: "batchTooSmall",
      layers: names,
      verdict: `a batch of one example is normalised by itself in ${named(names)}; in eval mode by the statistics of all`,
      evidence: { examples: 1 },
      cure: "use larger batches, or InstanceNorm if each example shall be normalised by itself",
    },
  ];
}

/** The momentum of each batch norm that has one. */
function momentaOf({ model }: Trial): readonly { readonly name: string; readonly momentum: number }[] {
  return model.namedModules().flatMap(([name, module]) => {
    if (!(module instanceof BatchNorm) || module.frozen || !module.trackRunningStats || module.momentum === null)
      return [];
    return [{ name, momentum: module.momentum }];
  });
}

/** A new batch of so small a weight is hardly seen. */
const hardly = 0.001;

function slow(trial: Trial): readonly Finding[] {
  const found = momentaOf(trial).filter(({ momentum }) => momentum > 0 && momentum <= hardly);
  if (found.length === 0) return [];
  const names = found.map(({ name }) => name);
  const { momentum } = found[0]!;
  return [
    {
      fault: "momentum",
      layers: names,
      verdict: `momentum ${momentum} of ${named(names)} follows slowly: after ${Math.round(1 / momentum)} steps, a third of the running statistics is still the 0 and 1 of the beginning`,
      evidence: { momentum, layers: names.length },
      cure: cureOfMomentum,
    },
  ];
}

function momenta(trial: Trial): readonly Finding[] {
  const norms = momentaOf(trial).map((norm) => ({ ...norm, kind: faultOfMomentum(norm.momentum) }));
  const kinds = new Set(norms.map(({ kind }) => kind).filter((kind) => kind !== null));
  return [...kinds].map((kind) => {
    const bad = norms.filter((norm) => norm.kind === kind);
    return {
      fault: "momentum",
      layers: bad.map(({ name }) => name),
      verdict: `momentum ${bad[0]!.momentum} of ${named(bad.map(({ name }) => name))} ${kind}`,
      evidence: { momentum: bad[0]!.momentum, layers: bad.length },
      cure: cureOfMomentum,
    } as const;
  });
}

function calledTwice({ calls }: Pass): readonly Finding[] {
  const counts = new Map<string, number>();
  for (const { name } of calls) counts.set(name, (counts.get(name) ?? 0) + 1);
  const holders = (name: string): number => {
    for (let at = ownerOf(name); ; at = ownerOf(at)) if (counts.has(at) || at === "") return counts.get(at) ?? 1;
  };
  const shared = calls.filter(
    ({ name, module }) => module instanceof BatchNorm && module.training && counts.get(name)! > holders(name),
  );
  const names = [...new Set(shared.map(({ name }) => name))];
  if (names.length === 0) return [];
  return [
    {
      fault: "normCalledTwice",
      layers: names,
      verdict: `${named(names)} is called ${counts.get(names[0]!)} times in a forward pass: its running statistics mix what comes from several places`,
      evidence: { calls: counts.get(names[0]!)! },
      cure: cureOfSharing,
    },
  ];
}

function uselessBiases(pass: Pass, runs: readonly OpRun[]): readonly Finding[] {
  const found = runs.flatMap(({ inputs: [input] }) => {
    const maker = makerOf(pass, input!);
    const biased = maker !== null && (maker.op === "conv2d" || maker.op === "linear") && maker.inputs[2]?.requiresGrad;
    return biased ? [nameOf(pass, maker)] : [];
  });
  const names = [...new Set(found)];
  if (names.length === 0) return [];
  return [
    {
      fault: "uselessBias",
      layers: names,
      verdict: `the bias of ${named(names)} does nothing: the batch norm behind it subtracts it again`,
      evidence: { layers: names.length },
      cure: "make the layer with bias: false; the batch norm has a bias",
    },
  ];
}

function inARow(pass: Pass): readonly Finding[] {
  const norms = pass.calls.filter(({ module }) =>
    [BatchNorm, GroupNorm, InstanceNorm, LayerNorm].some((kind) => module instanceof kind),
  );
  const makers = norms.map(({ output }) => makerOf(pass, output as Tensor));
  const pairs = norms.flatMap(({ name, module, inputs: [input] }): (readonly [string, string])[] => {
    const maker = module instanceof BatchNorm ? makerOf(pass, input as Tensor) : null;
    const before = maker === null ? undefined : norms[makers.indexOf(maker)];
    return before === undefined || before.name === name ? [] : [[before.name, name]];
  });
  if (pairs.length === 0) return [];
  return [
    {
      fault: "normAgain",
      layers: [...new Set(pairs.flat())],
      verdict: `two normalisations in a row: ${named(pairs.map((pair) => pair.join(" and ")))}`,
      evidence: { pairs: pairs.length },
      cure: "leave out the first one",
    },
  ];
}

function movingWhileFrozen({ model, modes }: Trial): readonly Finding[] {
  const norms = model.namedModules().filter(([, module]) => {
    if (!(module instanceof BatchNorm) || module.runningMean === null || !modes.get(module)) return false;
    const own = module.parameters();
    return own.length > 0 && own.every(({ requiresGrad }) => !requiresGrad);
  });
  if (norms.length === 0) return [];
  const names = norms.map(([name]) => name);
  return [
    {
      fault: "movingWhileFrozen",
      layers: names,
      verdict: `the parameters of ${named(names)} are frozen, and running statistics still move in train mode`,
      evidence: { layers: names.length },
      cure: "freeze() holds statistics, too; requireGrad(false) is about gradients alone",
    },
  ];
}

/** What lies between a dropout and a batch norm without making up for it. */
const between = new Set(["relu", "gelu", "silu", "leakyRelu", "elu", "maxPool2d", "averagePool2d"]);
const inflated = 1.2;

async function dropped(pass: Pass, runs: readonly OpRun[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const run of runs) {
    let maker = makerOf(pass, run.inputs[0]!);
    while (maker !== null && between.has(maker.op)) maker = makerOf(pass, maker.inputs[0]!);
    if (maker?.op !== "dropout") continue;
    const ratio = await varianceRatio(maker.outputs[0]!, maker.inputs[0]!);
    if (!(ratio > inflated)) continue;
    const [norm, dropout] = [nameOf(pass, run), nameOf(pass, maker)];
    findings.push({
      fault: "dropoutBeforeNorm",
      layers: [dropout, norm],
      verdict: `the dropout ${dropout} stands before the batch norm ${norm}, whose running variance is that of dropped values; in eval mode nothing is dropped`,
      evidence: { varianceRatio: ratio },
      cure: "put the dropout behind all batch norms, at best before the last layer",
    });
  }
  return findings;
}

/** An eps beyond this is no guard against a division by 0. */
const guard = 0.01;

async function largeEps(pass: Pass, runs: readonly OpRun[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const run of runs) {
    const { eps } = run.params as { readonly eps: number };
    if (!(eps > guard)) continue;
    const variance = medianOf(Array.from(await variancesOf(run.inputs[0]!)));
    if (!(eps > variance)) continue;
    const name = nameOf(pass, run);
    findings.push({
      fault: "normEps",
      layers: [name],
      verdict: `${name} hardly normalises: its eps of ${eps} outweighs the variance`,
      evidence: { eps, variance },
      cure: "1e-5 is usual; eps only guards against a division by 0",
    });
  }
  return findings;
}

/** The variance of each channel. */
async function variancesOf(x: Tensor): Promise<ArrayLike<number>> {
  const others = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return noGrad(() => varMean(x, others, { correction: 0 }))[0].data();
}

/** How many times as large the variance of a channel is in the first tensor: the median. */
async function varianceRatio(one: Tensor, other: Tensor): Promise<number> {
  const [a, b] = [await variancesOf(one), await variancesOf(other)];
  return medianOf(Array.from(a, (value, i) => value / b[i]!).filter(Number.isFinite));
}
