import { ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { escapeXml, svgDocument, svgText } from "../report/svg.ts";
import type { DivergenceCause, LayerComparison, ModeComparison } from "./compare-modes.ts";
import { callName, showDistance, shownLayers } from "./comparison-table.ts";

/** How the picture is labelled. */
export interface ComparisonSvgOptions {
  /** @default "Train mode against eval mode" */
  readonly title?: string;
}

const rowHeight = 22;
const top = 92;
const columns = { name: 16, kind: 170, bars: 290, barWidth: 300, channels: 640, channelWidth: 200 } as const;
const small = { size: 9, fill: "#64748b" } as const;
const middle = { ...small, anchor: "middle" } as const;
const width = columns.channels + columns.channelWidth + 24;

const colours: Record<DivergenceCause | "none", string> = {
  batchStatistics: "#c2410c",
  dropout: "#1d4ed8",
  mode: "#7e22ce",
  inherited: "#94a3b8",
  none: "#cbd5e1",
};

/**
 * Draws how a network's two modes part: for each layer that looks at its mode, a thick bar for what it does by itself and a
 * thin one for how far the passes part there, on a logarithmic scale; and for batch norms, channel by channel, how far the
 * batch's means lie from the running ones.
 *
 * @returns an SVG document, which is also a piece of HTML.
 */
export function comparisonSvg(comparison: ModeComparison, options: ComparisonSvgOptions = {}): string {
  refuseUnknownOptions("comparisonSvg", options, ["title"]);
  if (!Array.isArray(comparison?.layers))
    throw new ValueError(`comparisonSvg: expected what compareModes gave, got ${showValue(comparison)}`);
  const { title = "Train mode against eval mode" } = options;
  const rows = shownLayers(comparison.layers);
  const height = top + rows.length * rowHeight + 62;
  const scale = logScale(rows);
  const marked = new Set([comparison.firstDiverging, comparison.atFault]);
  const lines = wrap(comparison.verdict, 118).slice(0, 3);
  const body = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    svgText(16, 26, title, { size: 16, weight: 600 }),
    ...lines.map((line, i) => svgText(16, 44 + 14 * i, line, { size: 11, fill: "#475569" })),
    ...axis(scale, rows.length),
    svgText(columns.channels, top - 6, "means off, by channel: full colour is 1 σ", small),
    ...rows.map((row, i) => drawRow(row, top + i * rowHeight, scale, marked.has(row.name))),
    ...legend(rows, height - 20),
  ];
  return svgDocument(title, width, height, body);
}

interface LogScale {
  readonly low: number;
  readonly high: number;
}

/** Whole powers of ten around all distances; at least from 0.01 to 1. */
function logScale(rows: readonly LayerComparison[]): LogScale {
  const powers = rows
    .flatMap(({ distance, own }) => [distance, own ?? 0])
    .filter((value) => value > 1e-6 && Number.isFinite(value))
    .map(Math.log10);
  return { low: Math.floor(Math.min(-2, ...powers)), high: Math.ceil(Math.max(0, ...powers)) };
}

function lengthOf(value: number, { low, high }: LogScale): number {
  if (value <= 0) return 0;
  const part = (Math.log10(value) - low) / (high - low);
  return columns.barWidth * Math.min(1, Math.max(0, part));
}

function axis(scale: LogScale, rows: number): string[] {
  const powers = Array.from({ length: scale.high - scale.low + 1 }, (_, i) => scale.low + i);
  return powers.flatMap((power) => {
    const x = columns.bars + lengthOf(10 ** power, scale);
    const line = `<line x1="${x}" y1="${top - 2}" x2="${x}" y2="${top + rows * rowHeight}" stroke="#e2e8f0"/>`;
    const label = power < -3 ? `1e${power}` : String(Number((10 ** power).toPrecision(1)));
    return [line, svgText(x, top - 6, label, middle)];
  });
}

function drawRow(row: LayerComparison, y: number, scale: LogScale, marked: boolean): string {
  const colour = colours[row.cause ?? "none"];
  const total = lengthOf(row.distance, scale);
  const own = lengthOf(row.own ?? 0, scale);
  const summary = `${callName(row)}: apart by ${showDistance(row.distance)}${row.own === null ? "" : `, by itself ${showDistance(row.own)}`}. ${row.explanation}`;
  return [
    "<g>",
    `<title>${escapeXml(summary)}</title>`,
    svgText(columns.name, y + 15, callName(row), { size: 11, weight: marked ? 700 : 400 }),
    svgText(columns.kind, y + 15, row.kind, { size: 10, fill: "#64748b" }),
    `<rect x="${columns.bars}" y="${y + 4}" width="${own.toFixed(1)}" height="8" fill="${colour}"/>`,
    `<rect x="${columns.bars}" y="${y + 14}" width="${total.toFixed(1)}" height="3" fill="${colours.inherited}"/>`,
    row.own === null
      ? ""
      : svgText(columns.bars + own + 4, y + 12, showDistance(row.own), { size: 9, fill: "#334155" }),
    ...channels(row, y + 5),
    "</g>",
  ]
    .filter(Boolean)
    .join("\n");
}

/** One cell for each channel: white where the means agree, full colour from one standard deviation on. */
function channels({ statistics }: LayerComparison, y: number): string[] {
  if (statistics === null) return [];
  const { meanShift } = statistics;
  const cell = columns.channelWidth / meanShift.length;
  return meanShift.map((shift, c) => {
    const opacity = Math.min(1, shift).toFixed(2);
    return `<rect x="${(columns.channels + c * cell).toFixed(2)}" y="${y}" width="${(cell * (cell > 4 ? 0.9 : 1)).toFixed(2)}" height="12" fill="${colours.batchStatistics}" fill-opacity="${opacity}" stroke="#e2e8f0" stroke-width="0.3"/>`;
  });
}

function legend(rows: readonly LayerComparison[], y: number): string[] {
  const entries: readonly (readonly [DivergenceCause, string])[] = [
    ["batchStatistics", "by itself: batch statistics"],
    ["dropout", "by itself: dropout"],
    ["mode", "by itself: its mode"],
    ["inherited", "in all, with what came before (thin)"],
  ];
  const present = entries.filter(([cause]) => cause === "inherited" || rows.some((row) => row.cause === cause));
  return present.flatMap(([cause, label], i) => [
    `<rect x="${16 + 210 * i}" y="${y - 8}" width="10" height="8" fill="${colours[cause]}"/>`,
    svgText(30 + 210 * i, y, label, { size: 10, fill: "#475569" }),
  ]);
}

function wrap(content: string, length: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < length) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
