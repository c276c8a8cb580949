import { backward } from "@tapegrad/autograd";
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  InstanceNorm2d,
  Linear,
  MSELoss,
  MaxPool2d,
  Sequential,
} from "@tapegrad/nn";
import { Adam, SGD } from "@tapegrad/optim";
import { add, cat, exp, mul, ones, reshape, sum, TapegradError, tensor, type Tensor, zeros } from "@tapegrad/tensor";
import { loadGolden } from "@tapegrad/test-support";
import { expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const classes = (...values: number[]): Tensor => tensor(values, { dtype: "int32" });
const misfit = { "0.weight": zeros([2, 1, 5, 5]), "1.extra": zeros([1]) };

/** The mistakes of errors.json, and what our message must say of them. */
const mistakes: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
  "BatchNorm2d(3).train()(1,3,1,1)": [
    () => new BatchNorm2d(3).forward(ones([1, 3, 1, 1])),
    /more than 1 value per channel when training.*\[1, 3, 1, 1\]/,
  ],
  "BatchNorm1d(3).train()(1,3)": [
    () => new BatchNorm1d(3).forward(ones([1, 3])),
    /more than 1 value per channel when training.*\[1, 3\]/,
  ],
  "BatchNorm2d(3)(2,3)": [
    () => new BatchNorm2d(3).forward(ones([2, 3])),
    /expected input \[n, c, h, w\], got 2D input/,
  ],
  "BatchNorm2d(3)(2,4,2,2)": [() => new BatchNorm2d(3).forward(ones([2, 4, 2, 2])), /expected 3 channels .* got 4/],
  "InstanceNorm2d(3)(1,3,1,1)": [
    () => new InstanceNorm2d(3).forward(ones([1, 3, 1, 1])),
    /more than 1 spatial element when training.*\[1, 3, 1, 1\]/,
  ],
  "Conv2d(3,4,3)(1,2,5,5)": [
    () => new Conv2d(3, 4, 3).forward(ones([1, 2, 5, 5])),
    /conv2d: input \[1, 2, 5, 5\] has 2 channels but weight \[4, 3, 3, 3\] expects 3 in 1 group/,
  ],
  "Conv2d(3,4,3)(1,3,2,2)": [
    () => new Conv2d(3, 4, 3).forward(ones([1, 3, 2, 2])),
    /kernel reaches over 3 × 3 but the padded input is only 2 × 2/,
  ],
  "Conv2d(3,4,3)(3,5)": [
    () => new Conv2d(3, 4, 3).forward(ones([3, 5])),
    /conv2d: expected an input of shape \[n, c, h, w\] or \[c, h, w\], got shape \[3, 5\]/,
  ],
  "Conv2d(3,4,3,groups=2)": [
    () => new Conv2d(3, 4, 3, { groups: 2 }),
    /inChannels must be divisible by groups, got 3 and 2/,
  ],
  "Conv2d(4,3,3,groups=2)": [
    () => new Conv2d(4, 3, 3, { groups: 2 }),
    /outChannels must be divisible by groups, got 3 and 2/,
  ],
  "Conv2d(3,4,3,padding='same',stride=2)": [
    () => new Conv2d(3, 4, 3, { padding: "same", stride: 2 }),
    /padding "same" is not supported for strided convolutions/,
  ],
  "Conv2d(3,4,3,padding='full')": [
    () => new Conv2d(3, 4, 3, { padding: "full" as "same" }),
    /invalid padding string "full", should be "valid" or "same"/,
  ],
  "Conv2d(3,4,3,padding_mode='mirror')": [
    () => new Conv2d(3, 4, 3, { paddingMode: "mirror" as "zeros" }),
    /paddingMode must be "zeros", "reflect", "replicate" or "circular", got "mirror"/,
  ],
  "Linear(5,3)(4,6)": [
    () => new Linear(5, 3).forward(ones([4, 6])),
    /expected input \[…, 5\], got \[4, 6\], for weight \[3, 5\]/,
  ],
  "Dropout(1.5)": [() => new Dropout(1.5), /dropout probability must lie in \[0, 1\], got 1.5/],
  "MaxPool2d(2,padding=2)(1,1,4,4)": [
    () => new MaxPool2d(2, { padding: 2 }).forward(ones([1, 1, 4, 4])),
    /padding must be at most half of the kernel size, got 2 × 2 for a kernel of 2 × 2/,
  ],
  "add (2,3)+(2,4)": [
    () => add(ones([2, 3]), ones([2, 4])),
    /the size of the first \(3\) must match the size of the second \(4\) at axis 1/,
  ],
  "view(2,3)->(4,2)": [() => reshape(ones([2, 3]), [4, 2]), /reshape: 6 values of shape \[2, 3\] do not fill \[4, 2\]/],
  "cat (2,3),(2,4) dim0": [
    () => cat([ones([2, 3]), ones([2, 4])]),
    /shapes \[2, 3\] and \[2, 4\] differ beside axis 0 \(tensor 1 of 2, counted from 0\)/,
  ],
  "cross_entropy target out of range": [
    () => new CrossEntropyLoss().forward(ones([2, 3]), classes(0, 3)),
    /3 is out of range/,
  ],
  "cross_entropy batch mismatch": [
    () => new CrossEntropyLoss().forward(ones([2, 3]), classes(0, 1, 2)),
    /an input of shape \[2, 3\] expects targets of shape \[2\], got \[3\]/,
  ],
  "mse_loss shapes": [
    () => new MSELoss().forward(ones([2, 3]), ones([2, 4])),
    /input has shape \[2, 3\] but target \[2, 4\]/,
  ],
  "backward non-scalar": [
    () => backward(mul(leaf(1, 2), 2)),
    /only a tensor of one element has an implied gradient, got shape \[2\]/,
  ],
  "backward twice": [
    () => {
      const loss = sum(exp(leaf(1)));
      backward(loss);
      backward(loss);
    },
    /the record of sum was released by an earlier backward pass.*pass retainGraph: true to the earlier pass/,
  ],
  "backward no grad": [
    () => backward(sum(tensor([1]))),
    /the tensor requires no gradient: it was not computed from a tensor with requiresGrad/,
  ],
  "in-place on leaf": [
    () => leaf(1).assign(tensor([2])),
    /assign: a leaf Variable that requires grad is being used in an in-place operation/,
  ],
  "saved tensor modified in place": [
    () => {
      const y = exp(leaf(1, 2, 3));
      y.assign(add(y, 1));
      backward(sum(y));
    },
    /output 0 of exp, float32 \[3\], was changed in place .* at version 1, recorded at 0/,
  ],
  "SGD nesterov without momentum": [
    () => new SGD([leaf(1)], { lr: 0.1, nesterov: true }),
    /Nesterov momentum requires a momentum and zero dampening/,
  ],
  "SGD([])": [() => new SGD([], { lr: 0.1 }), /SGD: got an empty parameter list/],
  "Adam lr<0": [() => new Adam([leaf(1)], { lr: -1 }), /lr must be a finite number, not negative, got -1/],
  "optimizer non-leaf": [
    () => new SGD([mul(leaf(1), 2)], { lr: 0.1 }),
    /can only optimize leaf tensors, got the result of an op/,
  ],
  "load_state_dict strict: missing+unexpected+size": [
    () => new Sequential(new Conv2d(1, 2, 3)).loadStateDict(misfit),
    /missing keys: 0\.bias\n.*unexpected keys: 1\.extra\n.*size mismatch for 0\.weight: .*\[2, 1, 5, 5\].*\[2, 1, 3, 3\]/,
  ],
  "load_state_dict non-strict size mismatch still throws": [
    () => new Sequential(new Conv2d(1, 2, 3)).loadStateDict(misfit, { strict: false }),
    /size mismatch for 0\.weight: .*\[2, 1, 5, 5\].*\[2, 1, 3, 3\]/,
  ],
  "optimizer.load_state_dict wrong groups": [
    () => new SGD([leaf(1)], { lr: 0.1 }).loadStateDict(new SGD([leaf(1), leaf(2)], { lr: 0.1 }).stateDict()),
    /SGD\.loadStateDict: group 0 has 1 parameters, the saved one 2/,
  ],
};
/** The cases that are no mistakes, to PyTorch or to us. */
const allowed: Readonly<Record<string, () => void | Promise<void>>> = {
  "BatchNorm1d(3).eval()(1,3)": () => {
    const layer = new BatchNorm1d(3).eval();
    expectClose(layer.forward(tensor([[0, 1, 2]])), [0, 1, 2]);
  },
  "load_state_dict non-strict result": () => {
    const { missing_keys: missingKeys, unexpected_keys: unexpectedKeys } = caseOf("load_state_dict non-strict result");
    const state = { "0.weight": zeros([2, 1, 3, 3]), "1.extra": zeros([1]) };
    const result = new Sequential(new Conv2d(1, 2, 3)).loadStateDict(state, { strict: false });
    expect(result).toEqual({ missingKeys, unexpectedKeys });
  },
  "plain dict without num_batches_tracked (no version metadata) loads": () => {
    const layer = new BatchNorm2d(2);
    const state = { weight: ones([2]), bias: ones([2]), running_mean: tensor([3, 4]), running_var: ones([2]) };
    expect(layer.loadStateDict(state)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expectClose(layer.runningMean!, [3, 4]);
    expect(layer.numBatchesTracked!.itemSync()).toBe(0);
  },
  // PyTorch refuses, for its array shares the tensor's memory; ours is a copy, which the guide to porting says.
  "numpy() on requires_grad": async () => {
    const x = leaf(1, 2);
    for (const values of [await x.data(), x.dataSync()]) {
      expect([...values]).toEqual([1, 2]);
      values.fill(9);
    }
    expectClose(x, [1, 2]);
  },
};

const { cases } = loadGolden("errors", "errors");

function caseOf(name: string): (typeof cases)[number] {
  return cases.find((each) => each.case === name)!;
}

describe("what PyTorch refuses is refused, with as much said", () => {
  test("every case of errors.json is run", () => {
    const names = cases.map((each) => each.case);
    expect([...Object.keys(mistakes), ...Object.keys(allowed)].sort()).toEqual([...names].sort());
  });

  test.each(Object.entries(mistakes))("%s", (name, [mistake, message]) => {
    expect(caseOf(name).error).toBeTypeOf("string");
    expect(mistake).toThrow(TapegradError);
    expect(mistake).toThrow(message);
  });

  test.each(Object.entries(allowed))("%s is allowed", (_, run) => run());
});
