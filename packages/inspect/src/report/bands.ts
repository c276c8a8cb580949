import type { Spread } from "../layers/spread.ts";
import { Html, html } from "./html.ts";

const [width, height] = [300, 92];
const plot = { left: 52, right: 296, top: 6, bottom: 74 } as const;

/** The bands, from the widest, as pairs of quantiles, and how strong they are. */
const bands = [
  [0, 6, 0.16],
  [1, 5, 0.3],
  [2, 4, 0.5],
] as const;

/** A logarithmic axis is no longer than this ratio. */
const widest = 1e8;

interface Scale {
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
  readonly low: number;
  readonly high: number;
}

/** How a chart of spreads is drawn. */
export interface BandsOptions {
  readonly label: string;
  readonly steps: readonly number[];
  readonly logarithmic: boolean;
  readonly colour: string;
}

/** Spreads over steps: the median as a line, and around it bands of half, 90% and all of the values. Null where there is nothing. */
export function bandChart(
  spreads: readonly (Spread | null)[],
  { label, steps, logarithmic, colour }: BandsOptions,
): Html | null {
  const points = spreads.flatMap((spread, i) =>
    spread === null || !Number.isFinite(spread.quantiles[3]) ? [] : [{ step: steps[i]!, spread: spread.quantiles }],
  );
  if (points.length === 0) return null;
  const values = points.flatMap(({ spread }) => spread).filter((value) => !logarithmic || value > 0);
  const scale = scaleOf(
    points.map(({ step }) => step),
    values,
    logarithmic,
  );
  const at = (i: number, q: number): string =>
    `${scale.x(points[i]!.step).toFixed(1)} ${scale.y(points[i]!.spread[q]!).toFixed(1)}`;
  const forward = points.map((_, i) => i);
  const back = forward.toReversed();
  const line = `M${forward.map((i) => at(i, 3)).join("L")}`;
  const areas = bands.map(
    ([from, to, opacity]) =>
      `<path d="M${forward.map((i) => at(i, to)).join("L")}L${back.map((i) => at(i, from)).join("L")}Z" fill="${colour}" fill-opacity="${opacity}"/>`,
  );
  return chart(
    label,
    steps,
    scale,
    [...areas, `<path d="${line}" fill="none" stroke="${colour}" stroke-width="1.5"/>`],
    points.length === 1 ? [at(0, 3)] : [],
    colour,
  );
}

/** One value over steps. Null where there is nothing. */
export function lineChart(
  values: readonly (number | null)[],
  { label, steps, logarithmic, colour }: BandsOptions,
): Html | null {
  const points = values.flatMap((value, i) =>
    value === null || !Number.isFinite(value) || (logarithmic && value <= 0) ? [] : [{ step: steps[i]!, value }],
  );
  if (points.length === 0) return null;
  const scale = scaleOf(
    points.map(({ step }) => step),
    points.map(({ value }) => value),
    logarithmic,
  );
  const texts = points.map(({ step, value }) => `${scale.x(step).toFixed(1)} ${scale.y(value).toFixed(1)}`);
  const line = `<path d="M${texts.join("L")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  return chart(label, steps, scale, [line], points.length === 1 ? texts : [], colour);
}

function scaleOf(steps: readonly number[], values: readonly number[], logarithmic: boolean): Scale {
  const as = (value: number): number => (logarithmic ? Math.log10(value) : value);
  const seen = values.length === 0 ? [1] : values;
  let [low, high] = [Math.min(...seen), Math.max(...seen)];
  // The smallest of thousands of values may be next to nothing.
  if (logarithmic) low = Math.max(low, high / widest);
  if (as(high) - as(low) < 1e-9 * Math.max(1, Math.abs(as(high))))
    [low, high] = logarithmic ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const part = (value: number): number =>
    Math.min(1, Math.max(0, (as(Math.max(value, logarithmic ? low : -Infinity)) - as(low)) / (as(high) - as(low))));
  return {
    x: (step) => plot.left + ((plot.right - plot.left) * (step - first)) / Math.max(1, last - first),
    y: (value) => plot.bottom - (plot.bottom - plot.top) * part(value),
    low,
    high,
  };
}

/** In two digits. */
function short(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 0.01 && size < 1e4)) return String(Number(value.toPrecision(2)));
  return value.toExponential(0);
}

function chart(
  label: string,
  steps: readonly number[],
  { low, high, x }: Scale,
  marks: readonly string[],
  dots: readonly string[],
  colour: string,
): Html {
  const text = (tx: number, ty: number, content: string, anchor: string): string =>
    `<text x="${tx}" y="${ty}" text-anchor="${anchor}">${content}</text>`;
  const ends = [...new Set([steps[0]!, steps.at(-1)!])];
  const body = [
    `<path d="M${plot.left} ${plot.top}H${plot.right}M${plot.left} ${plot.bottom}H${plot.right}" stroke="var(--line)"/>`,
    ...marks,
    ...dots.map((dot) => `<circle cx="${dot.split(" ")[0]}" cy="${dot.split(" ")[1]}" r="2.5" fill="${colour}"/>`),
    text(plot.left - 4, plot.top + 7, short(high), "end"),
    text(plot.left - 4, plot.bottom, short(low), "end"),
    ...ends.map((step, i) =>
      text(i === 0 ? plot.left : Math.min(plot.right, x(step)), height - 4, String(step), i === 0 ? "start" : "end"),
    ),
  ];
  return new Html(
    `<svg class="bands" viewBox="0 0 ${width} ${height}" role="img" aria-label="${html`${label}`.text}">${body.join("")}</svg>`,
  );
}
