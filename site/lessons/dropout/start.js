import { greaterEqual, mean, mul, ones, rand } from "@tapegrad/tensor";

export function dropout(x, p, training) {
  const keep = greaterEqual(rand(x.shape), p);
  return mul(x, keep);
}

const x = ones([10_000]);
console.log("mean while training", await mean(dropout(x, 0.25, true)).item());
console.log("mean in eval mode  ", await mean(dropout(x, 0.25, false)).item());
