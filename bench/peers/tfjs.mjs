// usage: node tfjs.mjs WORKLOAD THREADS STEPS
// The reference workloads in TensorFlow.js on its WebAssembly backend. That backend has no kernel for a convolution's
// weight gradient, so one built from its own convolution is supplied; without it these nets cannot be trained there.
import { createRequire } from "node:module";
import { report } from "./timing.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
const [workload, threads, steps] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

wasm.setWasmPaths(new URL("node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/", import.meta.url).pathname);
tf.env().set("WASM_HAS_SIMD_SUPPORT", true);
// Its threads start in pages only.
const threaded = typeof document === "object" && threads > 1;
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threaded);
if (threaded) wasm.setThreadsCount(threads);

/** dW = conv of x with dy, where the pictures of the batch are the channels that are summed over. */
tf.registerKernel({
  kernelName: "Conv2DBackpropFilter",
  backendName: "wasm",
  kernelFunc: ({ inputs: { x, dy }, attrs: { strides, pad, filterShape } }) => {
    const stride = Array.isArray(strides) ? strides[0] : strides;
    const [kh, kw] = filterShape;
    return tf.tidy(() => {
      const engine = tf.engine();
      const [input, gradient] = [engine.makeTensorFromTensorInfo(x), engine.makeTensorFromTensorInfo(dy)];
      engine.backend.incRef(x.dataId);
      engine.backend.incRef(dy.dataId);
      const total = pad === "same" ? Math.max((dy.shape[1] - 1) * stride + kh - x.shape[1], 0) : 0;
      const [before, after] = [total >> 1, total - (total >> 1)];
      let pictures = tf.transpose(input, [3, 1, 2, 0]);
      if (total > 0)
        pictures = tf.pad(pictures, [
          [0, 0],
          [before, after],
          [before, after],
          [0, 0],
        ]);
      let result = tf.conv2d(pictures, tf.transpose(gradient, [1, 2, 0, 3]), 1, "valid", "NHWC", stride);
      if (result.shape[1] !== kh || result.shape[2] !== kw) {
        result = tf.slice(result, [0, 0, 0, 0], [result.shape[0], kh, kw, result.shape[3]]);
      }
      return tf.transpose(result, [1, 2, 0, 3]);
    });
  },
});

await tf.setBackend("wasm");
await tf.ready();

const { layers } = tf;
const conv = (filters, options = {}) => layers.conv2d({ filters, kernelSize: 3, padding: "same", ...options });

function lenet() {
  return tf.sequential({
    layers: [
      conv(16, { inputShape: [28, 28, 1] }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.maxPooling2d({ poolSize: 2 }),
      conv(32),
      layers.batchNormalization(),
      layers.reLU(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dropout({ rate: 0.25 }),
      layers.dense({ units: 128, activation: "relu" }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
}

function resnet8() {
  const input = tf.input({ shape: [32, 32, 3] });
  const norm = (x) => layers.batchNormalization().apply(x);
  const relu = (x) => layers.reLU().apply(x);
  const block = (x, filters, strides) => {
    const first = relu(norm(conv(filters, { strides, useBias: false }).apply(x)));
    const second = norm(conv(filters, { useBias: false }).apply(first));
    const shortcut = strides === 1 ? x : norm(conv(filters, { kernelSize: 1, strides, useBias: false }).apply(x));
    return relu(layers.add().apply([second, shortcut]));
  };
  let x = relu(norm(conv(16, { useBias: false }).apply(input)));
  for (const [filters, strides] of [
    [16, 1],
    [32, 2],
    [64, 2],
  ])
    x = block(x, filters, strides);
  const pooled = layers.globalAveragePooling2d({}).apply(x);
  return tf.model({ inputs: input, outputs: layers.dense({ units: 10, activation: "softmax" }).apply(pooled) });
}

const isLenet = workload.startsWith("lenet");
const model = isLenet ? lenet() : resnet8();
model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: "categoricalCrossentropy" });
const pictures = /-inf(\d+)/.exec(workload)?.[1];
const batch = pictures === undefined ? (isLenet ? 64 : 32) : Number(pictures);
const x = tf.randomNormal([batch, ...(isLenet ? [28, 28, 1] : [32, 32, 3])]);
const y = tf.oneHot(
  tf.tensor1d(
    Array.from({ length: batch }, (_, i) => i % 10),
    "int32",
  ),
  10,
);
const run = async () => {
  if (pictures === undefined) return model.trainOnBatch(x, y);
  const output = model.predictOnBatch(x);
  await output.data();
  output.dispose();
};
await report({ peer: "TensorFlow.js wasm", workload, threads: 1, batch, run, steps, repeats: batch === 1 ? 20 : 1 });
