// usage: tsx bench/report.ts FIGURES.json
// Puts what `npm run bench -- --json FIGURES.json` measured into docs/benchmarks.md, between its two marks.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GemmMeasurement } from "./contestants.ts";

interface Figures {
  readonly machine: {
    readonly cpu: string;
    readonly instructions: readonly string[];
    readonly cores: number;
    readonly load: number;
    readonly nodes: readonly string[];
  };
  readonly rounds: number;
  readonly rows: readonly {
    readonly workload: string;
    readonly threads: number;
    readonly contestant: string;
    readonly medianMs: number;
    readonly toPyTorch: { readonly median: number; readonly low: number; readonly high: number } | null;
    readonly bestToPyTorch: number | null;
    readonly cpuToPyTorch: number | null;
    readonly rssMB: number;
    readonly firstStepMs: number | null;
  }[];
  readonly gemm: readonly (GemmMeasurement & { readonly engine: string })[];
  readonly overhead: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const titles: Readonly<Record<string, string>> = {
  lenet: "lenet-bn, a training step of 64 digits",
  resnet: "resnet8, a training step of 32 pictures",
  "lenet-inf1": "lenet-bn, inference of one digit",
  "lenet-inf256": "lenet-bn, inference of 256 digits",
  "resnet-inf1": "resnet8, inference of one picture",
  "resnet-inf256": "resnet8, inference of 256 pictures",
  "resnet152-inf1": "ResNet-152, inference of one picture of 224 × 224",
};

const { machine, rounds, rows, gemm, overhead } = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Figures;
const short = (value: number): string => String(Number(value.toPrecision(3)));

const lines: string[] = [
  `Machine: ${[machine.cpu, ...machine.instructions].join(", ")}, ${machine.cores} cores, Node ${machine.nodes.join(", ")}; ` +
    `${rounds} rounds in turn. ${machine.load} processes ran beside it when it began.`,
  "",
];
for (const [workload, title] of Object.entries(titles)) {
  for (const threads of [...new Set(rows.filter((row) => row.workload === workload).map((row) => row.threads))]) {
    lines.push(`### ${title}, ${threads} thread${threads === 1 ? "" : "s"}`, "");
    lines.push(
      "| | ms | × PyTorch | best × PyTorch | CPU × PyTorch | RSS, MB | first step, ms |",
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    );
    for (const row of rows.filter((each) => each.workload === workload && each.threads === threads)) {
      const { toPyTorch } = row;
      const ratio =
        toPyTorch === null ? "" : `${short(toPyTorch.median)} (${short(toPyTorch.low)}–${short(toPyTorch.high)})`;
      const first = row.firstStepMs === null ? "" : Math.round(row.firstStepMs);
      const cpu = row.cpuToPyTorch === null ? "" : short(row.cpuToPyTorch);
      const best = row.bestToPyTorch === null ? "" : short(row.bestToPyTorch);
      const cells = [row.contestant, short(row.medianMs), ratio, best, cpu, Math.round(row.rssMB), first];
      lines.push(`| ${cells.join(" | ")} |`);
    }
    lines.push("");
  }
}
lines.push("### A matrix product of 512 × 512, 1 thread", "");
lines.push("| | GFLOPS | peak of 128-bit SIMD in the same run | share |", "| --- | ---: | ---: | ---: |");
for (const { engine, gflops, peak, share } of gemm)
  lines.push(`| ${engine} | ${short(gflops)} | ${short(peak)} | ${share.toFixed(2)} |`);
const engines = Object.keys(overhead);
lines.push("", "### What an op costs beside its arithmetic, in µs a call", "", `| | ${engines.join(" | ")} |`);
lines.push(`| --- |${" ---: |".repeat(engines.length)}`);
for (const name of Object.keys(overhead[engines[0]!]!))
  lines.push(`| ${name} | ${engines.map((engine) => short(overhead[engine]![name]!)).join(" | ")} |`);

const page = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));
const [start, end] = ["<!-- figures -->", "<!-- end of figures -->"];
const text = readFileSync(page, "utf8");
const [before, after] = [text.indexOf(start), text.indexOf(end)];
if (before < 0 || after < before) throw new Error(`${page}: expected ${start} and ${end}`);
writeFileSync(page, `${text.slice(0, before + start.length)}\n\n${lines.join("\n")}\n\n${text.slice(after)}`);
