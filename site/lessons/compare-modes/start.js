import { BatchNorm1d, Linear, ReLU, Sequential, compareModes, updateBatchNorm } from "@tapegrad/nn";
import { add, manualSeed, mul, randn } from "@tapegrad/tensor";

manualSeed(0);
export const model = new Sequential({
  first: new Linear(4, 16),
  firstNorm: new BatchNorm1d(16),
  relu: new ReLU(),
  second: new Linear(16, 16),
  secondNorm: new BatchNorm1d(16, { momentum: 0 }),
  last: new Linear(16, 3),
});
const batches = Array.from({ length: 100 }, () => add(mul(randn([32, 4]), 2), 5));
for (const batch of batches) model.forward(batch);

const before = await compareModes(model, batches[0]);
console.log(before.toString());

export const atFault = "?";

const after = await compareModes(model, batches[0]);
console.log(after.verdict);
