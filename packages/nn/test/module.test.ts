import {
  BCEWithLogitsLoss,
  BatchNorm2d,
  Buffer,
  ConstantPad1d,
  Dropout,
  ELU,
  GELU,
  Hardtanh,
  HuberLoss,
  Identity,
  type Layer,
  Linear,
  MaxPool1d,
  Module,
  ModuleDict,
  ModuleList,
  Parameter,
  Sequential,
} from "@tapegrad/nn";
import { DTypeError, ones, scalar, tensor, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import { expect, test, vi } from "vitest";

class Block extends Module {
  readonly conv1 = new Linear(2, 2, { bias: false });
  readonly bn1 = new BatchNorm2d(2);

  forward(x: Tensor): Tensor {
    return this.bn1.forward(this.conv1.forward(x));
  }
}

class Net extends Module {
  readonly scale = new Parameter(ones([1]));
  readonly layer1 = [new Block(), new Block()];
  readonly classHead = new Linear(2, 3);
  readonly meanImage = new Buffer(zeros([2]));
  readonly scratch = new Buffer(zeros([2]), { persistent: false });
  readonly plain = ones([4]);
  readonly shared = this.layer1[0]!;
  readonly #hidden = new Linear(5, 5);

  forward(x: Tensor): Tensor {
    return this.#hidden.forward(x);
  }
}

test("state-dict keys are PyTorch's: own parameters, own buffers, then the modules inside, fields in declaration order", () => {
  expect([...new Net().stateDict().keys()]).toEqual([
    "scale",
    "mean_image",
    ...["layer1.0", "layer1.1"].flatMap((block) => [
      `${block}.conv1.weight`,
      ...["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map((name) => `${block}.bn1.${name}`),
    ]),
    "class_head.weight",
    "class_head.bias",
    "shared.conv1.weight",
    ...["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map((name) => `shared.bn1.${name}`),
  ]);
});

test("shared parameters come once among the parameters, under their first name", () => {
  expect(new Net().namedParameters().map(([name]) => name)).toEqual([
    "scale",
    "layer1.0.conv1.weight",
    "layer1.0.bn1.weight",
    "layer1.0.bn1.bias",
    "layer1.1.conv1.weight",
    "layer1.1.bn1.weight",
    "layer1.1.bn1.bias",
    "class_head.weight",
    "class_head.bias",
  ]);
});

test("buffers are listed whether the state dict holds them or not", () => {
  const names = new Net().namedBuffers().map(([name]) => name);
  expect(names.slice(0, 3)).toEqual(["mean_image", "scratch", "layer1.0.bn1.running_mean"]);
  expect(names).toHaveLength(8);
});

test("modules come outer before inner, shared ones once; private fields and plain tensors are no state", () => {
  const net = new Net();
  expect(net.namedModules().map(([name]) => name)).toEqual([
    "",
    "layer1.0",
    "layer1.0.conv1",
    "layer1.0.bn1",
    "layer1.1",
    "layer1.1.conv1",
    "layer1.1.bn1",
    "class_head",
  ]);
  expect(net.namedChildren().map(([name]) => name)).toEqual(["layer1.0", "layer1.1", "class_head"]);
});

test("field names become snake_case; names with an underscore stay as they are", () => {
  class Names extends Module {
    readonly inProjWeight = new Parameter(zeros([1]));
    readonly Mixed_5b = new Parameter(zeros([1]));
    readonly fc2 = new Parameter(zeros([1]));
    readonly weightIH = new Parameter(zeros([1]));
    readonly RGBMean = new Parameter(zeros([1]));
    forward(): void {}
  }
  expect([...new Names().stateDict().keys()]).toEqual(["in_proj_weight", "Mixed_5b", "fc2", "weight_ih", "rgb_mean"]);
});

test("two fields with one state-dict name are an error", () => {
  class Twice extends Module {
    readonly meanImage = new Buffer(zeros([1]));
    readonly mean_image = new Buffer(zeros([1]));
    forward(): void {}
  }
  expect(() => new Twice().stateDict()).toThrow(ValueError);
  expect(() => new Twice().stateDict()).toThrow(/two fields of Twice have the state-dict name mean_image/);
});

test("nested arrays, sets, maps and plain objects are walked; a module inside itself is not entered again", () => {
  class Grid extends Module {
    readonly rows = [[new Dropout(), new Dropout()], [new Dropout()]];
    readonly heads = { left: new Identity(), right: [new Identity()] };
    readonly byName = new Map([["a.b", new Identity()]]);
    readonly either = new Set([[new Identity()], new Identity()]);
    readonly self: Module = this;
    forward(): void {}
  }
  expect(new Grid().namedModules().map(([name]) => name)).toEqual([
    "",
    "rows.0.0",
    "rows.0.1",
    "rows.1.0",
    "heads.left",
    "heads.right.0",
    "by_name.a.b",
    "either.0.0",
    "either.1",
  ]);
});

test("modules and parameters of another copy of the package are refused where they would be passed by", async () => {
  vi.resetModules();
  const other = await import("@tapegrad/nn");
  expect(other.Linear).not.toBe(Linear);
  const Holding = (held: unknown): Module => {
    class Mixed extends Module {
      readonly own = new Linear(1, 1);
      readonly parts = [held];
      forward(): void {}
    }
    return new Mixed();
  };
  const told = /^the field parts\.0 holds a Linear from another copy of @tapegrad\/nn, .*npm ls @tapegrad\/nn/;
  const mixed = Holding(new other.Linear(1, 1));
  expect(() => mixed.parameters()).toThrow(told);
  expect(() => mixed.train()).toThrow(told);
  expect(() => mixed.stateDict()).toThrow(told);
  const { weight } = new other.Linear(1, 1);
  expect(() => Holding(weight).parameters()).toThrow(/holds a Parameter from another copy/);
  expect(() => new Sequential(new other.Linear(1, 1) as never)).toThrow(
    /^Sequential: layer 0 must be a Module, got a Linear from another copy/,
  );
  expect(() => new ModuleList([new other.Linear(1, 1)] as never)).toThrow(/got a Linear from another copy/);
  // What is no state in either copy stays unseen.
  for (const quiet of [weight.detach(), new Date(), new WeakSet(), other, () => new other.Linear(1, 1), null])
    expect(Holding(quiet).parameters()).toHaveLength(2);
});

test("train and eval reach dropouts in arrays, nested lists and containers", () => {
  class Nested extends Module {
    readonly deep = [[new Dropout()], new Sequential(new Identity(), new Dropout())];
    readonly list = new ModuleList([new ModuleDict({ a: new Dropout() })]);
    forward(): void {}
  }
  const net = new Nested();
  const modes = (): Set<boolean> => new Set(net.modules().map((module) => module.training));
  expect(modes()).toEqual(new Set([true]));
  expect(net.eval()).toBe(net);
  expect(modes()).toEqual(new Set([false]));
  net.train();
  expect(modes()).toEqual(new Set([true]));
});

test("a module may override train to keep a part in eval mode", () => {
  class Frozen extends Module {
    readonly bn = new BatchNorm2d(2);
    forward(): void {}
    override train(mode = true): this {
      super.train(mode);
      this.bn.eval();
      return this;
    }
  }
  const net = new Sequential(new Identity());
  const outer = new ModuleList<Module>([new Frozen(), net]);
  outer.train();
  expect(outer.at(0).children()[0]!.training).toBe(false);
});

test("a frozen module stays in eval mode through train() until it is unfrozen", () => {
  const net = new Sequential(new BatchNorm2d(2), new Dropout());
  net.at(0).freeze();
  net.train();
  expect([net.training, net.at(0).training, net.at(1).training]).toEqual([true, false, true]);
  expect(net.at(0).frozen).toBe(true);
  net.at(0).unfreeze();
  expect(net.at(0).training).toBe(false);
  net.train();
  expect(net.at(0).training).toBe(true);
  expect(net.parameters().every((parameter) => parameter.requiresGrad)).toBe(true);
});

test("requireGrad and zeroGrad reach every parameter", () => {
  const net = new Net();
  net.requireGrad(false);
  expect(net.parameters().some((parameter) => parameter.requiresGrad)).toBe(false);
  net.requireGrad();
  expect(net.parameters().every((parameter) => parameter.requiresGrad)).toBe(true);
  for (const parameter of net.parameters()) parameter.grad = zeros(parameter.shape);
  net.zeroGrad();
  expect(net.parameters().every((parameter) => parameter.grad === null)).toBe(true);
});

test("apply visits inner modules before outer ones", () => {
  const order: string[] = [];
  new Sequential(new Sequential(new Identity()), new Dropout()).apply((module) => order.push(module.constructor.name));
  expect(order).toEqual(["Identity", "Sequential", "Dropout", "Sequential"]);
});

test("a parameter wants gradients and must be float32 for that; a buffer wants none", () => {
  expect(new Parameter(ones([2])).requiresGrad).toBe(true);
  expect(new Parameter(ones([2]), { requiresGrad: false }).requiresGrad).toBe(false);
  expect(new Buffer(ones([2])).requiresGrad).toBe(false);
  expect(() => new Parameter(scalar(1, "int32"))).toThrow(DTypeError);
});

test("a loss keeps its options in fields, a weight as a buffer, and computes with what is there", async () => {
  const loss = new BCEWithLogitsLoss({ posWeight: tensor([3, 3]), reduction: "sum" });
  expect([loss.weight, loss.reduction]).toEqual([null, "sum"]);
  expect(loss.namedBuffers()).toEqual([["pos_weight", loss.posWeight]]);
  const [logits, target] = [zeros([2]), ones([2])];
  expect(await loss.forward(logits, target).item()).toBeCloseTo(6 * Math.LN2, 5);
  loss.posWeight!.assign(ones([2]));
  expect(await loss.forward(logits, target).item()).toBeCloseTo(2 * Math.LN2, 5);
});

test("Sequential applies its layers in order and takes names", () => {
  class Add extends Module {
    readonly what: string;
    constructor(what: string) {
      super();
      this.what = what;
    }
    forward(x: Tensor): Tensor {
      log.push(this.what);
      return x;
    }
  }
  const log: string[] = [];
  const net = new Sequential({ first: new Add("a"), second: new Sequential(new Add("b"), new Add("c")) });
  const x = tensor([1]);
  expect(net.forward(x)).toBe(x);
  expect(log).toEqual(["a", "b", "c"]);
  expect(net.namedModules().map(([name]) => name)).toEqual(["", "first", "second", "second.0", "second.1"]);
  expect([...net]).toHaveLength(2);
  expect(net.at(-1)).toBe(net.at(1));
  expect(() => net.at(2)).toThrow(/no layer 2 among 2/);
  expect(() => new Sequential({ "1": new Identity() })).toThrow(/cannot name a layer/);
  expect(new Sequential().forward(x)).toBe(x);
});

test("ModuleList and ModuleDict grow, find and refuse to be called", () => {
  const list = new ModuleList<Layer>([new Identity()]).append(new Linear(1, 1));
  expect(list.namedParameters().map(([name]) => name)).toEqual(["1.weight", "1.bias"]);
  expect(() => list.forward()).toThrow(/a list has no forward/);
  const dict = new ModuleDict<Layer>({ a: new Identity() }).set("lastOne", new Linear(1, 1));
  expect(dict.namedParameters().map(([name]) => name)).toEqual(["lastOne.weight", "lastOne.bias"]);
  expect(() => dict.get("b")).toThrow(/no module "b"; there are a, lastOne/);
  expect(() => dict.set("a.b", new Identity())).toThrow(/hold no dot/);
  expect(() => dict.forward()).toThrow(/a dictionary has no forward/);
});

test("modules of functions take as many tensors as these, whatever else they are called with", () => {
  const x = tensor([-1, 2]);
  const forward = (module: Module, ...inputs: readonly unknown[]): Tensor =>
    module.forward(...(inputs as never[])) as Tensor;
  expect(forward(new ELU(2), x, 3).dataSync()).toEqual(new ELU(2).forward(x).dataSync());
  expect(() => forward(new HuberLoss(), x)).toThrow("huberLoss: target must be a tensor, got undefined");
});

test("fields of layers may be changed later, and subclasses may have an `options` of their own", () => {
  const x = tensor([[[-1, 2]]]);
  const changed = <L extends Layer>(layer: L, fields: Partial<L>): number[] => [
    ...Object.assign(layer, fields).forward(x).dataSync(),
  ];
  expect(changed(new ELU(2), { alpha: 0 })).toEqual([-0, 2]);
  expect(changed(new Hardtanh(), { minVal: 0 })).toEqual([0, 1]);
  expect(changed(new MaxPool1d(2), { kernelSize: 1, stride: 1 })).toEqual([-1, 2]);
  expect(changed(new ConstantPad1d(1, 3), { value: 4 })).toEqual([4, -1, 2, 4]);
  class Scaled extends GELU {
    readonly options = { factor: 2 };
  }
  expect(new Scaled().forward(x).dataSync()).toEqual(new GELU().forward(x).dataSync());
});
