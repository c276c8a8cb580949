import { TensorDataset } from "@tapegrad/data";
import { BatchNorm1d, Dropout, Linear, ReLU, Sequential } from "@tapegrad/nn";
import { Generator, manualSeed, randn, tensor } from "@tapegrad/tensor";

/** Points around as many centres as there are classes. */
export function points(count: number, seed = 0): TensorDataset {
  const generator = new Generator(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const noise = randn([count, 4], { generator }).dataSync();
  const values = Float32Array.from(noise, (value, i) => 0.5 * value + (i % 4 === labels[Math.floor(i / 4)] ? 2 : 0));
  return new TensorDataset(tensor(values, { shape: [count, 4] }), tensor(labels));
}

/** A small network with everything that draws or counts. */
export function network(seed = 1): Sequential {
  manualSeed(seed);
  return new Sequential(new Linear(4, 16), new BatchNorm1d(16), new ReLU(), new Dropout(0.2), new Linear(16, 3));
}
