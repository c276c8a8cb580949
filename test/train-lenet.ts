import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { LeNet } from "@tapegrad/models/lenet";
import { SGD } from "@tapegrad/optim/sgd";
import { crossEntropy, manualSeed } from "@tapegrad/tensor";

/** How a training goes. */
export interface TrainOptions {
  readonly steps: number;
  readonly batchSize: number;
  /** @default 0.05 */
  readonly lr?: number;
}

/** Trains the reference network from one seed on the current device: its losses, and the parameters afterwards. */
export async function trainLeNet({
  steps,
  batchSize,
  lr = 0.05,
}: TrainOptions): Promise<{ readonly losses: number[]; readonly parameters: number[][] }> {
  manualSeed(11);
  const model = new LeNet();
  const optimizer = new SGD(model.parameters(), { lr, momentum: 0.9 });
  const losses: number[] = [];
  const digits = syntheticDigits({ count: steps * batchSize, seed: "training test" });
  for await (const { inputs, targets } of new DataLoader(digits, { batchSize, shuffle: true, seed: 1 })) {
    const loss = crossEntropy(model.forward(inputs), targets);
    optimizer.zeroGrad();
    backward(loss);
    optimizer.step();
    losses.push(await loss.item());
  }
  const parameters: number[][] = [];
  for (const parameter of model.parameters()) parameters.push([...(await parameter.data())]);
  return { losses, parameters };
}
