import { inspect } from "node:util";
import {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AlphaDropout,
  AvgPool1d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  CELU,
  ChannelShuffle,
  CircularPad2d,
  ConstantPad1d,
  ConstantPad2d,
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  CrossEntropyLoss,
  Dropout,
  Dropout1d,
  Dropout2d,
  ELU,
  Embedding,
  Flatten,
  Fold,
  GELU,
  GLU,
  GroupNorm,
  Hardshrink,
  Hardtanh,
  Identity,
  InstanceNorm1d,
  InstanceNorm2d,
  LPPool1d,
  LPPool2d,
  LayerNorm,
  LeakyReLU,
  Linear,
  LocalResponseNorm,
  LogSoftmax,
  MaxPool1d,
  MaxPool2d,
  MaxUnpool1d,
  MaxUnpool2d,
  Module,
  ModuleDict,
  ModuleList,
  PReLU,
  Parameter,
  PixelShuffle,
  PixelUnshuffle,
  RMSNorm,
  ReLU,
  ReflectionPad1d,
  ReflectionPad2d,
  ReplicationPad1d,
  ReplicationPad2d,
  Sequential,
  Softmax,
  Softmax2d,
  Softmin,
  Softplus,
  Softshrink,
  Tanhshrink,
  Threshold,
  Unflatten,
  Unfold,
  Upsample,
  UpsamplingBilinear2d,
  UpsamplingNearest2d,
  ZeroPad2d,
} from "@tapegrad/nn";
import { ones, type Tensor } from "@tapegrad/tensor";
import { expect, test } from "vitest";

/** PyTorch's text in TypeScript's spelling: names, lists, constants. `inplace` is not there. */
function spelled(text: string): string {
  return text
    .replace(/, inplace=False/g, "")
    .replace(/_([a-z])(?=\w*=)/g, (_, letter: string) => letter.toUpperCase())
    .replace(/(?<==|(?:Layer|RMS)Norm\(|Pad[12]d\()\(([^()]*?),?\)/g, "[$1]")
    .replace(/=True/g, "=true")
    .replace(/=False/g, "=false")
    .replace(/=None/g, "=null")
    .replace(/1e-05/g, "0.00001")
    .replace(/(\d)\.0\b/g, "$1")
    .replace(/'/g, "");
}

/** Layers, and what PyTorch 1.13 prints for the same. */
const layers: readonly (readonly [() => Module, string])[] = [
  [() => new Linear(3, 4, { bias: false }), "Linear(in_features=3, out_features=4, bias=False)"],
  [() => new Conv1d(1, 2, 3), "Conv1d(1, 2, kernel_size=(3,), stride=(1,))"],
  [
    () => new Conv2d(1, 2, [3, 5], { padding: "same" }),
    "Conv2d(1, 2, kernel_size=(3, 5), stride=(1, 1), padding=same)",
  ],
  [
    () => new ConvTranspose2d(1, 2, 3, { padding: [1, 2] }),
    "ConvTranspose2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 2))",
  ],
  [
    () =>
      new ConvTranspose2d(2, 2, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2, bias: false, dilation: 2 }),
    "ConvTranspose2d(2, 2, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 2), output_padding=(1, 1), groups=2, bias=False)",
  ],
  [
    () => new BatchNorm1d(3, { momentum: null, affine: false }),
    "BatchNorm1d(3, eps=1e-05, momentum=None, affine=False, track_running_stats=True)",
  ],
  [() => new InstanceNorm2d(3), "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)"],
  [() => new GroupNorm(2, 4), "GroupNorm(2, 4, eps=1e-05, affine=True)"],
  [() => new LayerNorm(3), "LayerNorm((3,), eps=1e-05, elementwise_affine=True)"],
  [
    () => new MaxPool2d([2, 3], { stride: 1, padding: 1, dilation: 2, ceilMode: true }),
    "MaxPool2d(kernel_size=(2, 3), stride=1, padding=1, dilation=2, ceil_mode=True)",
  ],
  [() => new AvgPool2d(2), "AvgPool2d(kernel_size=2, stride=2, padding=0)"],
  [() => new AdaptiveAvgPool2d([2, 3]), "AdaptiveAvgPool2d(output_size=(2, 3))"],
  [() => new AdaptiveMaxPool2d(2), "AdaptiveMaxPool2d(output_size=2)"],
  [() => new Dropout(0.3), "Dropout(p=0.3, inplace=False)"],
  [() => new Dropout1d(), "Dropout1d(p=0.5, inplace=False)"],
  [() => new Dropout2d(), "Dropout2d(p=0.5, inplace=False)"],
  [() => new AlphaDropout(0.2), "AlphaDropout(p=0.2, inplace=False)"],
  [() => new Embedding(10, 3), "Embedding(10, 3)"],
  [() => new Embedding(10, 3, { paddingIdx: 0 }), "Embedding(10, 3, padding_idx=0)"],
  [() => new Flatten(), "Flatten(start_dim=1, end_dim=-1)"],
  [() => new ReLU(), "ReLU()"],
  [() => new LeakyReLU(0.2), "LeakyReLU(negative_slope=0.2)"],
  [() => new ELU(), "ELU(alpha=1.0)"],
  [() => new CELU(2), "CELU(alpha=2.0)"],
  [() => new GELU({ approximate: "tanh" }), "GELU(approximate='tanh')"],
  [() => new Hardtanh(), "Hardtanh(min_val=-1.0, max_val=1.0)"],
  [() => new Softmax(1), "Softmax(dim=1)"],
  [() => new LogSoftmax(1), "LogSoftmax(dim=1)"],
  [() => new Softplus(), "Softplus(beta=1, threshold=20)"],
  [() => new PReLU({ numParameters: 3 }), "PReLU(num_parameters=3)"],
  [() => new Identity(), "Identity()"],
  [() => new PixelShuffle(2), "PixelShuffle(upscale_factor=2)"],
  [() => new ZeroPad2d(1), "ZeroPad2d((1, 1, 1, 1))"],
  [() => new ReflectionPad2d(2), "ReflectionPad2d((2, 2, 2, 2))"],
  [() => new Upsample({ scaleFactor: 2 }), "Upsample(scale_factor=2.0, mode=nearest)"],
  [() => new Upsample({ size: [3, 4], mode: "bilinear", alignCorners: true }), "Upsample(size=(3, 4), mode=bilinear)"],
  [() => new CrossEntropyLoss(), "CrossEntropyLoss()"],
  [() => new MaxPool1d(2), "MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"],
  [() => new AvgPool1d(2, { stride: 1 }), "AvgPool1d(kernel_size=(2,), stride=(1,), padding=(0,))"],
  [() => new LPPool1d(2, 3), "LPPool1d(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)"],
  [
    () => new LPPool2d(2, [3, 2], { stride: 1 }),
    "LPPool2d(norm_type=2, kernel_size=(3, 2), stride=1, ceil_mode=False)",
  ],
  [() => new AdaptiveAvgPool1d(5), "AdaptiveAvgPool1d(output_size=5)"],
  [() => new AdaptiveMaxPool1d(5), "AdaptiveMaxPool1d(output_size=5)"],
  [() => new ConstantPad1d(2, 3.5), "ConstantPad1d(padding=(2, 2), value=3.5)"],
  [() => new ConstantPad2d([1, 2, 3, 4], 0), "ConstantPad2d(padding=(1, 2, 3, 4), value=0)"],
  [() => new ReflectionPad1d([3, 1]), "ReflectionPad1d((3, 1))"],
  [() => new ReplicationPad1d(1), "ReplicationPad1d((1, 1))"],
  [() => new ReplicationPad2d(1), "ReplicationPad2d((1, 1, 1, 1))"],
  [() => new CircularPad2d(1), "CircularPad2d((1, 1, 1, 1))"],
  [() => new PixelUnshuffle(2), "PixelUnshuffle(downscale_factor=2)"],
  [() => new ChannelShuffle(2), "ChannelShuffle(groups=2)"],
  [() => new Unflatten(1, [2, 5]), "Unflatten(dim=1, unflattened_size=(2, 5))"],
  [() => new UpsamplingNearest2d({ scaleFactor: 2 }), "UpsamplingNearest2d(scale_factor=2.0, mode=nearest)"],
  [() => new UpsamplingBilinear2d({ size: [3, 4] }), "UpsamplingBilinear2d(size=(3, 4), mode=bilinear)"],
  [() => new GLU(), "GLU(dim=-1)"],
  [() => new ConvTranspose1d(1, 2, 3), "ConvTranspose1d(1, 2, kernel_size=(3,), stride=(1,))"],
  [() => new InstanceNorm1d(3), "InstanceNorm1d(3, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)"],
  [() => new RMSNorm(3), "RMSNorm((3,), eps=None, elementwise_affine=True)"],
  [() => new LocalResponseNorm(2), "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)"],
  [() => new MaxUnpool1d(3), "MaxUnpool1d(kernel_size=(3,), stride=(3,), padding=(0,))"],
  [() => new MaxUnpool2d(2), "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"],
  [() => new Unfold([2, 3]), "Unfold(kernel_size=(2, 3), dilation=1, padding=0, stride=1)"],
  [() => new Fold(4, 2), "Fold(output_size=4, kernel_size=2, dilation=1, padding=0, stride=1)"],
  [() => new Threshold(0.1, 20), "Threshold(threshold=0.1, value=20)"],
  [() => new Hardshrink(), "Hardshrink(0.5)"],
  [() => new Softshrink(0.25), "Softshrink(0.25)"],
  [() => new Tanhshrink(), "Tanhshrink()"],
  [() => new Softmin(1), "Softmin(dim=1)"],
  [() => new Softmax2d(), "Softmax2d()"],
  [() => new ModuleDict({ a: new ReLU() }), "ModuleDict(\n  (a): ReLU()\n)"],
];

test.each(layers.map(([make, torch]) => [spelled(torch), make] as const))("%s", (text, make) => {
  expect(String(make())).toBe(text);
});

test("a network is printed as a tree, as PyTorch does", () => {
  const torch = `Sequential(
  (0): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
  (1): BatchNorm2d(6, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (2): ReLU()
  (3): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (4): Sequential(
    (0): Conv2d(6, 16, kernel_size=(3, 5), stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=2, bias=False, padding_mode=circular)
    (1): Dropout(p=0.25, inplace=False)
  )
  (5): Flatten(start_dim=1, end_dim=-1)
  (6): Linear(in_features=16, out_features=10, bias=False)
  (7): ModuleList(
    (0): LayerNorm((3, 4), eps=1e-05, elementwise_affine=True)
    (1): GroupNorm(2, 4, eps=1e-05, affine=True)
  )
  (8): Sequential()
)`;
  const model = new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }),
    new BatchNorm2d(6),
    new ReLU(),
    new MaxPool2d(2),
    new Sequential(
      new Conv2d(6, 16, [3, 5], {
        stride: 2,
        bias: false,
        groups: 2,
        dilation: 2,
        padding: 1,
        paddingMode: "circular",
      }),
      new Dropout(0.25),
    ),
    new Flatten(),
    new Linear(16, 10, { bias: false }),
    new ModuleList([new LayerNorm([3, 4]), new GroupNorm(2, 4)]) as never,
    new Sequential(),
  );
  expect(String(model)).toBe(spelled(torch));
  expect(inspect(model)).toBe(String(model));
  expect(JSON.parse(JSON.stringify({ model }))).toEqual({ model: String(model) });
});

test("modules of one's own show their modules under the names of the state dict, and the line that they write", () => {
  class Net extends Module {
    readonly firstLayer = new Linear(1, 2);
    readonly scale = new Parameter(ones([1]));
    readonly blocks = [new ReLU(), new Set([new Identity()])] as const;
    again: Module = this.firstLayer;
    self: Module = this;

    override extraRepr(): string {
      return "width=2\nheight=3";
    }

    forward(x: Tensor): Tensor {
      return x;
    }
  }
  expect(String(new Net())).toBe(`Net(
  width=2
  height=3
  (first_layer): Linear(inFeatures=1, outFeatures=2, bias=true)
  (blocks.0): ReLU()
  (blocks.1.0): Identity()
  (again): Linear(inFeatures=1, outFeatures=2, bias=true)
  (self): Net(…)
)`);
});

test("a layer that is made of another one shows its own fields too, but no state and no functions", () => {
  class Scaled extends ELU {
    readonly scale = 2;
    readonly bounds = [0, 1];
    readonly measure = (): number => 1;
    readonly weight = new Parameter(ones([1]));
    readonly inner = new Identity();
    readonly others = [new Identity()];
  }
  expect(String(new Scaled(0.5))).toBe(
    "Scaled(\n  alpha=0.5, scale=2, bounds=[0, 1]\n  (inner): Identity()\n  (others.0): Identity()\n)",
  );
});

test("a module is not callable: TypeScript says so, and so does JavaScript", () => {
  const model = new Identity();
  // @ts-expect-error -- This expression is not callable. Type 'Identity' has no call signatures.
  expect(() => model(ones([1]))).toThrow("model is not a function");
});
