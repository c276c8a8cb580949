import { type FunctionalComponent, h, type VNode } from "vue";
import { mistakes } from "../page/mistakes.ts";
import type { Player } from "../page/player.ts";
import type { ComparedLayer, Finding } from "../pit/finding.ts";
import type { Track } from "../pit/tracks.ts";
import { percent } from "./percent.ts";

interface FindingProps {
  readonly player: Player;
  readonly finding: Finding;
}

/** What a mistake did, as the recorder, the mode guard and compareModes tell it. */
export const FindingView: FunctionalComponent<FindingProps> = ({ player, finding }) => {
  const { committed, diagnosis, warning, before, after, comparison, tracks } = finding;
  const { mistake, evidence } = diagnosis;
  return [
    h("div", [
      h("div", { class: "pg-told" }, [
        h("h3", [h("small", "The recorder says"), mistake === null ? "Nothing is wrong" : mistakes[mistake].title]),
        h("p", evidence),
        h("dl", { class: "pg-accuracy" }, [
          h("div", [h("dt", "in eval mode, before"), h("dd", percent(before))]),
          h("div", [h("dt", "and after"), h("dd", percent(after))]),
        ]),
        h("button", { type: "button", onClick: () => player.undo() }, "Undo: the trained network again"),
      ]),
      h("div", [h("h4", "What was done"), h("pre", { tabindex: 0 }, mistakes[committed].code)]),
    ]),
    h("div", [
      h("div", { class: "pg-way" }, [h("h4", "How far the means went, call by call"), ...tracks.map(trackFigure)]),
      ...(warning === null
        ? []
        : [h("div", { class: "pg-warned" }, [h("h4", "The mode guard warned"), h("pre", { tabindex: 0 }, warning)])]),
    ]),
    h("div", { class: "pg-compared" }, [
      h("h4", "compareModes says"),
      h("p", comparison.verdict),
      h(
        "ul",
        { "aria-label": "How far each layer by itself parts the modes" },
        comparison.layers.map((layer) => layerRow(layer, comparison.layers)),
      ),
    ]),
  ];
};
FindingView.props = ["player", "finding"];

const height = 40;

function trackFigure({ layer, running, batch }: Track): VNode {
  const most = Math.max(...running, ...batch, 1e-9);
  const top = 1.1 * most;
  const width = Math.max(1, running.length - 1);
  const y = (value: number): string => (height - (height * value) / top).toFixed(2);
  const dots = batch.map((value, i) => `M${i} ${y(value)}h0`).join("");
  const line = running.map((value, i) => `${i === 0 ? "M" : "L"}${i} ${y(value)}`).join("");
  return h("figure", { class: "pg-layer", key: layer }, [
    h("figcaption", [layer, h("output", `${running.length} calls, up to ${most.toPrecision(2)} σ`)]),
    h("div", { class: "pg-plot pg-plain" }, [
      h(
        "svg",
        { viewBox: `${-0.02 * width} 0 ${1.04 * width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
        [h("path", { class: "pg-batch-dots", d: dots }), h("path", { class: "pg-line", d: line })],
      ),
    ]),
  ]);
}

function layerRow({ name, kind, own, explanation }: ComparedLayer, all: readonly ComparedLayer[]): VNode {
  const largest = Math.max(...all.map((layer) => layer.own), 1e-9);
  return h("li", { key: name }, [
    h("span", [h("b", name), ` ${kind}`]),
    h("i", { style: { transform: `scaleX(${(own / largest).toFixed(3)})` }, "aria-hidden": "true" }),
    h("output", own.toPrecision(2)),
    h("small", explanation),
  ]);
}
