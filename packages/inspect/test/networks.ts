import { backward } from "@tapegrad/autograd";
import { BatchNorm1d, Linear, ReLU, Sequential } from "@tapegrad/nn";
import type { SGD } from "@tapegrad/optim";
import { crossEntropy, randn, type Tensor, tensor } from "@tapegrad/tensor";

/** Four numbers to three classes, with batch norms at `1` and `4`. */
export function network(): Sequential {
  return new Sequential(new Linear(4, 5), new BatchNorm1d(5), new ReLU(), new Linear(5, 3), new BatchNorm1d(3));
}

export const classes = (): Tensor => tensor([0, 1, 2, 0, 1, 2, 0, 1], { dtype: "int32" });

/** A step of training, as people write it. */
export function learn(model: Sequential, optimizer: SGD, x: Tensor = randn([8, 4])): void {
  optimizer.zeroGrad();
  backward(crossEntropy(model.forward(x), classes()));
  optimizer.step();
}
