import { checkModule } from "../checks/check-module.ts";
import { BatchNorm } from "../layers/norm/batch-norm.ts";
import type { Module } from "../module/module.ts";
import { moduleRow, type ModuleRow, ownParameters, rowLabel } from "../report/module-row.ts";
import { textTable } from "../report/text-table.ts";

/** One module of a network, as its modes go. */
export interface ModuleModes extends ModuleRow {
  /** Whether it computes otherwise in the other mode. */
  readonly modeSensitive: boolean;
  /** Parameters of its own, and how many of them want gradients. */
  readonly parameters: number;
  readonly trainable: number;
  /** Batches that its running statistics have seen; null without any. */
  readonly batchesTracked: number | null;
  /** What its mode and statistics mean together; empty where there is nothing to say. */
  readonly verdict: string;
  readonly children: readonly ModuleModes[];
}

/** The modes of a network. `String(report)` is a table with the verdict below. */
export interface ModeReport {
  readonly root: ModuleModes;
  /** What to expect of the network as it stands, and what to do about it. */
  readonly verdict: string;
  /** The modules as a table, with the verdict below. */
  toString(): string;
}

/**
 * Tells of each module in which mode it is, whether that matters to it, what is frozen, and how many batches its running
 * statistics have seen. Nothing is run or changed.
 */
export async function inspectModes(model: Module): Promise<ModeReport> {
  checkModule("inspectModes: model", model);
  const root = await inspect(model, "", []);
  const verdict = verdictOf(root);
  return { root, verdict, toString: () => `${table(root)}\n${verdict}` };
}

async function inspect(module: Module, name: string, above: readonly Module[]): Promise<ModuleModes> {
  const children: ModuleModes[] = [];
  for (const [own, child] of module.namedChildren()) {
    if (above.includes(child) || child === module) continue;
    children.push(await inspect(child, name === "" ? own : `${name}.${own}`, [...above, module]));
  }
  const own = ownParameters(module);
  const row = moduleRow(name, module);
  const statistics = module instanceof BatchNorm ? await statisticsOf(module) : null;
  return {
    ...row,
    modeSensitive: module.modeSensitive,
    parameters: own.length,
    trainable: own.filter(({ requiresGrad }) => requiresGrad).length,
    batchesTracked: statistics?.batches ?? null,
    verdict: statistics === null ? plainVerdict(module) : normVerdict(module as BatchNorm, statistics),
    children,
  };
}

interface Statistics {
  readonly batches: number | null;
  /** Whether mean and variance are 0 and 1, as in a new layer. */
  readonly initial: boolean;
}

async function statisticsOf({ runningMean, runningVar, numBatchesTracked }: BatchNorm): Promise<Statistics> {
  if (runningMean === null || runningVar === null) return { batches: null, initial: false };
  const [mean, variance] = [await runningMean.data(), await runningVar.data()];
  return {
    batches: numBatchesTracked === null ? null : await numBatchesTracked.item(),
    initial: mean.every((value) => value === 0) && variance.every((value) => value === 1),
  };
}

function plainVerdict(module: Module): string {
  if (!module.modeSensitive) return "";
  return module.training ? "acts as in training" : "acts as in evaluation";
}

function normVerdict(norm: BatchNorm, { batches, initial }: Statistics): string {
  if (norm.runningMean === null) return "keeps no statistics: normalises by the batch in both modes";
  const momentum = norm.momentum === 0 ? ", and momentum 0 keeps them so" : "";
  if (initial)
    return `${batches === 0 ? "statistics never saw a batch" : `statistics are still mean 0, variance 1 after ${batches} batches`}${momentum}`;
  if (norm.training && norm.momentum === 0)
    return "normalises by the batch; momentum 0 keeps the running statistics as they are";
  if (norm.training)
    return norm.trackRunningStats
      ? "normalises by the batch and moves the running statistics"
      : "normalises by the batch";
  return "normalises by the running statistics";
}

function* flat(node: ModuleModes): Iterable<ModuleModes> {
  yield node;
  for (const child of node.children) yield* flat(child);
}

function verdictOf(root: ModuleModes): string {
  const sensitive = [...flat(root)].filter(({ modeSensitive }) => modeSensitive);
  if (sensitive.length === 0) return "Both modes are alike: no layer looks at its mode.";
  const untaught = sensitive.filter(({ verdict }) => verdict.startsWith("statistics "));
  if (untaught.length === 0) return readiness(sensitive);
  return `${readiness(sensitive)}\nNot to be trusted in eval mode: ${namesOf(untaught)} (${untaught[0]!.verdict}). Train first, load a state dict, or updateBatchNorm(model, loader).`;
}

/** For what layers that look at their mode are ready. */
function readiness(layers: readonly ModuleModes[]): string {
  const count = (mode: string): number => layers.filter((each) => each.mode === mode).length;
  const [training, frozen] = [count("train"), count("frozen")];
  if (frozen === layers.length) return "Held in eval mode: all layers that look at their mode are frozen.";
  if (training === 0) return "Ready to predict: every layer that looks at its mode is in eval mode.";
  return training + frozen === layers.length
    ? `Ready to learn: ${countOf(training)} in train mode, ${frozen} frozen. Call eval() before predicting.`
    : `Mixed: ${training} of the ${countOf(layers.length)} that look at their mode are in train mode. Call eval() before predicting, train() before learning.`;
}

function countOf(layers: number): string {
  return layers === 1 ? "1 layer" : `${layers} layers`;
}

function namesOf(nodes: readonly ModuleModes[]): string {
  const names = nodes.slice(0, 5).map(({ name }) => name || "the model");
  return names.join(", ") + (nodes.length > 5 ? `, … (${nodes.length} in all)` : "");
}

function table(root: ModuleModes): string {
  const lines = [...flat(root)].map((node) => [
    rowLabel(node),
    node.mode,
    node.modeSensitive ? "yes" : "",
    node.batchesTracked === null ? "" : String(node.batchesTracked),
    node.parameters === 0
      ? ""
      : node.trainable === 0
        ? "fixed"
        : node.trainable === node.parameters
          ? "learn"
          : `${node.trainable} of ${node.parameters} learn`,
    node.verdict,
  ]);
  return textTable(["module", "mode", "matters", "batches", "parameters", ""], lines, [3]);
}
