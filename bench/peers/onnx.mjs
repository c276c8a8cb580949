// usage: node onnx.mjs WORKLOAD THREADS STEPS PACKAGE MODEL.onnx
// Inference in ONNX Runtime, `onnxruntime-web` (WebAssembly) or `onnxruntime-node` (native), of a model that tapegrad exported.
import { report } from "./timing.mjs";

const [workload, threads, steps, packageName, file] = process.argv.slice(2);
const ort = await import(packageName);
if (packageName === "onnxruntime-web") ort.env.wasm.numThreads = Number(threads);
const session = await ort.InferenceSession.create(file, {
  executionProviders: [packageName === "onnxruntime-web" ? "wasm" : "cpu"],
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
});
const batch = Number(/-inf(\d+)/.exec(workload)[1]);
const shape = [batch, ...(workload.startsWith("lenet") ? [1, 28, 28] : [3, 32, 32])];
const size = shape.reduce((product, extent) => product * extent, 1);
const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
const input = new ort.Tensor("float32", values, shape);
const run = async () => {
  const { output } = await session.run({ input });
  await output.getData();
};
await report({
  peer: `${packageName} ${ort.env.versions.common}`,
  workload,
  threads: Number(threads),
  batch,
  run,
  steps: Number(steps),
  repeats: batch === 1 ? 50 : 1,
});
