// The nets of the inference workloads as files that ONNX Runtime reads.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { exportOnnx } from "@tapegrad/formats";
import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import { useDevice, zeros } from "@tapegrad/tensor";
import { network } from "./workloads.ts";

/** Writes the model of each workload into a folder, as WORKLOAD.onnx; its batch is that of the workload. */
export async function exportModels(folder: string, workloads: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await useDevice("wasm");
  for (const workload of workloads) {
    const { model, shape, pictures } = await network(workload);
    const input = zeros([pictures!, ...shape]);
    const file = join(folder, `${workload}.onnx`);
    await withoutModeGuard(() => exportOnnx(file, model, input, { dynamicBatch: false }));
  }
}
