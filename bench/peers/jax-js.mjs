// usage: node jax-js.mjs WORKLOAD THREADS STEPS
// The reference training steps in jax-js, jitted, on its WebAssembly backend.
import { defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import { report } from "./timing.mjs";

const [workload, , steps] = [process.argv[2], process.argv[3], Number(process.argv[4])];
if (workload !== "lenet" && workload !== "resnet") process.exit(2);
await init("wasm");
defaultDevice("wasm");

const isLenet = workload === "lenet";
const [batch, shape] = isLenet ? [64, [1, 28, 28]] : [32, [3, 32, 32]];
let keys = 1;
const key = () => random.key(keys++);
const normal = (dims, scale) => random.normal(key(), dims).mul(scale);

const parameters = {};
const addConv = (name, outputs, inputs, size = 3) => {
  parameters[name] = normal([outputs, inputs, size, size], Math.sqrt(2 / (inputs * size * size)));
};
const addNorm = (name, channels) => {
  parameters[`${name}g`] = np.ones([channels]);
  parameters[`${name}b`] = np.zeros([channels]);
};
if (isLenet) {
  addConv("c1", 16, 1);
  parameters.c1b = np.zeros([16]);
  addNorm("n1", 16);
  addConv("c2", 32, 16);
  parameters.c2b = np.zeros([32]);
  addNorm("n2", 32);
  Object.assign(parameters, {
    w1: normal([1568, 128], 0.03),
    v1: np.zeros([128]),
    w2: normal([128, 10], 0.1),
    v2: np.zeros([10]),
  });
} else {
  addConv("c", 16, 3);
  addNorm("n", 16);
  for (const [block, inputs, outputs] of [
    ["A", 16, 16],
    ["B", 16, 32],
    ["C", 32, 64],
  ]) {
    addConv(`${block}1`, outputs, inputs);
    addNorm(`${block}1n`, outputs);
    addConv(`${block}2`, outputs, outputs);
    addNorm(`${block}2n`, outputs);
    if (inputs !== outputs) {
      addConv(`${block}s`, outputs, inputs, 1);
      addNorm(`${block}sn`, outputs);
    }
  }
  Object.assign(parameters, { w: normal([64, 10], 0.1), v: np.zeros([10]) });
}

const batchNorm = (x, g, b) => {
  const c = g.shape[0];
  const centred = x.sub(x.ref.mean([0, 2, 3]).reshape([c, 1, 1]));
  const variance = np.square(centred.ref).mean([0, 2, 3]).reshape([c, 1, 1]);
  return centred.mul(g.reshape([c, 1, 1]).div(np.sqrt(variance.add(1e-5)))).add(b.reshape([c, 1, 1]));
};
const conv = (x, w, stride = 1) => {
  const padding =
    w.shape[2] === 1
      ? [
          [0, 0],
          [0, 0],
        ]
      : stride === 2
        ? [
            [1, 1],
            [1, 1],
          ]
        : "SAME";
  return lax.convGeneralDilated(x, w, [stride, stride], padding);
};
const pool = (x) => lax.reduceWindow(x, (window) => np.max(window), [2, 2], [2, 2]);
const dropout = (x, p, k) => np.where(random.uniform(k, x.shape).less(1 - p), x.div(1 - p), 0);

function lenet(p, x, k1, k2) {
  x = pool(nn.relu(batchNorm(conv(x, p.c1).add(p.c1b.reshape([16, 1, 1])), p.n1g, p.n1b)));
  x = pool(nn.relu(batchNorm(conv(x, p.c2).add(p.c2b.reshape([32, 1, 1])), p.n2g, p.n2b)));
  x = dropout(x.reshape([batch, 1568]), 0.25, k1);
  x = dropout(nn.relu(np.dot(x, p.w1).add(p.v1)), 0.5, k2);
  return np.dot(x, p.w2).add(p.v2);
}

function resnet8(p, x, k1, k2) {
  k1.dispose?.();
  k2.dispose?.();
  x = nn.relu(batchNorm(conv(x, p.c), p.ng, p.nb));
  for (const [block, stride] of [
    ["A", 1],
    ["B", 2],
    ["C", 2],
  ]) {
    const shortcut =
      stride === 1 ? x.ref : batchNorm(conv(x.ref, p[`${block}s`], 2), p[`${block}sng`], p[`${block}snb`]);
    const first = nn.relu(batchNorm(conv(x, p[`${block}1`], stride), p[`${block}1ng`], p[`${block}1nb`]));
    x = nn.relu(batchNorm(conv(first, p[`${block}2`]), p[`${block}2ng`], p[`${block}2nb`]).add(shortcut));
  }
  return np.dot(x.mean([2, 3]), p.w).add(p.v);
}

const net = isLenet ? lenet : resnet8;
const lossOf = (p, x, y, k1, k2) => np.mean(np.sum(nn.logSoftmax(net(p, x, k1, k2)).mul(y), 1)).neg();
const step = jit((p, m, x, y, k1, k2) => {
  const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(p), x, y, k1, k2);
  const [nextM, nextP] = [{}, {}];
  for (const name in m) {
    nextM[name] = m[name].mul(0.9).add(gradients[name]);
    nextP[name] = p[name].sub(nextM[name].ref.mul(0.05));
  }
  return [nextP, nextM, loss];
});

let [p, m] = [parameters, {}];
for (const name in parameters) m[name] = np.zeros(parameters[name].shape);
const x = random.normal(key(), [batch, ...shape]);
const y = nn.oneHot(np.array(Int32Array.from({ length: batch }, (_, i) => i % 10)), 10);
const run = async () => {
  let loss;
  [p, m, loss] = step(p, m, x.ref, y.ref, key(), key());
  await loss.data();
};
await report({ peer: "jax-js wasm", workload, threads: 1, batch, run, steps });
