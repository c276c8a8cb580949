// Memory of a lenet-bn training loop written the obvious way: RSS after 200 steps and on the way to STEPS. Run by `memory.ts`.
import { type DeviceName, memoryStats, useDevice } from "@tapegrad/tensor";
import { workload } from "./workloads.ts";

const [device = "wasm", steps = "2000"] = process.argv.slice(2);
await useDevice(device as DeviceName);
const { run } = await workload("lenet");
const rssMB = (): number => process.memoryUsage.rss() / 2 ** 20;
let early = 0;
for (let step = 1; step <= Number(steps); step++) {
  await run();
  if (step === 200) early = rssMB();
  if (step % 200 === 0) {
    const { buffers, bytes } = memoryStats();
    console.log(
      `${device} step ${step}: RSS ${rssMB().toFixed(0)} MB, ${buffers} buffers of ${(bytes / 2 ** 20).toFixed(1)} MB`,
    );
  }
}
const ratio = rssMB() / early;
console.log(`${device}: RSS after ${steps} steps is ${ratio.toFixed(2)} × that after 200`);
process.exit(ratio <= 1.3 ? 0 : 1);
