import { backward } from "@tapegrad/autograd";
import type { Batch } from "@tapegrad/data";
import { LeNet } from "@tapegrad/models/lenet";
import { Adam } from "@tapegrad/optim/adam";
import { defaultGenerator, manualSeed, type Tensor } from "@tapegrad/tensor";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";

/** LeNet with batch norm and dropout, and what trains it. */
export class Network {
  readonly model: LeNet = new LeNet();
  readonly optimizer: Adam = new Adam(this.model.parameters(), { lr: 2e-3 });

  /** A network of which the seed decides everything: first weights, and dropout from here on. */
  static seeded(seed: number): Network {
    manualSeed(seed);
    return new Network();
  }

  /** One step of training, in whatever mode the model is. */
  step({ inputs, targets }: Batch): Tensor {
    const loss = crossEntropy(this.model.forward(inputs), targets);
    this.optimizer.zeroGrad();
    backward(loss);
    this.optimizer.step();
    return loss;
  }

  /** Another network that goes on from where this one is; both share nothing. */
  copy(): Network {
    const generator = defaultGenerator();
    const before = generator.getState();
    const copy = new Network();
    generator.setState(before);
    copy.model.loadStateDict(this.model.stateDict());
    copy.optimizer.loadStateDict(this.optimizer.stateDict());
    copy.model.train(this.model.training);
    return copy;
  }
}
