// usage: npm run bench -- [--rounds 3] [--threads 1,2] [--workloads lenet,resnet,…] [--only NAME,…] [--steps 40] [--json FILE]
// Large workloads (resnet152-inf1) run only when they are named, with an eighth of the steps.
// The reference workloads on tapegrad and on every peer that is installed. Machines are noisy, so contestants take turns
// (A B C, A B C, …) and what counts is the median over the rounds of the ratio within a round.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import {
  type Contestant,
  contestants,
  type GemmMeasurement,
  measure,
  measureGemm,
  type Measurement,
  measureOverhead,
} from "./contestants.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: availableParallelism() > 1 ? "1,2" : "1" },
    workloads: { type: "string", default: "lenet,resnet,lenet-inf1,lenet-inf256,resnet-inf1,resnet-inf256" },
    only: { type: "string" },
    steps: { type: "string", default: "40" },
    json: { type: "string" },
  },
});

interface Row {
  readonly workload: string;
  readonly threads: number;
  readonly contestant: string;
  readonly medianMs: number;
  /** Time over PyTorch's in the same round: median, smallest and largest over the rounds. */
  readonly toPyTorch: { readonly median: number; readonly low: number; readonly high: number } | null;
  readonly rssMB: number;
  readonly firstStepMs: number | null;
  readonly rounds: readonly Measurement[];
}

const rounds = Number(options.rounds);
const steps = Number(options.steps);
const wanted = options.only?.split(",");
const field = contestants().filter(
  ({ name }) => wanted === undefined || name === "PyTorch" || wanted.some((each) => name.includes(each)),
);
const rows: Row[] = [];

console.log(`${cpus()[0]!.model}, ${availableParallelism()} cores, Node ${process.version}; ${rounds} rounds in turn`);
for (const workload of options.workloads.split(",")) {
  for (const threads of options.threads.split(",").map(Number)) {
    const takers = field.filter((contestant) => contestant.takes(workload) && (threads === 1 || contestant.threaded));
    const results = new Map<Contestant, Measurement[]>(takers.map((contestant) => [contestant, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contestant of takers) results.get(contestant)!.push(measure(contestant, workload, threads, steps));
    }
    const torch = [...results].find(([{ name }]) => name === "PyTorch")?.[1];
    const added = [...results].map(([{ name }, list]) => row(name, workload, threads, list, torch));
    rows.push(...added);
    console.log(`\n${workload}, ${threads} thread${threads === 1 ? "" : "s"}`);
    console.table(
      Object.fromEntries(
        added.map((each) => [
          each.contestant,
          {
            ms: round3(each.medianMs),
            "× PyTorch": each.toPyTorch === null ? "" : round3(each.toPyTorch.median),
            spread: each.toPyTorch === null ? "" : `${round3(each.toPyTorch.low)}–${round3(each.toPyTorch.high)}`,
            "RSS MB": Math.round(each.rssMB),
            "first step ms": each.firstStepMs === null ? "" : Math.round(each.firstStepMs),
          },
        ]),
      ),
    );
  }
}

const gemm = Array.from({ length: rounds }, measureGemm);
/** For plain and relaxed SIMD, the round in the middle. */
const middle = gemm[0]!.map((_, i) => gemm.map((each) => each[i]!).sort((a, b) => a.share - b.share)[rounds >> 1]!);
console.log("\nmatrix product of 512 × 512, one thread");
console.table(Object.fromEntries(middle.map(gemmRow)));
const overhead = measureOverhead();
console.log("\noverhead, µs a call");
console.table(overhead);

if (options.json !== undefined) {
  const machine = { cpu: cpus()[0]!.model, cores: availableParallelism(), node: process.version };
  writeFileSync(options.json, `${JSON.stringify({ machine, rounds, rows, gemm: middle, overhead }, null, 2)}\n`);
}

function gemmRow({ gflops, peak, share, relaxed }: GemmMeasurement): [string, object] {
  const cells = { GFLOPS: round3(gflops), "SIMD peak": round3(peak), share: round3(share) };
  return [relaxed ? "relaxed SIMD" : "plain SIMD", cells];
}

function row(
  contestant: string,
  workload: string,
  threads: number,
  list: Measurement[],
  torch: Measurement[] | undefined,
): Row {
  const ratios = torch?.map((each, i) => list[i]!.medianMs / each.medianMs).sort((a, b) => a - b);
  return {
    workload,
    threads,
    contestant,
    medianMs: median(list.map((each) => each.medianMs)),
    toPyTorch: ratios === undefined ? null : { median: median(ratios), low: ratios[0]!, high: ratios.at(-1)! },
    rssMB: Math.max(...list.map((each) => each.rssMB)),
    firstStepMs: list[0]!.firstStepMs === undefined ? null : median(list.map((each) => each.firstStepMs!)),
    rounds: list,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function round3(value: number): number {
  return Number(value.toPrecision(3));
}
