import type { Mutant } from "./mutant.ts";

const golden = "packages/nn/test/golden.test.ts";
const laws = "packages/testing/test/laws.test.ts";

/** Mistakes in kernels of both kinds. */
export const kernelMutants: readonly Mutant[] = [
  {
    name: "momentum-reversed",
    breaks: "momentum is the weight of the new batch, not of the old value",
    file: "packages/tensor/wasm-src/lib/batch-norm-statistics.ts",
    find: "(1 - alpha) * load<f32>(runningMean + i) + alpha * load<f32>(mean + i)",
    replace: "alpha * load<f32>(runningMean + i) + (1 - alpha) * load<f32>(mean + i)",
    tests: [golden, laws],
  },
  {
    name: "momentum-reversed-on-gpu",
    breaks: "momentum is the weight of the new batch on gpu devices too",
    file: "packages/tensor/src/kernels/batch-norm-statistics.ts",
    find: "return (1.0 - alpha) * r[this.thread.x] + alpha * ${factor}b[this.thread.x];",
    replace: "return alpha * r[this.thread.x] + (1.0 - alpha) * ${factor}b[this.thread.x];",
    tests: [golden],
  },
  {
    name: "cumulative-average-counts-late",
    breaks: "with momentum null the first batch weighs 1",
    file: "packages/tensor/wasm-src/lib/batch-norm-statistics.ts",
    find: "alpha = <f32>1 / <f32>seen;",
    replace: "alpha = <f32>1 / <f32>(seen + 1);",
    tests: [golden],
  },
  {
    name: "batches-not-counted",
    breaks: "num_batches_tracked counts the batches",
    file: "packages/tensor/wasm-src/lib/batch-norm-statistics.ts",
    find: "    store<i32>(count, seen);\n",
    replace: "",
    tests: [golden, laws],
  },
  {
    name: "rest-of-the-mean-forgotten",
    breaks: "normalisation subtracts what the mean lost by rounding, too",
    file: "packages/tensor/wasm-src/lib/batch-norm-normalize.ts",
    find: "shiftOf(bias ? bias + channel : 0, rest ? rest + channel : 0, factor));\n    const offset",
    replace: "shiftOf(bias ? bias + channel : 0, 0, factor));\n    const offset",
    tests: ["packages/tensor/test/batch-norm.test.ts"],
  },
  {
    name: "addresses-shifted-with-sign",
    breaks: "kernels find their tables beyond 2 GiB",
    file: "packages/tensor/src/devices/wasm/device.ts",
    find: "const first = ptr >>> 2;\n        // A loop",
    replace: "const first = ptr >> 2;\n        // A loop",
    tests: ["test/high-memory.test.ts"],
  },
  {
    name: "sums-of-a-plane-in-one-chain",
    breaks: "variances of large planes are as exact as of small ones",
    file: "packages/tensor/wasm-src/lib/batch-norm-statistics.ts",
    find: "const rest = left - min(CHAIN, left & ~7);\n        let s0 = f32x4.splat(0), s1 = s0, q0",
    replace: "const rest = left & 7;\n        let s0 = f32x4.splat(0), s1 = s0, q0",
    tests: ["packages/tensor/test/long-sums.test.ts"],
  },
  {
    name: "variance-in-one-pass",
    breaks: "a mean that is large beside the deviation does no harm",
    file: "packages/tensor/wasm-src/lib/batch-norm-statistics.ts",
    find: "const origin = planeMean(first, inner);",
    replace: "const origin: f32 = 0;",
    tests: [golden, "packages/tensor/test/batch-norm.test.ts"],
  },
  {
    name: "max-pooling-takes-the-last",
    breaks: "of equal values the first takes the gradient",
    file: "packages/tensor/wasm-src/max-pool2d.ts",
    find: "if (place < 0 || larger(value, best)) {",
    replace: "if (place < 0 || !larger(best, value)) {",
    tests: ["packages/tensor/test/pool2d.test.ts", golden],
  },
  {
    name: "max-pooling-starts-at-zero",
    breaks: "the padding of max pooling is −∞",
    file: "packages/tensor/wasm-src/max-pool2d.ts",
    find: "if (place < 0 || larger(value, best)) {",
    replace: "if (place < 0) best = 0;\n          if (larger(value, best)) {",
    tests: ["packages/tensor/test/pool2d.test.ts", golden],
  },
  {
    name: "softmax-without-the-largest",
    breaks: "softmax of large numbers does not overflow",
    file: "packages/tensor/wasm-src/softmax.ts",
    find: "  let sum: f64 = 0;\n  let s = f32x4.splat(0);",
    replace: "  m = f32x4.splat(0);\n  let sum: f64 = 0;\n  let s = f32x4.splat(0);",
    tests: ["packages/tensor/test/softmax.test.ts", golden],
  },
  {
    name: "softmax-without-the-largest-on-gpu",
    breaks: "softmax of large numbers does not overflow on gpu devices",
    file: "packages/tensor/src/kernels/softmax.ts",
    find: "return m;\n}`;",
    replace: "return 0.0;\n}`;",
    tests: ["packages/tensor/test/softmax.test.ts", golden],
  },
];
