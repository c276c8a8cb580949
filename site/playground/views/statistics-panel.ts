import { type FunctionalComponent, h, type VNode } from "vue";
import type { Player } from "../page/player.ts";
import type { LayerStatistics, Statistics } from "../pit/statistics-watch.ts";

const height = 60;

/** For every batch norm, what the batch is like beside what the running statistics say, channel by channel. */
export const StatisticsPanel: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { prediction } = player.playing;
  const layers = prediction?.statistics ?? placeholders;
  return h("section", { class: "pg-panel pg-statistics", "aria-labelledby": "pg-statistics" }, [
    h("h2", { id: "pg-statistics" }, "Batch norm"),
    h("p", { class: "pg-key" }, [
      h("span", { class: "pg-running" }, "running statistics"),
      h("span", { class: "pg-batch" }, "this batch"),
      " mean ± standard deviation",
    ]),
    h("div", { class: "pg-layers" }, layers.map(layerFigure)),
    h("p", { class: "pg-note" }, noteOf(player)),
  ]);
};

const zeros = (count: number): Statistics => ({ mean: Array(count).fill(0), std: Array(count).fill(0) });
/** Until there are statistics, so that nothing moves when they come. */
const placeholders: readonly LayerStatistics[] = [
  { layer: "bn1", batch: zeros(16), running: zeros(16) },
  { layer: "bn2", batch: zeros(32), running: zeros(32) },
];

function layerFigure({ layer, batch, running }: LayerStatistics): VNode {
  const channels = running.mean.length;
  const { low, high } = extent(running, batch);
  const y = (value: number): string => (height - (height * (value - low)) / (high - low)).toFixed(2);
  const bars = (of: Statistics): string =>
    of.mean.map((mean, c) => `M${c + 0.5} ${y(mean - of.std[c]!)}V${y(mean + of.std[c]!)}`).join("");
  const dots = batch.mean.map((mean, c) => `M${c + 0.22} ${y(mean)}H${c + 0.78}`).join("");
  const apart = apartBy(batch, running);
  return h("figure", { class: "pg-layer", key: layer }, [
    h("figcaption", [`${layer}, ${channels} channels`, h("output", apart)]),
    h("div", { class: "pg-plot", role: "img", "aria-label": `${layer}: ${apart}` }, [
      h("svg", { viewBox: `0 0 ${channels} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, [
        h("path", { class: "pg-grid", d: `M0 ${y(0)}H${channels}` }),
        h("path", { class: "pg-running-bars", d: bars(running), style: { "--channels": channels } }),
        h("path", { class: "pg-batch-bars", d: bars(batch) }),
        h("path", { class: "pg-batch-means", d: dots }),
      ]),
      h("span", { class: "pg-top", "aria-hidden": "true" }, short(high)),
      h("span", { class: "pg-bottom", "aria-hidden": "true" }, short(low)),
    ]),
  ]);
}

/** Room for all bars and for 0, in large steps, so that the scale stands still while they move a little. */
function extent(...all: readonly Statistics[]): { readonly low: number; readonly high: number } {
  const ends = all
    .flatMap(({ mean, std }) => mean.flatMap((each, c) => [each - std[c]!, each + std[c]!]))
    .filter(Number.isFinite);
  return { low: -stepAbove(-Math.min(...ends)), high: stepAbove(Math.max(...ends)) };
}

function stepAbove(reach: number): number {
  return 2 ** (Math.ceil(Math.log2(Math.max(0.5, reach)) * 2) / 2);
}

/** How far the batch is from the running statistics, in words. */
function apartBy(batch: Statistics, running: Statistics): string {
  const root = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  const shift = root(running.mean.map((mean, c) => (batch.mean[c]! - mean) / (running.std[c]! || 1)));
  const spread = root(running.std.map((std, c) => Math.log((batch.std[c]! || 1) / (std || 1))));
  return `means ${short(shift)} σ apart, spread ×${short(Math.exp(spread))}`;
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(value >= 100 ? 3 : 2))) : String(value);
}

function noteOf({ playing: { run } }: Player): string {
  return run.mode === "eval"
    ? "In eval mode every digit is normalised by the running statistics: the batch makes no difference."
    : "In train mode the batch normalises itself. The smaller it is, the farther it lies from what the network learned with.";
}
