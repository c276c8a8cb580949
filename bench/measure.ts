// usage: tsx bench/measure.ts WORKLOAD THREADS DEVICE STEPS
// Times one workload in a process of its own and prints one line of JSON.
import { type DeviceName, deviceReport, setThreads, useDevice } from "@tapegrad/tensor";
import { workload } from "./workloads.ts";

const [name = "lenet", threads = "2", device = "wasm", steps = "40"] = process.argv.slice(2);
setThreads(Number(threads));
await useDevice(device as DeviceName);
const { batch, repeats, run } = await workload(name);

const WARM_UP_MS = 2000;

await run();
const firstStepMs = performance.now();
const times: number[] = [];
/** CPU time of this thread, which other programs on the machine lengthen far less than a step; Node 20 does not tell it. */
const cpuTimes: number[] = [];
const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
const cpuMs = (): number => {
  const { user, system } = threadCpuUsage?.() ?? { user: NaN, system: NaN };
  return (user + system) / 1000;
};
// The engine compiles what runs often once more, and better; that takes a moment.
for (let i = 0; i < 10 || performance.now() < firstStepMs + WARM_UP_MS; i++) await run();
for (let i = 0; i < Number(steps); i++) {
  const [start, cpuStart] = [performance.now(), cpuMs()];
  for (let k = 0; k < repeats; k++) await run();
  times.push((performance.now() - start) / repeats);
  cpuTimes.push((cpuMs() - cpuStart) / repeats);
}
times.sort((a, b) => a - b);
cpuTimes.sort((a, b) => a - b);
const at = (share: number): number => times[Math.floor(times.length * share)]!;
console.log(
  JSON.stringify({
    peer: `tapegrad ${device}`,
    workload: name,
    threads: Number(threads),
    batch,
    medianMs: at(0.5),
    p25Ms: at(0.25),
    minMs: times[0],
    cpuMs: cpuTimes[times.length >> 1],
    rssMB: process.resourceUsage().maxRSS / 1024,
    firstStepMs,
    simd: deviceReport().simd,
  }),
);
process.exit(0);
