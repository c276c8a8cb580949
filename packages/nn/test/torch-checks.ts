import { backward } from "@tapegrad/autograd";
import * as nn from "@tapegrad/nn";
import { Tensor } from "@tapegrad/tensor";
import { type GoldenKinds, goldenTensor, type GoldenTensor, type GoldenTensors } from "@tapegrad/test-support";
import { expectClose } from "@tapegrad/testing";
import { expect } from "vitest";
import { buildModule, fieldName, functionArguments } from "./torch-modules.ts";

/** What PyTorch computed for a layer or loss, and how it was made. */
type TorchCase<K extends "module" | "loss"> = GoldenKinds[K] & {
  readonly op: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly note?: string;
};

/** Checks a layer: state-dict keys, outputs, all gradients, and the buffers afterwards. */
export function checkModule(golden: TorchCase<"module">): void {
  const { returnsIndices, module } = buildModule(golden.op, golden.args ?? {}, golden.note);
  module.loadStateDict(stateOf(golden.params, golden.buffers));
  module.train(golden.mode === "train");
  const input = golden.inputs[0]!;
  const x = goldenTensor(input, { requiresGrad: input.dtype.startsWith("float") });
  const outputs = returnsIndices ? (module as nn.MaxPool2d).forwardWithIndices(x) : [module.forward(x)];
  expect(outputs).toHaveLength(golden.outputs.length);
  for (const [i, output] of outputs.entries()) expectClose(output, golden.outputs[i]!);
  backward(outputs[0]!, { gradient: goldenTensor(golden.gradOutput) });
  if (golden.gradInputs[0]) expectClose(x.grad!, golden.gradInputs[0]);
  const parameters = new Map(module.namedParameters());
  expect([...parameters.keys()].sort()).toEqual(Object.keys(golden.gradParams).sort());
  for (const [key, gradient] of Object.entries(golden.gradParams)) expectClose(parameters.get(key)!.grad!, gradient);
  expectBuffers(module, golden.buffersAfter);
}

/** Checks a loss and the gradient of its first input. */
export function checkLoss(golden: TorchCase<"loss"> & { readonly more?: readonly GoldenTensor[] }): void {
  const loss = buildModule(golden.op, golden.args ?? {}).module as unknown as {
    forward(...inputs: readonly Tensor[]): Tensor;
  };
  const input = goldenTensor(golden.input, { requiresGrad: true });
  const others = [golden.target, ...(golden.more ?? [])].map((each) => goldenTensor(each));
  const output = loss.forward(input, ...others);
  expectClose(output, golden.output);
  backward(output, { gradient: goldenTensor(golden.gradOutput) });
  expectClose(input.grad!, golden.gradInput);
}

/** What PyTorch computed with a function of `torch.nn.functional`. */
interface FunctionCase {
  readonly op: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly inputs: GoldenTensors;
  readonly outputs: readonly GoldenTensor[];
  readonly gradOutput: GoldenTensor;
  readonly gradients: GoldenTensors;
  readonly after: GoldenTensors;
}

/** Checks a function: outputs, all gradients, and statistics as it leaves them. */
export function checkFunction(golden: FunctionCase): void {
  const inputs = Object.fromEntries(
    Object.entries(golden.inputs).map(([name, value]) => [
      name,
      goldenTensor(value, { requiresGrad: name in golden.gradients }),
    ]),
  );
  const call = (nn.functional as unknown as Record<string, (...args: unknown[]) => unknown>)[fieldName(golden.op)]!;
  const result = call(...functionArguments(golden.op, { ...inputs, ...golden.args }));
  const outputs = result instanceof Tensor ? [result] : (result as readonly Tensor[]);
  expect(outputs).toHaveLength(golden.outputs.length);
  for (const [i, output] of outputs.entries()) expectClose(output, golden.outputs[i]!);
  backward(outputs[0]!, { gradient: goldenTensor(golden.gradOutput) });
  for (const [name, gradient] of Object.entries(golden.gradients)) expectClose(inputs[name]!.grad!, gradient);
  for (const [name, value] of Object.entries(golden.after)) expectClose(inputs[name]!, value);
}

/** A state dict of golden tensors on the current device. */
export function stateOf(...parts: readonly GoldenTensors[]): Map<string, Tensor> {
  return new Map(
    parts.flatMap((part) => Object.entries(part).map(([key, value]) => [key, goldenTensor(value)] as const)),
  );
}

/** Checks that a module has these buffers and no others. */
export function expectBuffers(module: nn.Module, expected: GoldenTensors): void {
  const buffers = new Map(module.namedBuffers());
  expect([...buffers.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [key, value] of Object.entries(expected)) expectClose(buffers.get(key)!, value);
}
