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
  /** Marks on the axes; the axes reach from the first to the last. */
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  /** Whether equal steps to the right are equal factors. @default false */
  readonly logX?: boolean;
}

const [width, height] = [720, 340];
const area = { left: 60, right: 560, top: 50, bottom: 285 };

/** Draws a chart as an SVG document. */
export function lineChart({ title, x, y, lines, xTicks, yTicks, logX = false }: LineChart): string {
  const along = logX ? Math.log2 : Number;
  const atX = (value: number): number =>
    place(along(value), along(xTicks[0]!), along(xTicks.at(-1)!), area.left, area.right);
  const atY = (value: number): number => place(value, yTicks[0]!, yTicks.at(-1)!, area.bottom, area.top);
  const body = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="16" font-weight="600" fill="#0f172a">${title}</text>`,
    ...yTicks.map(
      (tick) =>
        `<line x1="${area.left}" y1="${fixed(atY(tick))}" x2="${area.right}" y2="${fixed(atY(tick))}" stroke="#e2e8f0"/>${label(area.left - 8, atY(tick) + 4, String(tick), "end")}`,
    ),
    ...xTicks.map((tick) => label(atX(tick), area.bottom + 18, String(tick), "middle")),
    label((area.left + area.right) / 2, area.bottom + 40, x, "middle"),
    label(16, area.top - 10, y, "start"),
    ...lines.flatMap(({ name, colour, points }, i) => [
      `<polyline points="${points.map(([px, py]) => `${fixed(atX(px))},${fixed(atY(py))}`).join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...(points.length > 20
        ? []
        : points.map(([px, py]) => `<circle cx="${fixed(atX(px))}" cy="${fixed(atY(py))}" r="3" fill="${colour}"/>`)),
      `<rect x="${area.right + 16}" y="${area.top + 20 * i}" width="10" height="10" fill="${colour}"/>`,
      label(area.right + 32, area.top + 9 + 20 * i, name, "start"),
    ]),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img" aria-label="${title}">\n${body.join("\n")}\n</svg>\n`;
}

function place(value: number, from: number, to: number, start: number, end: number): number {
  return start + ((value - from) / (to - from)) * (end - start);
}

function label(x: number, y: number, text: string, anchor: string): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" font-size="11" fill="#475569" text-anchor="${anchor}">${text}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
