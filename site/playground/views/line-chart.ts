import { type FunctionalComponent, h } from "vue";
import type { Point } from "../worker/protocol.ts";

interface LineChartProps {
  readonly title: string;
  readonly points: readonly Point[];
  /** How many steps the chart is wide. */
  readonly steps: number;
  readonly from: number;
  readonly to: number;
  readonly show: (value: number) => string;
}

const [width, height] = [100, 40];

/** A curve over the steps of a training, and its last value. */
export const LineChart: FunctionalComponent<LineChartProps> = ({ title, points, steps, from, to, show }) => {
  const last = points.at(-1);
  const x = (step: number): number => (width * step) / Math.max(1, steps);
  const y = (value: number): number => height - (height * (Math.min(to, Math.max(from, value)) - from)) / (to - from);
  const line = points.map(({ step, value }, i) => `${i === 0 ? "M" : "L"}${x(step).toFixed(2)} ${y(value).toFixed(2)}`);
  const said = last === undefined ? "nothing yet" : `${show(last.value)} at step ${last.step}`;
  return h("figure", { class: "pg-chart" }, [
    h("figcaption", [title, h("output", last === undefined ? "–" : show(last.value))]),
    h("div", { class: "pg-plot", role: "img", "aria-label": `${title}: ${said}` }, [
      h("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, [
        ...[0.25, 0.5, 0.75].map((part) => h("path", { class: "pg-grid", d: `M0 ${height * part}H${width}` })),
        h("path", { class: "pg-line", d: line.join("") }),
      ]),
      h("span", { class: "pg-top", "aria-hidden": "true" }, show(to).replace(/\.?0+(?=%|$)/, "")),
      h("span", { class: "pg-bottom", "aria-hidden": "true" }, show(from).replace(/\.?0+(?=%|$)/, "")),
    ]),
  ]);
};
LineChart.props = ["title", "points", "steps", "from", "to", "show"];
