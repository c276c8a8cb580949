import { Module } from "@tapegrad/nn/module";
import { Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** Examples to learn from, along the first axis: what loaders of `@tapegrad/data` give. */
export interface Examples {
  readonly inputs: Tensor;
  /** What should come out: int32 `[n]` for classes. */
  readonly targets: Tensor;
}

/** A loss of outputs and targets: a function, or a module such as `CrossEntropyLoss`. Its value is a mean over the batch. */
export type Loss =
  | ((outputs: Tensor, targets: Tensor) => Tensor)
  | (Module & { forward(outputs: Tensor, targets: Tensor): Tensor });

/** The loss as a function. @throws ValueError naming the caller if it is none; so does the function of what it answers with. */
export function lossFunction(caller: string, loss: Loss): (outputs: Tensor, targets: Tensor) => Tensor {
  if (typeof loss !== "function" && !(loss instanceof Module))
    throw new ValueError(
      `${caller}: loss must be a function of outputs and targets, or a module such as CrossEntropyLoss, got ${showValue(loss)}`,
    );
  return (outputs, targets) =>
    checkLoss(caller, "loss", loss instanceof Module ? loss.forward(outputs, targets) : loss(outputs, targets));
}

/** The mean loss of a batch. @throws ValueError naming the caller and who made it unless it is a tensor of one number. */
export function checkLoss(caller: string, maker: string, loss: Tensor): Tensor {
  if (!(loss instanceof Tensor && loss.size === 1 && loss.dtype === "float32"))
    throw new ValueError(
      `${caller}: ${maker} must return the mean loss, a tensor of one number, got ${showValue(loss)}`,
    );
  return loss;
}

/** @throws ValueError naming the caller and option unless it can be looped over asynchronously. */
export function checkLoader(caller: string, name: string, loader: unknown): void {
  if (typeof (Object(loader) as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function") return;
  throw new ValueError(`${caller}: ${name} must be a DataLoader or another async iterable, got ${showValue(loader)}`);
}

/** @throws ValueError naming the caller unless the batch has inputs and targets. */
export function checkBatch(caller: string, batch: unknown): asserts batch is Examples {
  const { inputs, targets } = Object(batch) as Partial<Examples>;
  if (inputs instanceof Tensor && targets instanceof Tensor && inputs.rank > 0) return;
  throw new ValueError(`${caller}: expected batches { inputs, targets } of tensors, got ${showValue(batch)}`);
}

/** @throws ValueError naming the caller unless it is a module. */
export function checkModel(caller: string, model: unknown): void {
  if (!(model instanceof Module)) throw new ValueError(`${caller}: model must be a Module, got ${showValue(model)}`);
}

/** @throws ValueError naming the caller unless it is a module that is at least partly in train mode. */
export function checkTrainable(caller: string, model: unknown): void {
  checkModel(caller, model);
  if (!(model as Module).modules().every(({ training }) => !training)) return;
  throw new ValueError(
    `${caller}: the whole model is in eval mode, in which dropout does nothing and batch norms learn no statistics. ` +
      "Call model.train() first; freeze() holds parts in eval mode",
  );
}
