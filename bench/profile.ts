// usage: tsx bench/profile.ts [WORKLOAD] [THREADS] [DEVICE] [TRACE.json]
// Where the time of a step goes, kernel by kernel, averaged over ten steps; and, if a file is named, as a Chrome trace.
import { writeFileSync } from "node:fs";
import { type DeviceName, profile, setThreads, useDevice } from "@tapegrad/tensor";
import { workload } from "./workloads.ts";

const [name = "lenet", threads = "1", device = "wasm", trace] = process.argv.slice(2);
setThreads(Number(threads));
await useDevice(device as DeviceName);
const { run } = await workload(name);
for (let i = 0; i < 20; i++) await run();
const found = await profile(async () => {
  for (let i = 0; i < 10; i++) await run();
});
console.log(`ten steps of ${name} on ${device}, ${threads} thread(s)\n${found.table()}`);
if (trace !== undefined) writeFileSync(trace, found.chromeTrace());
process.exit(0);
