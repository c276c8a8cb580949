import {
  Adadelta,
  Adafactor,
  Muon,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  NAdam,
  type Optimizer,
  RAdam,
  RMSprop,
  Rprop,
  SGD,
} from "@tapegrad/optim";
import type { Tensor } from "@tapegrad/tensor";
import { goldenTensor, type GoldenTensor } from "@tapegrad/test-support";

/** An optimizer made from options under their names here. */
type Create = (params: readonly Tensor[], options: never) => Optimizer<{ lr: number }>;

/** Our optimizers by PyTorch's names. */
export const torchOptimizers: Readonly<Record<string, Create>> = {
  Adadelta: (params, options) => new Adadelta(params, options),
  Adafactor: (params, options) => new Adafactor(params, options),
  Adagrad: (params, options) => new Adagrad(params, options),
  Adam: (params, options) => new Adam(params, options),
  AdamW: (params, options) => new AdamW(params, options),
  ASGD: (params, options) => new ASGD(params, options),
  Adamax: (params, options) => new Adamax(params, options),
  Muon: (params, options) => new Muon(params, options),
  NAdam: (params, options) => new NAdam(params, options),
  RAdam: (params, options) => new RAdam(params, options),
  RMSprop: (params, options) => new RMSprop(params, options),
  Rprop: (params, options) => new Rprop(params, options),
  SGD: (params, options) => new SGD(params, options),
};

/** What chooses between PyTorch's implementations and not between results, and the class of a schedule. */
const implementation = new Set(["foreach", "capturable", "differentiable", "fused", "cls"]);

/** PyTorch's options or state under their names here. */
export function torchOptions(options: Readonly<Record<string, unknown>>): never {
  const entries = Object.entries(options).filter(([key]) => !implementation.has(key));
  return Object.fromEntries(
    entries.map(([key, value]) => [key.replace(/_(\w)/g, (__, letter: string) => letter.toUpperCase()), value]),
  ) as never;
}

export function parameterLike(golden: GoldenTensor): Tensor {
  return goldenTensor(golden, { requiresGrad: true });
}
