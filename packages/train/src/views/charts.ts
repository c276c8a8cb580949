import { showCount, showDuration, showNumber } from "@tapegrad/inspect/internal";
import { type History, lastOf } from "./history.ts";
import { type Point, thinned } from "./series.ts";

/** A chart, as the report draws it here and the live page in the browser. */
export interface Chart {
  readonly title: string;
  readonly legend: readonly { readonly name: string; readonly colour: string; readonly last: string | null }[];
  /** What ECharts draws: plain data, with the colours of the style sheet. */
  readonly option: object;
}

interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
  /** Whether it is drawn thin and pale, behind others. @default false */
  readonly faint?: boolean;
}

/** More points than a chart has columns are not seen. */
const mostPoints = 400;
/** From this ratio of values on the axis is logarithmic. */
const wideRange = 100;

/** Charts of everything that has a curve. */
export function chartsOf(history: History, unit: string): Chart[] {
  const value = (name: string): readonly Point[] => history.values.get(name)?.points ?? [];
  const others = [...history.values].filter(([name]) => name !== "loss" && name !== "validation loss");
  const rates = history.lr.map(({ points }, i) => ({
    name: history.lr.length === 1 ? "lr" : `group ${i + 1}`,
    points,
  }));
  const losses: Curve[] = [
    { name: "steps", points: history.loss.points, faint: true },
    { name: "epochs", points: value("loss") },
    { name: "validation", points: value("validation loss") },
  ];
  const all = (points: readonly Point[]): Curve[] => [{ name: "all parameters", points }];
  return [
    chart("Loss", losses),
    ...others.map(([name, { points }]) => chart(name, [{ name: "validation", points }])),
    chart("Learning rate", rates, false),
    chart("Gradient norm", all(history.gradNorm.points)),
    chart("Update / weights", all(history.updateRatio.points)),
    chart(`Pace, ${unit}/s`, [{ name: "training", points: history.examplesPerSecond.points }], false),
  ].filter((each) => each !== null);
}

/** Null without points. */
function chart(title: string, curves: readonly Curve[], mayBeLogarithmic = true): Chart | null {
  const present = curves.filter(({ points }) => points.some(([, y]) => Number.isFinite(y)));
  if (present.length === 0) return null;
  const bold = present.filter(({ faint }) => !faint);
  const colourOf = (curve: Curve): string =>
    curve.faint ? "var(--faint)" : `var(--c${(bold.indexOf(curve) % 4) + 1})`;
  const ys = present.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  const isLogarithmic = mayBeLogarithmic && Math.min(...ys) > 0 && Math.max(...ys) > wideRange * Math.min(...ys);
  const axisLabel = { color: "var(--muted)", fontSize: 11, fontFamily: "system-ui, sans-serif", hideOverlap: true };
  const line = { lineStyle: { color: "var(--line)" } };
  const option = {
    animation: false,
    grid: { left: 54, right: 14, top: 10, bottom: 24 },
    xAxis: {
      ...{ type: "value", min: 0, splitNumber: 4, axisLabel, axisLine: line },
      ...{ splitLine: { show: false }, axisTick: { show: false }, axisPointer: { label: { precision: 0 } } },
    },
    yAxis: {
      ...{ type: isLogarithmic ? "log" : "value", scale: true, splitNumber: 4, axisLabel, splitLine: line },
      ...{ axisTick: { show: false }, axisLine: { show: false } },
    },
    series: present.map((curve) => ({
      ...{ type: "line", name: curve.name, symbol: "circle", symbolSize: 5, showSymbol: curve.points.length <= 12 },
      data: thinned(curve.points, mostPoints).map(([x, y]) => [x, Number.isFinite(y) ? y : null]),
      itemStyle: { color: colourOf(curve) },
      lineStyle: { color: colourOf(curve), width: curve.faint ? 1 : 2 },
      emphasis: { disabled: true },
    })),
  };
  const legend = present.map((curve) => ({
    name: curve.name,
    colour: colourOf(curve),
    last: curve.faint ? null : showNumber(lastOf(curve.points)!),
  }));
  return { title, legend, option };
}

/** What training has come to, in a few figures by name. */
export function figuresOf(history: History, unit: string): [name: string, value: string][] {
  const parameters = history.start.model.parameters().reduce((sum, { size }) => sum + size, 0);
  const { examplesPerSecond } = history.pace;
  const values = [...history.values].map(([name, { points }]): [string, string] => [
    name === "loss" ? "training loss" : name,
    showNumber(lastOf(points)!),
  ]);
  return [
    ...values,
    ["epochs", showCount(history.epochs)],
    ["steps", showCount(history.at?.step ?? 0)],
    ["time", showDuration(history.seconds)],
    [`${unit}/s`, examplesPerSecond === null ? "–" : showCount(examplesPerSecond)],
    ["parameters", showCount(parameters)],
  ];
}
