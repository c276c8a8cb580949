// usage: tsx bench/scaling.ts [--node PATH] [--rounds 3] [--json FILE] [--figures DIR]
// How the cost of a forward and a backward pass of conv–BatchNorm–ReLU grows with the batch, the channels and the side of the
// pictures, on tapegrad and, where it is installed, PyTorch, in turn; drawn as charts.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lineChart } from "../scripts/line-chart.ts";
import { type Contestant, mainContestants, measure, REFERENCE, usableEngines } from "./contestants.ts";

const { values: options } = parseArgs({
  options: {
    node: { type: "string", default: process.execPath },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
    figures: { type: "string", default: "docs/figures" },
  },
});

/** What stays the same while one of the three grows. */
const base = { batch: 8, channels: 16, side: 32 };
const sweeps = {
  batch: { title: "Cost by batch: 16 channels, 32 × 32 pixels", x: "pictures", values: [1, 4, 16, 64, 256, 1024] },
  channels: {
    title: "Cost by channels: 8 pictures of 32 × 32 pixels",
    x: "channels",
    values: [8, 16, 32, 64, 128, 256],
  },
  side: { title: "Cost by side: 8 pictures of 16 channels", x: "side, pixels", values: [16, 32, 64, 128] },
} as const;
const colours = ["#1d4ed8", "#60a5fa", "#7c3aed", "#c4b5fd", "#c2410c", "#f59e0b"];
/** Multiply–adds that one measurement is worth: small blocks take many steps. */
const WORK = 4e9;

interface Entrant {
  readonly name: string;
  readonly contestant: Contestant;
  readonly threads: number;
}

const entrants = mainContestants(usableEngines([options.node]))
  .filter(({ name }) => name.startsWith("tapegrad") || name === REFERENCE)
  .flatMap((contestant) =>
    [1, 2].map((threads): Entrant => ({
      // One engine alone, which the legend has no room for.
      name: `${contestant.name.replace(/ wasm, Node \d+,?/, "")}, ${threads} thread${threads > 1 ? "s" : ""}`,
      contestant,
      threads,
    })),
  );
const figures: Record<string, Record<string, [number, number][]>> = {};
mkdirSync(options.figures, { recursive: true });
for (const [sweep, { title, x, values }] of Object.entries(sweeps)) {
  const lines = new Map(entrants.map(({ name }) => [name, [] as [number, number][]]));
  for (const value of values) {
    const { batch, channels, side } = { ...base, [sweep]: value } as typeof base;
    const steps = Math.min(200, Math.max(3, Math.round(WORK / (27 * batch * channels ** 2 * side ** 2))));
    const times = new Map(entrants.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const { name, contestant, threads } of entrants) {
        times.get(name)!.push(measure(contestant, `block-${batch}x${channels}x${side}`, threads, steps).medianMs);
      }
    }
    for (const [name, list] of times) {
      const median = list.sort((a, b) => a - b)[list.length >> 1]!;
      lines.get(name)!.push([value, Number(median.toPrecision(3))]);
    }
    console.log(sweep, value, Object.fromEntries([...lines].map(([name, points]) => [name, points.at(-1)![1]])));
  }
  figures[sweep] = Object.fromEntries(lines);
  const chart = lineChart({
    title,
    x,
    y: "ms",
    logX: true,
    logY: true,
    lines: [...lines].map(([name, points], i) => ({ name, colour: colours[i]!, points })),
  });
  writeFileSync(join(options.figures, `cost-by-${sweep}.svg`), chart);
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ base, figures }, null, 2)}\n`);
