// usage: npm run bench -- [--node PATH,…] [--rounds 3] [--threads 1,2] [--workloads lenet,resnet,…] [--only NAME,…] [--steps 40] [--json FILE]
// tapegrad takes part on each Node that --node names, the one that runs this if none; peers in JavaScript run on the last. Large workloads (resnet152-inf1) run only when they are named, with an eighth of the steps.
// The reference workloads on tapegrad and on every peer that is installed. Machines are noisy, so contestants take turns
// (A B C, A B C, …) and what counts is the median over the rounds of the ratio within a round.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import {
  type Contestant,
  contestants,
  type GemmMeasurement,
  measure,
  measureGemm,
  type Measurement,
  measureOverhead,
  REFERENCE,
  usableEngines,
} from "./contestants.ts";

const { values: options } = parseArgs({
  options: {
    node: { type: "string", default: process.execPath },
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
  /** The shortest step of all rounds over PyTorch's: what the load of a machine changes least. */
  readonly bestToPyTorch: number | null;
  /** CPU time of the thread that calls over PyTorch's in the same round, the median: with one thread, all that a step takes. */
  readonly cpuToPyTorch: number | null;
  readonly rssMB: number;
  readonly firstStepMs: number | null;
  readonly rounds: readonly Measurement[];
}

const rounds = Number(options.rounds);
const steps = Number(options.steps);
const engines = usableEngines(options.node.split(","));
const wanted = options.only?.split(",");
const field = (await contestants(engines)).filter(
  ({ name }) => wanted === undefined || name === REFERENCE || wanted.some((each) => name.includes(each)),
);
const rows: Row[] = [];

const machine = {
  cpu: cpus()[0]!.model,
  instructions: instructionSets(),
  cores: availableParallelism(),
  /** Processes that ran or waited when this began: on a quiet machine, none. */
  load: Number(loadavg()[0]!.toFixed(1)),
  nodes: [...new Set(engines.map(({ version }) => version))],
};
console.log(machine, `${rounds} rounds in turn`);
for (const workload of options.workloads.split(",")) {
  for (const threads of options.threads.split(",").map(Number)) {
    const takers = field.filter((contestant) => contestant.takes(workload) && (threads === 1 || contestant.threaded));
    const results = new Map<Contestant, Measurement[]>(takers.map((contestant) => [contestant, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contestant of takers) results.get(contestant)!.push(measure(contestant, workload, threads, steps));
    }
    const torch = [...results].find(([{ name }]) => name === REFERENCE)?.[1];
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
            "best × PyTorch": each.bestToPyTorch === null ? "" : round3(each.bestToPyTorch),
            "CPU × PyTorch": each.cpuToPyTorch === null ? "" : round3(each.cpuToPyTorch),
            "RSS MB": Math.round(each.rssMB),
            "first step ms": each.firstStepMs === null ? "" : Math.round(each.firstStepMs),
          },
        ]),
      ),
    );
  }
}

/** Of each engine, the round in the middle. */
const gemm = engines.map((engine) => {
  const list = Array.from({ length: rounds }, () => measureGemm(engine));
  return { engine: engine.name, ...list.sort((a, b) => a.share - b.share)[rounds >> 1]! };
});
console.log("\nmatrix product of 512 × 512, one thread");
console.table(Object.fromEntries(gemm.map(gemmRow)));
const overhead = Object.fromEntries(engines.map((engine) => [engine.name, measureOverhead(engine)]));
console.log("\noverhead, µs a call");
console.table(overhead);

if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify({ machine, rounds, rows, gemm, overhead }, null, 2)}\n`);

/** Which wide instructions the processor has, as far as the system tells. */
function instructionSets(): string[] {
  const flags = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  return ["avx2", "avx512f"].filter((name) => flags.includes(` ${name} `));
}

function gemmRow({ engine, gflops, peak, share }: GemmMeasurement & { readonly engine: string }): [string, object] {
  return [engine, { GFLOPS: round3(gflops), "128-bit peak": round3(peak), share: round3(share) }];
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
    bestToPyTorch: torch === undefined ? null : best(list) / best(torch),
    cpuToPyTorch: threads === 1 ? cpuRatio(list, torch) : null,
    rssMB: Math.max(...list.map((each) => each.rssMB)),
    firstStepMs: list[0]!.firstStepMs === undefined ? null : median(list.map((each) => each.firstStepMs!)),
    rounds: list,
  };
}

function cpuRatio(list: readonly Measurement[], torch: readonly Measurement[] = []): number | null {
  const ratios = torch.flatMap((each, i) => {
    const own = list[i]!.cpuMs;
    return typeof own === "number" && typeof each.cpuMs === "number" ? [own / each.cpuMs] : [];
  });
  return ratios.length === 0 ? null : median(ratios);
}

function best(list: readonly Measurement[]): number {
  return Math.min(...list.map((each) => each.minMs));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function round3(value: number): number {
  return Number(value.toPrecision(3));
}
