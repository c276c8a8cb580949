// usage: tsx bench/kernels.ts [--threads N]     (node --experimental-wasm-relaxed-simd --import tsx … for relaxed SIMD on Node 20)
// Times the kernels that training spends its time in, against the peak of the engine's SIMD measured in the same run.
import {
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  matmul,
  randn,
  setFusion,
  setThreads,
  useDevice,
} from "@tapegrad/tensor";
import { simdPeak } from "./simd-peak.ts";

const flag = process.argv.indexOf("--threads");
const threads = flag < 0 ? 1 : Number(process.argv[flag + 1]);

/** Median and best time of a call, in milliseconds, once the engine has optimised it. */
async function time(call: () => { dispose(): void }): Promise<{ readonly median: number; readonly best: number }> {
  const times: number[] = [];
  for (let i = 0; i < 45; i++) {
    const start = performance.now();
    call().dispose();
    times.push(performance.now() - start);
    // The engine compiles in the background.
    if (i === 10) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const settled = times.slice(20).sort((a, b) => a - b);
  return { median: settled[settled.length >> 1]!, best: settled[0]! };
}

function show({ median, best }: { readonly median: number; readonly best: number }, flop: number): string {
  const rate = (ms: number): string => (flop / ms / 1e6).toFixed(1).padStart(5);
  return `${median.toFixed(3).padStart(7)} ms ${rate(median)} (best ${rate(best)}) GFLOPS`;
}

/** A convolution of a reference network: images, channels in and out, side of the image, kernel, stride. */
interface Layer {
  readonly name: string;
  readonly images: number;
  readonly from: number;
  readonly to: number;
  readonly side: number;
  readonly kernel: number;
  readonly stride: number;
}

const layers: readonly Layer[] = [
  { name: "lenet-bn 1→16 @28", images: 64, from: 1, to: 16, side: 28, kernel: 3, stride: 1 },
  { name: "lenet-bn 16→32 @14", images: 64, from: 16, to: 32, side: 14, kernel: 3, stride: 1 },
  { name: "resnet8 3→16 @32", images: 32, from: 3, to: 16, side: 32, kernel: 3, stride: 1 },
  { name: "resnet8 16→16 @32", images: 32, from: 16, to: 16, side: 32, kernel: 3, stride: 1 },
  { name: "resnet8 16→32 /2", images: 32, from: 16, to: 32, side: 32, kernel: 3, stride: 2 },
  { name: "resnet8 32→32 @16", images: 32, from: 32, to: 32, side: 16, kernel: 3, stride: 1 },
  { name: "resnet8 16→32 1×1 /2", images: 32, from: 16, to: 32, side: 32, kernel: 1, stride: 2 },
  { name: "resnet8 32→64 /2", images: 32, from: 32, to: 64, side: 16, kernel: 3, stride: 2 },
  { name: "resnet8 64→64 @8", images: 32, from: 64, to: 64, side: 8, kernel: 3, stride: 1 },
];

/** Products of the reference networks' linear layers, and the usual yardstick: m, n, k. */
const products: readonly (readonly [number, number, number])[] = [
  [512, 512, 512],
  [64, 128, 1568],
  [64, 1568, 128],
  [128, 1568, 64],
  [64, 10, 128],
];

await useDevice("wasm");
setThreads(threads);
// Else convolutions would wait for what follows them.
setFusion(false);
const peak = simdPeak();
console.log(
  `${peak.relaxed ? "relaxed" : "plain"} SIMD, peak ${peak.gflops.toFixed(1)} GFLOPS on one thread; ${threads} thread(s)\n`,
);

for (const [m, n, k] of products) {
  const [a, b] = [randn([m, k]), randn([k, n])];
  const measured = await time(() => matmul(a, b));
  const share = (ms: number): string => ((2 * m * n * k) / ms / 1e6 / peak.gflops).toFixed(2);
  console.log(
    `matmul ${`${m}×${k}·${k}×${n}`.padEnd(21)} ${show(measured, 2 * m * n * k)}, ${share(measured.median)} (best ${share(measured.best)}) of the peak`,
  );
}

for (const { name, images, from, to, side, kernel, stride } of layers) {
  const options = { padding: kernel >> 1, stride };
  const [x, weight] = [randn([images, from, side, side]), randn([to, from, kernel, kernel])];
  const y = conv2d(x, weight, null, options);
  const flop = 2 * y.size * from * kernel * kernel;
  console.log(`\n${name}`);
  console.log(`  forward          ${show(await time(() => conv2d(x, weight, null, options)), flop)}`);
  console.log(`  input gradient   ${show(await time(() => conv2dInputGrad(y, weight, x.shape, options)), flop)}`);
  console.log(`  weight gradient  ${show(await time(() => conv2dWeightGrad(y, x, weight.shape, options)), flop)}`);
}
process.exit(0);
