import { backward, detectAnomaly } from "@tapegrad/autograd";
import { DataLoader, TensorDataset } from "@tapegrad/data";
import { overfitOneBatch } from "@tapegrad/inspect";
import { Linear } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { crossEntropy, manualSeed, mul, randn, tensor } from "@tapegrad/tensor";

export function lossOf(logits, targets) {
  return crossEntropy(logits, targets);
}

manualSeed(0);
const inputs = mul(randn([10, 20]), 200); // pixels that nobody scaled
const targets = tensor(new Int32Array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]));
const model = new Linear(20, 3);

detectAnomaly(() => backward(lossOf(model.forward(inputs), targets)));

const optimizer = new SGD(model.parameters(), { lr: 1e-3 });
const loader = new DataLoader(new TensorDataset(inputs, targets), { batchSize: 10 });
export const report = await overfitOneBatch(model, { loss: lossOf, optimizer, loader });
console.log(`loss from ${report.losses[0].toFixed(2)} to ${report.losses.at(-1).toFixed(2)}`);
