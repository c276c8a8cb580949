import { backward } from "@tapegrad/autograd";
import {
  Identity,
  Linear,
  Module,
  registerForwardHook,
  registerForwardPreHook,
  registerFullBackwardHook,
  Sequential,
} from "@tapegrad/nn";
import { memoryStats, mul, ones, scope, tensor, type Tensor } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

class Scale extends Module {
  readonly factor: number;

  constructor(factor: number) {
    super();
    this.factor = factor;
  }

  forward(x: Tensor): Tensor {
    return mul(x, this.factor);
  }
}

test("a forward hook sees inputs and output, in order of registration, and may replace the output", () => {
  const module = new Scale(2);
  const seen: unknown[] = [];
  registerForwardHook(module, (self, inputs, output) => {
    seen.push([self === module, [...(inputs[0] as Tensor).dataSync()], [...(output as Tensor).dataSync()]]);
  });
  registerForwardHook(module, (_, __, output) => mul(output as Tensor, 10));
  expectClose(module.forward(tensor([1, 2])), [20, 40]);
  expect(seen).toEqual([[true, [1, 2], [2, 4]]]);
});

test("a forward pre-hook may replace the inputs", () => {
  const module = new Sequential(new Scale(2));
  registerForwardPreHook(module.at(0), (_, [x]) => [mul(x as Tensor, 3)]);
  expectClose(module.forward(tensor([1])), [6]);
});

test("a hook that is always called is so when the forward throws, or a hook before it, and never twice", () => {
  const module = new Scale(2);
  const outputs: unknown[] = [];
  const handle = registerForwardHook(module, (_, __, output) => void outputs.push(output), { alwaysCall: true });
  registerForwardHook(module, () => void outputs.push("not always"));
  expect(() => module.forward(null as unknown as Tensor)).toThrow(/mul/);
  expect(outputs).toEqual([undefined]);
  module.forward(ones([1]));
  expect(outputs.slice(2)).toEqual(["not always"]);
  registerForwardHook(module, () => {
    throw new Error("later hook");
  });
  expect(() => module.forward(ones([1]))).toThrow("later hook");
  expect(outputs).toHaveLength(5);
  registerForwardPreHook(module, () => {
    throw new Error("earlier hook");
  });
  expect(() => module.forward(ones([1]))).toThrow("earlier hook");
  expect(outputs.at(-1)).toBeUndefined();
  handle.remove();
  expect(() => module.forward(ones([1]))).toThrow("earlier hook");
  expect(outputs).toHaveLength(6);
  expect(() => registerForwardHook(module, () => {}, { always: true } as object)).toThrow(/always/);
});

test("a removed hook is called no more, and the module is as it was before", () => {
  const module = new Scale(2);
  const { forward } = module;
  const keys = Object.keys(module);
  let calls = 0;
  const first = registerForwardHook(module, () => void calls++);
  const second = registerForwardPreHook(module, () => void calls++);
  module.forward(ones([1]));
  expect(calls).toBe(2);
  expect(Object.keys(module)).toEqual(keys);
  first.remove();
  first.remove();
  module.forward(ones([1]));
  expect(calls).toBe(3);
  second.remove();
  module.forward(ones([1]));
  expect(calls).toBe(3);
  expect(module.forward).toBe(forward);
  expect(Object.hasOwn(module, "forward")).toBe(false);
});

test("`using` takes a hook off at the end of the block", () => {
  const module = new Identity();
  let calls = 0;
  {
    using _handle = registerForwardHook(module, () => void calls++);
    module.forward(ones([1]));
  }
  module.forward(ones([1]));
  expect(calls).toBe(1);
});

test("hooks are called around a forward that is a field of the instance, which is put back afterwards", () => {
  class Field extends Module {
    forward: (x: Tensor) => Tensor = (x) => mul(x, 5);
  }
  const module = new Field();
  const own = module.forward;
  const handle = registerForwardHook(module, (_, __, output) => mul(output as Tensor, 2));
  expectClose(module.forward(ones([1])), [10]);
  handle.remove();
  expect(module.forward).toBe(own);
});

test("a full backward hook sees the gradients of inputs and outputs and may replace those of the inputs", () => {
  const module = new Linear(2, 1, { bias: false });
  module.loadStateDict({ weight: tensor([[3, 5]]) });
  const seen: number[][][] = [];
  const handle = registerFullBackwardHook(module, (_, gradInputs, gradOutputs) => {
    seen.push([gradInputs, gradOutputs].map((grads) => [...grads[0]!.dataSync()]));
    return [mul(gradInputs[0]!, 10)];
  });
  const x = tensor([[1, 2]], { requiresGrad: true });
  backward(module.forward(x), { gradient: tensor([[2]]) });
  expect(seen).toEqual([[[6, 10], [2]]]);
  expectClose(x.grad!, [60, 100]);
  expectClose(module.weight.grad!, [2, 4]);

  handle.remove();
  x.grad = null;
  backward(module.forward(x), { gradient: tensor([[2]]) });
  expect(seen).toHaveLength(1);
  expectClose(x.grad!, [6, 10]);
});

test("a full backward hook is called once for every forward pass", () => {
  const module = new Scale(2);
  const grads: number[] = [];
  registerFullBackwardHook(module, (_, __, [grad]) => void grads.push(grad!.itemSync()));
  const x = tensor([1], { requiresGrad: true });
  backward(module.forward(module.forward(x)));
  expect(grads).toEqual([1, 2]);
  expectClose(x.grad!, [4]);
});

test("a full backward hook is called where no input wants a gradient, with null for it", () => {
  const module = new Linear(2, 1, { bias: false });
  const seen: unknown[] = [];
  registerFullBackwardHook(module, (_, gradInputs, [grad]) => void seen.push([gradInputs, grad!.itemSync()]));
  backward(module.forward(ones([1, 2])), { gradient: tensor([[3]]) });
  expect(seen).toEqual([[[null], 3]]);
});

test("gradients that a backward hook stored can be read after the pass", () => {
  const module = new Scale(2);
  const stored: (Tensor | null)[] = [];
  registerFullBackwardHook(module, (_, gradInputs, gradOutputs) => void stored.push(...gradInputs, ...gradOutputs));
  const x = tensor([1], { requiresGrad: true });
  backward(mul(module.forward(mul(x, 3)), 5));
  expect(stored.map((grad) => grad!.itemSync())).toEqual([10, 5]);
});

test("what a backward hook computes from the gradients can be read after the pass", () => {
  const module = new Linear(1, 1, { bias: false });
  module.loadStateDict({ weight: tensor([[2]]) });
  const kept: Tensor[] = [];
  registerFullBackwardHook(module, (_, [gradInput], [gradOutput]) => {
    kept.push(mul(gradOutput!, 10), ...(gradInput ? [mul(gradInput, 10)] : []));
  });
  const x = tensor([[1]], { requiresGrad: true });
  backward(mul(module.forward(mul(x, 3)), 5));
  backward(mul(module.forward(mul(x, 3)), 7), { createGraph: true });
  backward(mul(module.forward(ones([1, 1])), 9));
  expect(kept.map((each) => each.itemSync())).toEqual([50, 100, 70, 140, 90]);
});

test("a scope around the pass owns what a backward hook computes, unless it is returned", () => {
  const module = new Scale(2);
  const x = tensor([1, 2], { requiresGrad: true });
  let lost: Tensor | undefined;
  registerFullBackwardHook(module, (_, __, [gradOutput]) => {
    lost = mul(gradOutput!, 3);
    return [mul(gradOutput!, 4)];
  });
  const before = memoryStats().buffers;
  const kept = scope(() => {
    const held: Tensor[] = [];
    const handle = registerFullBackwardHook(module, (_, __, [gradOutput]) => void held.push(mul(gradOutput!, 2)));
    backward(module.forward(mul(x, 3)), { gradient: ones([2]) });
    handle.remove();
    return held;
  });
  expectClose(x.grad!, [12, 12]);
  expectClose(kept[0]!, [2, 2]);
  expect(lost!.storage.disposed).toBe(true);
  expect(memoryStats().buffers).toBeLessThan(before + 6);
});
