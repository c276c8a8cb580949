import { type History, lastOf } from "../history.ts";
import { showCount, showDuration, showNumber } from "../quantities.ts";
import type { Point } from "../series.ts";
import { Html, html, type HtmlValue } from "./html.ts";
import type { DrawChart } from "./load-charts.ts";

interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
  /** Whether it is drawn thin and pale, behind others. @default false */
  readonly faint?: boolean;
}

const [width, height] = [380, 210];
/** From here on the axis is logarithmic. */
const wideRange = 100;

/** Charts of everything that has a curve. */
export function curveSection(history: History, unit: string, draw: DrawChart): Html {
  const value = (name: string): readonly Point[] => history.values.get(name)?.points ?? [];
  const others = [...history.values].filter(([name]) => name !== "loss" && name !== "validation loss");
  const rates = history.lr.map(({ points }, i) => ({
    name: history.lr.length === 1 ? "lr" : `group ${i + 1}`,
    points,
  }));
  const charts = [
    figure(draw, "Loss", [
      { name: "steps", points: history.loss.points, faint: true },
      { name: "epochs", points: value("loss") },
      { name: "validation", points: value("validation loss") },
    ]),
    ...others.map(([name, { points }]) => figure(draw, name, [{ name: "validation", points }])),
    figure(draw, "Learning rate", rates, false),
    figure(draw, "Gradient norm", [{ name: "all parameters", points: history.gradNorm.points }]),
    figure(draw, "Update / weights", [{ name: "all parameters", points: history.updateRatio.points }]),
    figure(draw, `Pace, ${unit}/s`, [{ name: "training", points: history.examplesPerSecond.points }]),
  ];
  return html`<section>
    <h2>Curves</h2>
    <p class="note">Over steps of the optimizer. Validation is in eval mode.</p>
    <div class="charts">${charts}</div>
  </section>`;
}

/** One chart with its title and the last value of each curve; nothing without points. */
function figure(draw: DrawChart, title: string, curves: readonly Curve[], mayBeLogarithmic = true): HtmlValue {
  const present = curves.filter(({ points }) => points.some(([, y]) => Number.isFinite(y)));
  if (present.length === 0) return null;
  const bold = present.filter(({ faint }) => !faint);
  const colourOf = (curve: Curve): string =>
    curve.faint ? "var(--faint)" : `var(--c${(bold.indexOf(curve) % 4) + 1})`;
  const legend = present.map((curve) => {
    const last = curve.faint ? null : html` <b>${showNumber(lastOf(curve.points)!)}</b>`;
    return html`<li><i style="background:${colourOf(curve)}"></i>${curve.name}${last}</li>`;
  });
  const ys = present.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  const logarithmic = mayBeLogarithmic && Math.min(...ys) > 0 && Math.max(...ys) > wideRange * Math.min(...ys);
  const text = { color: "var(--muted)", fontSize: 11, fontFamily: "system-ui, sans-serif" };
  const line = { lineStyle: { color: "var(--line)" } };
  const svg = draw(
    {
      grid: { left: 52, right: 14, top: 10, bottom: 24, containLabel: false },
      xAxis: {
        ...{ type: "value", min: 0, splitLine: { show: false }, axisTick: { show: false }, axisLine: line },
        axisLabel: { ...text, hideOverlap: true, formatter: (x: number) => shortCount(x) },
        splitNumber: 4,
      },
      yAxis: {
        ...{ type: logarithmic ? "log" : "value", scale: true, splitNumber: 4, splitLine: line },
        axisLabel: { ...text, formatter: (y: number) => shortNumber(y) },
      },
      series: present.map((curve) => ({
        ...{ type: "line", silent: true, symbol: "circle", symbolSize: 5, showSymbol: curve.points.length <= 12 },
        data: curve.points.map(([x, y]) => [x, Number.isFinite(y) ? y : null]),
        itemStyle: { color: colourOf(curve) },
        lineStyle: { color: colourOf(curve), width: curve.faint ? 1 : 2 },
      })),
    },
    width,
    height,
  );
  const label = `${title}: ${present.map(({ name, points }) => `${name} ${showNumber(lastOf(points)!)}`).join(", ")}`;
  return html`<figure class="card">
    <figcaption>
      <h3>${title}</h3>
      <ul class="legend">
        ${legend}
      </ul>
    </figcaption>
    <div role="img" aria-label="${label}">${new Html(svg)}</div>
  </figure>`;
}

function shortCount(count: number): string {
  return count >= 10_000 ? `${Number((count / 1000).toFixed(1))}k` : showCount(count);
}

function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size < 1e-3 || size >= 1e5 ? value.toExponential(0) : String(Number(value.toPrecision(4)));
}

/** What training came to, in a few large figures. */
export function tiles(history: History, unit: string): Html {
  const parameters = history.start.model.parameters().reduce((sum, { size }) => sum + size, 0);
  const { examplesPerSecond } = history.pace;
  const shown: [name: string, value: string][] = [...history.values].map(([name, { points }]) => [
    name === "loss" ? "training loss" : name,
    showNumber(lastOf(points)!),
  ]);
  shown.push(
    ["epochs", showCount(history.epochs.length)],
    ["steps", showCount(history.at?.step ?? 0)],
    ["time", showDuration(history.seconds)],
    [`${unit}/s`, examplesPerSecond === null ? "–" : showCount(examplesPerSecond)],
    ["parameters", showCount(parameters)],
  );
  return html`<dl class="tiles">
    ${shown.map(
      ([name, value]) =>
        html`<div class="card">
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
