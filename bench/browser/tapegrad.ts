// The reference workloads in a page: what bench/measure.ts is in Node.
import { setThreads, useDevice } from "@tapegrad/tensor";
import { workload } from "../workloads.ts";
import { timed } from "./timed.ts";

const { argv } = (globalThis as unknown as { process: { argv: readonly string[] } }).process;
const [name, threads, steps] = argv.slice(2) as [string, string, string];
setThreads(Number(threads));
await useDevice("wasm");
const { run } = await workload(name);
(globalThis as { result?: object }).result = await timed(run, Number(steps));
