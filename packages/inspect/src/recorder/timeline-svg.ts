import { escapeXml, svgDocument, svgText } from "@tapegrad/nn/internal";
import { ValueError } from "@tapegrad/tensor";
import { checkString, readOptions, showValue } from "@tapegrad/tensor/internal";
import type { RecordedCall, StatisticsRecording } from "./recording.ts";
import { type Point, type Stretch, type Timeline, timelineOf, type TimelineRow } from "./timeline-rows.ts";
import { changeInWords } from "./who-moved.ts";

/** How a timeline is labelled. */
export interface TimelineOptions {
  /** @default "Running statistics" */
  readonly title?: string;
}

const left = 150;
const plot = 800;
const right = 130;
const width = left + plot + right;
const top = 72;
const rowHeight = 64;
const gap = 14;

const meanColour = "#0f172a";
const varianceColour = "#64748b";
const changeColour = "#7e22ce";

/** Backgrounds by what the program did: what moves statistics while evaluating stands out. */
const backgrounds = {
  learning: "#dbeafe",
  evaluating: "#f1f5f9",
  renewing: "#dcfce7",
  undecided: "#fef9c3",
  wrong: "#fca5a5",
} as const;

/**
 * Draws a recording, a row for each layer, calls from left to right. The background says what the program was doing, red where it
 * moved statistics while evaluating; the lines, how far each batch was from the running statistics that it met; marks, what changed
 * statistics outside of calls.
 *
 * @returns an SVG document, which is also a piece of HTML.
 */
export function timelineSvg(recording: StatisticsRecording, options: TimelineOptions = {}): string {
  const { title } = readOptions<TimelineOptions>("timelineSvg", options, {
    title: ["Running statistics", checkString],
  });
  if (!Array.isArray(recording?.events) || !Array.isArray(recording.layers))
    throw new ValueError(`timelineSvg: expected what recorder.recording() gave, got ${showValue(recording)}`);
  const timeline = timelineOf(recording, plot);
  const columns = Math.max(1, timeline.steps.length);
  const scale = plot / columns;
  const height = top + timeline.rows.length * (rowHeight + gap) + 44;
  const dropped = recording.dropped === 0 ? "" : `; ${recording.dropped} older ones were dropped`;
  const body = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    svgText(16, 26, title, { size: 16, weight: 600 }),
    svgText(16, 44, `${recording.events.length} events${dropped}`, { size: 11, fill: varianceColour }),
    ...legend(),
    ...timeline.rows.flatMap((row, i) => drawRow(row, top + i * (rowHeight + gap), scale)),
    ...stepAxis(timeline, height - 30, scale),
  ];
  return svgDocument(title, width, height, body);
}

function legend(): string[] {
  const areas = [
    [0, backgrounds.learning, "learning"],
    [80, backgrounds.evaluating, "evaluating"],
    [170, backgrounds.wrong, "moved while evaluating"],
    [330, backgrounds.renewing, "renewing"],
    [420, backgrounds.undecided, "undecided"],
  ] as const;
  const lines = [
    [meanColour, "means off (σ)"],
    [varianceColour, "variances off (ln)"],
  ] as const;
  return [
    ...areas.flatMap(([x, colour, label]) => [
      `<rect x="${left + x}" y="52" width="10" height="9" fill="${colour}" stroke="#cbd5e1" stroke-width="0.5"/>`,
      svgText(left + 14 + x, 60, label, { size: 10 }),
    ]),
    ...lines.flatMap(([colour, label], i) => [
      `<path d="M${left + 664 + i * 130} 56h14" stroke="${colour}" fill="none"${i === 1 ? ' stroke-dasharray="3 2"' : ""}/>`,
      svgText(left + 682 + i * 130, 60, label, { size: 10 }),
    ]),
  ];
}

function drawRow(row: TimelineRow, y: number, scale: number): string[] {
  const most = Math.max(0.1, ...row.points.map(({ meanDrift, varianceDrift }) => Math.max(meanDrift, varianceDrift)));
  const base = y + rowHeight;
  const line = (key: "meanDrift" | "varianceDrift", style: string): string =>
    row.points.length === 0 ? "" : `<path d="${pathOf(row.points, key, scale, base, most)}" fill="none" ${style}/>`;
  return [
    "<g>",
    svgText(16, y + 14, short(row.layer || "the model"), { size: 12, weight: 600 }),
    svgText(left - 6, y + 10, Number(most.toPrecision(2)).toString(), { size: 9, fill: varianceColour, anchor: "end" }),
    svgText(left - 6, base, "0", { size: 9, fill: varianceColour, anchor: "end" }),
    ...row.stretches.map((stretch) => drawStretch(stretch, y, scale)),
    `<rect x="${left}" y="${y}" width="${plot}" height="${rowHeight}" fill="none" stroke="#cbd5e1" stroke-width="0.5"/>`,
    line("varianceDrift", `stroke="${varianceColour}" stroke-dasharray="3 2"`),
    line("meanDrift", `stroke="${meanColour}"`),
    ...row.changes.map(({ column, event }) => {
      const x = left + (column + 0.5) * scale;
      const what = `<title>${escapeXml(changeInWords(event))}</title>`;
      return `<g>${what}<path d="M${x.toFixed(1)} ${y}v${rowHeight}" stroke="${changeColour}"/><circle cx="${x.toFixed(1)}" cy="${y}" r="4" fill="${changeColour}"/></g>`;
    }),
    "</g>",
  ].filter(Boolean);
}

/** The end of a long name, which tells layers apart. */
function short(name: string): string {
  return name.length <= 16 ? name : `…${name.slice(-15)}`;
}

function drawStretch(stretch: Stretch, y: number, scale: number): string {
  const { from, to, activity, mode, moved, place, because, steps } = stretch;
  const wrong = moved && activity === "evaluating";
  const span = steps[0] === steps[1] ? `step ${steps[0]}` : `steps ${steps[0]} to ${steps[1]}`;
  const said = `${place}, ${span}: ${activity}, ${modeOf(mode)}${moved ? ", moved" : ""}. ${because}`;
  const x = left + from * scale;
  return `<rect x="${x.toFixed(2)}" y="${y}" width="${((to - from) * scale).toFixed(2)}" height="${rowHeight}" fill="${wrong ? backgrounds.wrong : backgrounds[activity]}"><title>${escapeXml(said)}</title></rect>`;
}

function modeOf(mode: RecordedCall["mode"]): string {
  return mode === "frozen" ? "frozen" : `${mode} mode`;
}

function pathOf(
  points: readonly Point[],
  key: "meanDrift" | "varianceDrift",
  scale: number,
  base: number,
  most: number,
): string {
  return points
    .map((point, i) => {
      const x = left + (point.column + 0.5) * scale;
      return `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${(base - (rowHeight - 4) * (point[key] / most)).toFixed(1)}`;
    })
    .join("");
}

/** Up to nine steps, where they begin, at round numbers. */
function stepAxis({ steps }: Timeline, y: number, scale: number): string[] {
  const [first = 0, last = 0] = [steps[0], steps.at(-1)];
  const least = Math.max(1, (last - first) / 8);
  const power = 10 ** Math.floor(Math.log10(least));
  const apart = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= least)!;
  const columns = new Set<number>();
  for (let step = Math.ceil(first / apart) * apart; step <= last; step += apart) {
    const column = steps.findIndex((each) => each >= step);
    if (column >= 0) columns.add(column);
  }
  return [
    ...[...columns].map((column) =>
      svgText(left + column * scale, y, String(steps[column]), { size: 10, fill: varianceColour }),
    ),
    svgText(16, y, "optimizer steps", { size: 10, fill: varianceColour }),
  ];
}
