import { init } from "echarts";

/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A chart of lines over common axes. */
export interface LineChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  /** Whether equal steps along an axis are equal factors. @default false */
  readonly logX?: boolean;
  readonly logY?: boolean;
}

/** Draws a chart as an SVG document. */
export function lineChart({ title, x, y, lines, logX = false, logY = false }: LineChart): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 720, height: 340 });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: "system-ui, sans-serif" },
    title: { text: title, left: 16, top: 8, textStyle: { fontSize: 16, fontWeight: 600, color: "#0f172a" } },
    // From the left: how wide names become is not known without a screen.
    legend: { orient: "vertical", left: 510, top: 48, data: lines.map(({ name }) => name) },
    grid: { left: 64, right: 230, top: 64, bottom: 52 },
    xAxis: { ...axis(logX, valuesAt(lines, 0)), name: x, nameLocation: "middle", nameGap: 28 },
    yAxis: { ...axis(logY, valuesAt(lines, 1)), name: y, nameLocation: "end", nameTextStyle: { align: "left" } },
    series: lines.map(({ name, colour, points }) => ({
      name,
      type: "line",
      data: points,
      color: colour,
      showSymbol: points.length <= 20,
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function valuesAt(lines: readonly Line[], coordinate: 0 | 1): number[] {
  return lines.flatMap(({ points }) => points.map((point) => point[coordinate]));
}

/** A logarithmic axis runs from power to power of a base that leaves no more than a few of them. */
function axis(logarithmic: boolean, values: readonly number[]): object {
  if (!logarithmic) return { type: "value" };
  const [low, high] = [Math.log2(Math.min(...values)), Math.log2(Math.max(...values))];
  const step = high - low <= 6 ? 1 : 2;
  const power = (exponent: number): number => 2 ** (step * exponent);
  return { type: "log", logBase: 2 ** step, min: power(Math.floor(low / step)), max: power(Math.ceil(high / step)) };
}
