import { textTable } from "../report/text-table.ts";
import type { LayerComparison, ModeComparison } from "./compare-modes.ts";

/** The layers that look at their mode, and the network itself, as lines of text with the verdict below. */
export function comparisonTable(comparison: Omit<ModeComparison, "toString">): string {
  const { layers, atFault, firstDiverging, verdict } = comparison;
  const lines = shownLayers(layers).map((layer) => [
    callName(layer),
    layer.kind,
    showDistance(layer.distance),
    layer.own === null ? "" : showDistance(layer.own),
    [layer.name === firstDiverging ? "first" : "", layer.name === atFault ? "most at fault" : ""]
      .filter(Boolean)
      .join(", "),
    layer.explanation,
  ]);
  return `${textTable(["layer", "kind", "apart", "by itself", "", "why"], lines, [2, 3])}\n${verdict}`;
}

/** The calls worth showing: of layers that look at their mode, and of the network as a whole. */
export function shownLayers(layers: readonly LayerComparison[]): LayerComparison[] {
  const shown = layers.filter(({ own, name }) => own !== null || name === "");
  const first = layers.find(({ cause }) => cause !== null);
  return first === undefined || shown.includes(first)
    ? shown
    : layers.filter((layer) => layer === first || shown.includes(layer));
}

/** The name of a call as a reader knows it: the network itself is its output. */
export function callName({ name, call }: LayerComparison): string {
  return `${name === "" ? "output" : name}${call === 0 ? "" : `, call ${call + 1}`}`;
}

/** A relative distance in three digits. */
export function showDistance(distance: number): string {
  if (!Number.isFinite(distance)) return "∞";
  return distance === 0 ? "0" : distance < 0.001 ? distance.toExponential(1) : distance.toPrecision(3);
}
