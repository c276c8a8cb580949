import { BatchNorm2d } from "@tapegrad/nn";
import { add, amax, abs, div, mean, randn, sqrt, sub, variance } from "@tapegrad/tensor";

const axes = [0, 2, 3];

export function normalise(x) {
  const mu = mean(x, axes, { keepDim: true });
  const sigma2 = variance(x, axes, { keepDim: true });
  return div(sub(x, mu), sqrt(add(sigma2, 1e-5)));
}

const batch = randn([4, 2, 3, 3]);
const layer = new BatchNorm2d(2);
const gap = amax(abs(sub(normalise(batch), layer.forward(batch))));
console.log("largest difference from the layer:", await gap.item());
