// usage: tsx bench/large-checkpoint.ts CHECKPOINT PICTURE.f32 [EVAL.f32 TRAIN.f32] [--whole]
// ResNet-152 built, loaded and run on one picture in both modes: times, peak memory, and how far logits are from PyTorch's.
// With --whole, all tensors of the checkpoint are read before the first one is copied into the model.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { findStateDict, loadInto, loadTorch, readTorch } from "@tapegrad/formats";
import { resnet152 } from "@tapegrad/models";
import { withoutModeGuard } from "@tapegrad/nn";
import { fromHost, noGrad, setThreads, useDevice } from "@tapegrad/tensor";

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { whole: { type: "boolean" } } });
const [checkpoint = "", picture = "", ...expected] = positionals;
const floats = (path: string): Float32Array => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
setThreads(Number(process.env["TAPEGRAD_THREADS"] ?? 1));
await useDevice("wasm");

const model = timed("build", () => resnet152());
const start = performance.now();
if (options.whole) model.loadStateDict(await loadTorch(checkpoint));
else await loadInto(model, findStateDict(await readTorch(checkpoint)));
report("load", performance.now() - start);

const x = fromHost(floats(picture), [1, 3, 224, 224]);
for (const [i, mode] of (["eval", "train"] as const).entries()) {
  model.train(mode === "train");
  const times: number[] = [];
  for (let round = 0; round < (mode === "eval" ? 5 : 1); round++) {
    const begin = performance.now();
    const logits = await withoutModeGuard(() => noGrad(() => model.forward(x))).data();
    times.push(performance.now() - begin);
    if (round === 0 && expected[i] !== undefined)
      console.log(
        `${mode}: relative difference ${difference(logits as Float32Array, floats(expected[i]!)).toExponential(1)}`,
      );
  }
  report(`forward, ${mode}, first`, times[0]!);
  report(`forward, ${mode}, best`, Math.min(...times));
}
process.exit(0);

function timed<T>(name: string, fn: () => T): T {
  const begin = performance.now();
  const result = fn();
  report(name, performance.now() - begin);
  return result;
}

function report(what: string, ms: number): void {
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${what}: ${Math.round(ms)} ms; peak ${peak} MB, now ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`,
  );
}

/** ‖actual − expected‖ / ‖expected‖ */
function difference(actual: Float32Array, wanted: Float32Array): number {
  let [squares, norm] = [0, 0];
  for (const [i, value] of wanted.entries()) {
    squares += (actual[i]! - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(squares / norm);
}
