import { Tensor, ValueError } from "@tapegrad/tensor";
import { checkNumber, checkInteger, checkTensor, readOptions } from "@tapegrad/tensor/internal";
import { argmax, slice } from "@tapegrad/tensor/ops";
import { checkModule } from "../checks/check-module.ts";
import { DropoutBase } from "../layers/dropout/dropout-base.ts";
import { BatchNorm } from "../layers/norm/batch-norm.ts";
import type { Layer } from "../module/module.ts";
import { noteState } from "../module/note-state.ts";
import { gapOf, type StatisticsGap } from "../statistics/statistics-drift.ts";
import { comparisonTable } from "./comparison-table.ts";
import { type CallTrace, ModeTrace, type SquaredNorms } from "./mode-trace.ts";

export type { StatisticsGap } from "../statistics/statistics-drift.ts";

/** Options of `compareModes`. */
export interface CompareModesOptions {
  /**
   * How many examples are run at once. In eval mode it makes no difference; in train mode 1 shows what happens to pictures
   * that come one by one.
   *
   * @default all
   */
  readonly batchSize?: number;
  /** The relative distance up to which outputs count as equal. @default 1e-3 */
  readonly tolerance?: number;
}

/**
 * Why a layer's output differs between the modes: it normalised with the statistics of the batch, dropped values, looked
 * at its mode in another way, or only hands on what layers before it did. Null if it does not differ.
 */
export type DivergenceCause = "batchStatistics" | "dropout" | "mode" | "inherited";

/** One call of one module, in both modes. */
export interface LayerComparison {
  readonly name: string;
  readonly kind: string;
  /** Which of its calls in a forward pass, from 0. */
  readonly call: number;
  /**
   * How far the outputs of the two passes part: `‖train − eval‖ / min(‖train‖, ‖eval‖)`, so that neither an inflated nor
   * a vanishing output hides it.
   */
  readonly distance: number;
  /**
   * The same for this layer alone: it gets the same inputs in both modes. It is measured with the inputs of the train
   * pass and with those of the eval pass, and the smaller distance counts, because behind a layer at fault one of the
   * two is spoilt. Null for layers that do not look at their mode.
   */
  readonly own: number | null;
  readonly cause: DivergenceCause | null;
  /** What a batch norm normalised with in train mode, against its running statistics, on average over the batches; null for other layers. */
  readonly statistics: StatisticsGap | null;
  /** The cause in words; empty if there is none. */
  readonly explanation: string;
}

/** How a network's two modes part. `String(comparison)` is a table; `comparisonSvg(comparison)` a picture. */
export interface ModeComparison {
  /** Number of examples, and how many were run at once. */
  readonly count: number;
  readonly batchSize: number;
  /** In the order in which the calls ended, so that the inner ones precede those around them. */
  readonly layers: readonly LayerComparison[];
  /** The first layer whose output parts by more than the tolerance; null if there is none. */
  readonly firstDiverging: string | null;
  /** The layer that by itself does most: the largest `own`. Null if the modes agree. */
  readonly atFault: string | null;
  /** Classes (largest output) in either mode; null if the network does not give `[n, classes]`. */
  readonly predictions: { readonly eval: readonly number[]; readonly train: readonly number[] } | null;
  /** The share of predictions that differ, 0 to 1; null without predictions. */
  readonly changed: number | null;
  /** What was found, in words. */
  readonly verdict: string;
  /** The layers as a table, with the verdict below. */
  toString(): string;
}

/**
 * Runs a network in train mode and in eval mode on the same examples, and tells where and why its two modes part.
 *
 * Nothing is changed: buffers, modes, the default generator and the dropouts' generators are put back before the first
 * wait, even if an error is thrown. Frozen parts stay in eval mode, as `train()` leaves them.
 *
 * @param input examples along the first axis.
 * @throws ValueError if there is no example or `batchSize` is not a positive integer; and whatever the network throws, such as
 *   for one value per channel in train mode.
 */
export async function compareModes(
  model: Layer,
  input: Tensor,
  options: CompareModesOptions = {},
): Promise<ModeComparison> {
  checkModule("compareModes: model", model);
  checkTensor("compareModes", input, "input");
  const { batchSize, tolerance } = readOptions("compareModes", options, {
    batchSize: [input.shape[0] ?? 0],
    tolerance: [1e-3],
  });
  const count = input.shape[0] ?? 0;
  if (count === 0) throw new ValueError("compareModes: expected at least one example along the first axis");
  checkInteger("compareModes", "batchSize", batchSize, 1);
  checkNumber("compareModes", "tolerance", tolerance);
  if (!(tolerance >= 0)) throw new ValueError(`compareModes: tolerance must not be negative, got ${tolerance}`);

  const trace = new ModeTrace(model);
  const classes = runBatches(model, trace, input, batchSize);

  const batches = Math.ceil(count / batchSize);
  const layers: LayerComparison[] = [];
  for (const call of trace.calls.values()) layers.push(await compareCall(call, batches, tolerance));
  const firstDiverging = layers.find(({ distance }) => distance > tolerance)?.name ?? null;
  const predictions = classes && { train: await concatenated(classes.train), eval: await concatenated(classes.eval) };
  const changed =
    predictions &&
    predictions.eval.filter((label, i) => label !== predictions.train[i]).length / predictions.eval.length;
  const atFault = largestOwn(layers, tolerance) ?? firstDiverging;
  const found = { count, batchSize, layers, firstDiverging, atFault, predictions, changed };
  const comparison = { ...found, verdict: verdictOf(found) };
  return { ...comparison, toString: () => comparisonTable(comparison) };
}

type Classes = Readonly<Record<"train" | "eval", readonly Tensor[]>>;

/** Runs all batches and puts back what that changed. */
function runBatches(model: Layer, trace: ModeTrace, input: Tensor, batchSize: number): Classes | null {
  const count = input.shape[0]!;
  const [train, evaluated]: [Tensor[], Tensor[]] = [[], []];
  const norms = model.modules().filter((module) => module instanceof BatchNorm);
  const tracked = norms.map(({ trackRunningStats }) => trackRunningStats);
  const restore = noteState(model);
  try {
    for (const norm of norms) norm.trackRunningStats = false;
    for (let start = 0; start < count; start += batchSize) {
      const batch = batchSize >= count ? input : slice(input, 0, start, Math.min(count, start + batchSize));
      const [inTrain, inEval] = trace.run(batch);
      if (!(isScores(inTrain) && isScores(inEval))) continue;
      train.push(argmax(inTrain, 1));
      evaluated.push(argmax(inEval, 1));
    }
  } finally {
    norms.forEach((norm, i) => (norm.trackRunningStats = tracked[i]!));
    restore();
  }
  return train.length === 0 ? null : { train, eval: evaluated };
}

function isScores(output: unknown): output is Tensor {
  return output instanceof Tensor && output.rank === 2 && output.shape[1]! > 0;
}

async function concatenated(parts: readonly Tensor[]): Promise<number[]> {
  const values: number[] = [];
  for (const part of parts) values.push(...(await part.data()));
  return values;
}

async function compareCall(trace: CallTrace, batches: number, tolerance: number): Promise<LayerComparison> {
  const { name, module, call } = trace;
  const distance = (await distanceOf(trace.pass)) ?? 0;
  const owns = [await distanceOf(trace.ownInTrain), await distanceOf(trace.ownInEval)].filter((own) => own !== null);
  const own = owns.length === 0 ? null : Math.min(...owns);
  const cause = causeOf(module, distance, own, tolerance);
  const statistics = await statisticsOf(trace, batches);
  const explanation = explain(module, cause, statistics);
  return { name, kind: module.constructor.name, call, distance, own, cause, statistics, explanation };
}

async function distanceOf(norms: SquaredNorms | null): Promise<number | null> {
  if (norms === null) return null;
  const { difference: apart, train, eval: evaluated } = norms;
  const [difference, ...sizes] = await Promise.all([apart.item(), train.item(), evaluated.item()]);
  return difference === 0 ? 0 : Math.sqrt(difference / Math.min(...sizes));
}

async function statisticsOf({ meanShift, varianceRatio }: CallTrace, batches: number): Promise<StatisticsGap | null> {
  if (meanShift === null || varianceRatio === null) return null;
  const average = async (sum: Tensor): Promise<number[]> => Array.from(await sum.data(), (value) => value / batches);
  return gapOf({ meanShift: await average(meanShift), varianceRatio: await average(varianceRatio) });
}

function causeOf(module: object, distance: number, own: number | null, tolerance: number): DivergenceCause | null {
  if (own !== null && own > tolerance)
    return module instanceof BatchNorm ? "batchStatistics" : module instanceof DropoutBase ? "dropout" : "mode";
  return distance > tolerance ? "inherited" : null;
}

function explain(module: object, cause: DivergenceCause | null, statistics: StatisticsGap | null): string {
  if (cause === null) return "";
  if (cause === "inherited") return "hands on what came before";
  if (module instanceof DropoutBase) return `drops with probability ${module.p} in train mode only`;
  if (!(module instanceof BatchNorm) || statistics === null) return "computes otherwise in train mode";
  const means = `${statistics.meanDrift.toFixed(2)} σ apart`;
  const gap = `batch against running statistics: means ${means}, variances by a factor of ${Math.exp(statistics.varianceDrift).toFixed(2)}`;
  if (module.statisticsUntouched) return `${gap}; the running ones never saw a batch`;
  return module.momentum === 0 ? `${gap}; momentum 0 never moves the running ones` : gap;
}

function largestOwn(layers: readonly LayerComparison[], tolerance: number): string | null {
  let [name, most]: [string | null, number] = [null, tolerance];
  for (const layer of layers) if ((layer.own ?? 0) > most) [name, most] = [layer.name, layer.own!];
  return name;
}

function verdictOf(found: Omit<ModeComparison, "verdict" | "toString">): string {
  const { count, batchSize, layers, firstDiverging, atFault, predictions, changed } = found;
  const run = batchSize === 1 ? "one at a time" : batchSize >= count ? "all at once" : `${batchSize} at a time`;
  const inputs = count === 1 ? "1 example" : `${count} examples, ${run}`;
  if (firstDiverging === null) return `Both modes agree on ${inputs}.`;
  const share =
    predictions &&
    `${Math.round(changed! * predictions.eval.length)} of ${predictions.eval.length} predictions change (${(100 * changed!).toFixed(1)}%). `;
  const fault = layers.find(({ name }) => name === atFault)!;
  return `${share ?? ""}On ${inputs}, activations part first at ${firstDiverging || "the model's output"}; most at fault is ${atFault || "the model itself"} (${fault.kind}): ${fault.explanation}.`;
}
