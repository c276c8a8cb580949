// usage: tsx bench/report.ts FIGURES.json > docs/benchmarks.md
// Turns what `npm run bench -- --json FIGURES.json` measured into the page of the documentation.
import { readFileSync } from "node:fs";

interface Figures {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly rounds: number;
  readonly rows: readonly {
    readonly workload: string;
    readonly threads: number;
    readonly contestant: string;
    readonly medianMs: number;
    readonly toPyTorch: { readonly median: number; readonly low: number; readonly high: number } | null;
    readonly rssMB: number;
    readonly firstStepMs: number | null;
  }[];
}

const titles: Readonly<Record<string, string>> = {
  lenet: "lenet-bn, a training step of 64 digits",
  resnet: "resnet8, a training step of 32 pictures",
  "lenet-inf1": "lenet-bn, inference of one digit",
  "lenet-inf256": "lenet-bn, inference of 256 digits",
  "resnet-inf1": "resnet8, inference of one picture",
  "resnet-inf256": "resnet8, inference of 256 pictures",
};

const { machine, rounds, rows } = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Figures;
const short = (value: number): string => String(Number(value.toPrecision(3)));

console.log(`# Benchmarks

Every figure on this page was measured by

\`\`\`sh
npm run bench -- --steps 24 --json figures.json
npx tsx bench/report.ts figures.json > docs/benchmarks.md
\`\`\`

on one machine (${machine.cpu}, ${machine.cores} cores, Node ${machine.node}). Each contestant runs in a process of its own; they
take turns, ${rounds} rounds. "× PyTorch" is the median over the rounds of the ratio within a round, with the smallest and
largest beside it; milliseconds are medians and vary more from run to run. RSS includes the TypeScript loader that runs
tapegrad from sources (about 60 MB); the first step counts from the start of the process, that loader included. The rows
for relaxed SIMD come from a second run, beside PyTorch again, with \`--only relaxed --workloads lenet,resnet --steps 20\`.

PyTorch is Debian's 1.13 with OpenBLAS. The JavaScript peers run single-threaded, as they do in Node; TensorFlow.js has no
kernel for a convolution's weight gradient on WebAssembly, so one made of its own kernels is supplied, without which it
could not train these nets. ConvNetJS has no BatchNorm and does without. Install them with \`npm install\` in \`bench/peers\`.
The workloads are in \`bench/workloads.ts\` and \`bench/peers/\`.
`);

for (const [workload, title] of Object.entries(titles)) {
  for (const threads of [...new Set(rows.filter((row) => row.workload === workload).map((row) => row.threads))]) {
    console.log(`## ${title}, ${threads} thread${threads === 1 ? "" : "s"}\n`);
    console.log("| | ms | × PyTorch | RSS, MB | first step, ms |\n| --- | ---: | ---: | ---: | ---: |");
    for (const row of rows.filter((each) => each.workload === workload && each.threads === threads)) {
      const { toPyTorch } = row;
      const ratio =
        toPyTorch === null ? "" : `${short(toPyTorch.median)} (${short(toPyTorch.low)}–${short(toPyTorch.high)})`;
      console.log(
        `| ${row.contestant} | ${short(row.medianMs)} | ${ratio} | ${Math.round(row.rssMB)} | ${row.firstStepMs === null ? "" : Math.round(row.firstStepMs)} |`,
      );
    }
    console.log("");
  }
}

console.log(`## More

| command | what it measures |
| --- | --- |
| \`npx tsx bench/kernels.ts\` | matrix products and convolutions of the workloads against the SIMD peak of the same run; with \`node --experimental-wasm-relaxed-simd --import tsx bench/kernels.ts\` the relaxed ones |
| \`npx tsx bench/profile.ts lenet 1\` | where the time of a step goes, kernel by kernel |
| \`npx tsx bench/memory.ts wasm 2000\` | RSS over 2,000 steps of a loop written the obvious way |
| \`npx tsx bench/overhead.ts\` | what an op costs beside its arithmetic |`);
