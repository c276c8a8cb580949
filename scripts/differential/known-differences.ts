import type { Case } from "./case.ts";
import type { Difference } from "./compare.ts";
import { inputsOf } from "./report.ts";

/** A difference that is meant. */
export interface KnownDifference {
  /** The document, from the root of the repository. */
  readonly doc: string;
  /** What it says of the difference, word for word. */
  readonly sentence: string;
  /** The targets in which it may occur. */
  readonly targets: RegExp;
  /** Whether this difference of this case is such a one. */
  readonly covers: (drawn: Case, difference: Difference) => boolean;
}

const numerics = "docs/numerics.md";
const porting = "docs/porting-from-pytorch.md";

/** Every difference between tapegrad and PyTorch that is meant; the first that covers a difference counts. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    doc: numerics,
    sentence: "the order of equal values is kept, also by `topk` and `kthvalue`, where PyTorch leaves it open",
    targets: /^(topk|kthvalue)$/,
    covers: (drawn, { kind }) => kind === "value" && some(drawn, (data) => new Set(data).size < data.length),
  },
  {
    doc: numerics,
    sentence: "the same value; the first of equal ones in stable order, or the first NaN, takes the whole gradient",
    targets: /^median\.dim$/,
    covers: (drawn, { kind }) => kind === "value" && some(drawn, (data) => new Set(data).size < data.length),
  },
  {
    doc: numerics,
    sentence: "of nothing, NaN, with gradient 0",
    targets: /^median\.all$/,
    covers: (drawn, { part, kind }) =>
      some(drawn, ({ length }) => length === 0) && part === "second" && kind === "value",
  },
  {
    doc: numerics,
    sentence: "an infinite value makes it infinite, also in `varMean`, where PyTorch gives NaN",
    targets: /^varMean$/,
    covers: (drawn, { part, values }) =>
      part === "outputs" && some(drawn, infinite) && values !== undefined && Math.abs(values.got) === Infinity,
  },
  {
    doc: numerics,
    sentence: "which gradients become NaN beside an infinite or NaN factor differs",
    targets: /^(cumprod|prod)$/,
    covers: (drawn, { part, values }) =>
      part !== "outputs" &&
      some(drawn, unbounded) &&
      values !== undefined &&
      Number.isNaN(values.expected) !== Number.isNaN(values.got),
  },
  {
    doc: numerics,
    sentence: "second derivatives where several are 0 are those of the product, and 0 in PyTorch",
    targets: /^prod$/,
    covers: (drawn, { part, values }) =>
      part === "second" &&
      values?.expected === 0 &&
      some(drawn, (data) => data.filter((value) => value === 0).length > 1),
  },
  {
    doc: porting,
    sentence:
      "**Bilinear interpolation** beside an infinite value gives that value or NaN, not always where PyTorch does",
    targets: /(interpolate|Upsample)$/,
    covers: (drawn, { values }) =>
      drawn.type === "call" &&
      (drawn.layer?.torch ?? drawn.torch).includes('"bilinear"') &&
      some(drawn, infinite) &&
      values !== undefined &&
      !Number.isFinite(values.expected) &&
      !Number.isFinite(values.got),
  },
  {
    doc: porting,
    sentence: "The gradient here is that of what was done; PyTorch's is always that of the copy or the shift",
    targets: /(interpolate|Upsample)$/,
    covers: (drawn, { part, kind }) =>
      part !== "outputs" &&
      kind === "value" &&
      drawn.type === "call" &&
      /scale_factor.*"nearest"/.test(drawn.layer?.torch ?? drawn.torch),
  },
  {
    doc: numerics,
    sentence: "images without channels are refused, of which PyTorch's adaptive pooling makes nothing",
    targets: /(adaptive_(avg|max)_pool2d|Adaptive(Avg|Max)Pool2d)$/,
    covers: (drawn, { kind, got }) =>
      kind === "refused here" && some(drawn, ({ length }) => length === 0) && got.includes("of which only n may be 0"),
  },
  {
    doc: numerics,
    sentence: "the second gradient of no losses is 0, and NaN in PyTorch where the targets are classes",
    targets: /(nll_loss|NLLLoss|nllLoss|cross_entropy|CrossEntropyLoss|crossEntropy)$/,
    covers: (drawn, { part, values }) =>
      part === "second" && values?.got === 0 && some(drawn, ({ length }) => length === 0),
  },
  {
    doc: numerics,
    sentence: "PyTorch divides by the factors where none is 0",
    targets: /^(cumprod|prod)$/,
    // A division by a factor that is next to nothing loses all digits.
    covers: (drawn, { part, values }) => part !== "outputs" && values !== undefined && some(drawn, minute),
  },
  {
    doc: numerics,
    sentence: "is 0 where all squares are",
    targets: /^norm$/,
    covers: (drawn, { values }) => values !== undefined && some(drawn, minute),
  },
  {
    doc: numerics,
    sentence: "Its second derivative is 0 there; PyTorch's is NaN, 0/0",
    targets: /^norm$/,
    covers: (_, { part, values }) => part === "second" && values?.got === 0 && Number.isNaN(values.expected),
  },
  {
    doc: numerics,
    sentence: "its slope for the target is NaN where the logit is −∞, and ∞ in PyTorch",
    targets: /(binary_cross_entropy_with_logits|BCEWithLogitsLoss)$/,
    covers: (drawn, { part, values }) =>
      part !== "outputs" &&
      drawn.torch.includes("pos_weight") &&
      values !== undefined &&
      Number.isNaN(values.got) &&
      some(drawn, (data) => data.includes(-Infinity)),
  },
  {
    doc: numerics,
    sentence: "refused for int32, which has no NaN",
    targets: /^median\.all$/,
    covers: (drawn, { kind }) => kind === "refused here" && some(drawn, ({ length }) => length === 0),
  },
  {
    doc: numerics,
    sentence: "With `eps` 0, a channel of equal values becomes NaN",
    targets: /^nn\.BatchNorm[12]d$/,
    covers: (drawn, { values }) =>
      drawn.type === "call" &&
      drawn.layer!.torch.includes("eps=0,") &&
      values !== undefined &&
      Number.isNaN(values.got),
  },
  {
    doc: porting,
    sentence: "**Batch norms** check the number of channels",
    targets: /^nn\.BatchNorm[12]d$/,
    covers: (_, { kind, got }) => kind === "refused here" && got.includes("channels along axis 1"),
  },
  {
    doc: porting,
    sentence: "**`SGD`** checks that Nesterov's momentum goes with a momentum and no dampening for each group",
    targets: /^optim\.SGD$/,
    covers: (_, { kind, got }) => kind === "refused here" && got.includes("Nesterov momentum requires"),
  },
  {
    doc: porting,
    sentence: "the slope at NaN is NaN here",
    targets: /(elu|celu|selu|hardswish|hardtanh|relu6|ELU|Hardswish|Hardtanh|ReLU6)$/,
    covers: (drawn, { part, kind }) =>
      part !== "outputs" && kind === "value" && some(drawn, (data) => data.some(Number.isNaN)),
  },
  {
    doc: porting,
    sentence: "**`Hardshrink` and `Softshrink`** keep NaN, with slope 1",
    targets: /(hard|soft)shrink$/i,
    covers: (drawn, { values }) => values?.expected === 0 && some(drawn, (data) => data.some(Number.isNaN)),
  },
  {
    doc: porting,
    sentence: "**`PixelUnshuffle`** of no pixels has the shape that is documented",
    targets: /(pixel_unshuffle|PixelUnshuffle)$/,
    covers: (drawn, { kind }) => kind === "shape" && some(drawn, ({ length }) => length === 0),
  },
  {
    doc: porting,
    sentence: "**`softMarginLoss`** does not overflow",
    targets: /(soft_margin_loss|SoftMarginLoss)$/,
    covers: (drawn, { values }) =>
      values !== undefined &&
      !Number.isFinite(values.expected) &&
      some(drawn, (data) => data.some((x) => Math.abs(x) > 80)),
  },
  {
    doc: porting,
    sentence: "**`poissonNLLLoss`** with `full` has a finite slope for a target of 0",
    targets: /(poisson_nll_loss|PoissonNLLLoss)$/,
    covers: (drawn, { part, values }) =>
      part !== "outputs" &&
      values !== undefined &&
      Number.isNaN(values.expected) &&
      some(drawn, (data) => data.includes(0)),
  },
  {
    doc: porting,
    sentence: "Its slope at exactly 3 is",
    targets: /ardswish$/,
    covers: (drawn, { part, kind }) =>
      part !== "outputs" && kind === "value" && some(drawn, (data) => data.includes(3)),
  },
  {
    doc: porting,
    sentence: "**Hardswish** is 0 from −∞ to −3, as documented; PyTorch makes NaN of −∞",
    targets: /ardswish$/,
    covers: (drawn, { values }) =>
      some(drawn, (data) => data.includes(-Infinity)) && values !== undefined && Number.isNaN(values.expected),
  },
  {
    doc: porting,
    sentence: "are what they tend to; PyTorch's formulas meet 0·∞, and give NaN",
    targets: /^pow$|mish$|Mish$|prelu$|PReLU$|^std$|mse_loss$|MSELoss$|^conv2d(Input|Weight)Grad$/,
    covers: (_, { part, values }) => part === "second" && values !== undefined && Number.isNaN(values.expected),
  },
  {
    doc: porting,
    sentence: "At NaN, the second derivative of `prelu` is that of its negative side; PyTorch's is 0",
    targets: /prelu$|PReLU$/,
    covers: (drawn, { part, values }) =>
      part === "second" && values?.expected === 0 && some(drawn, (data) => data.some(Number.isNaN)),
  },
  {
    doc: porting,
    sentence: "second derivative of `bceLoss` at 0 and 1 is that of the clamped slope",
    targets: /(binary_cross_entropy|BCELoss)$/,
    covers: (drawn, { part, values }) =>
      part === "second" &&
      values !== undefined &&
      (Math.abs(values.expected) > 1e15 || values.expected === 0) &&
      some(drawn, (data) => data.includes(0) || data.includes(1)),
  },
  {
    doc: porting,
    sentence: "**`klDivLoss`** has a finite slope for a target of 0",
    targets: /(kl_div|KLDivLoss)$/,
    covers: (drawn, { part, values }) =>
      part !== "outputs" &&
      values !== undefined &&
      Number.isNaN(values.expected) &&
      drawn.type === "call" &&
      drawn.inputs[1]!.data.includes(0),
  },
  {
    doc: porting,
    sentence: "**`klDivLoss`** with `batchmean` refuses a scalar, which has no batch",
    targets: /(kl_div|KLDivLoss)$/,
    covers: (drawn, { kind }) =>
      kind === "refused here" && drawn.type === "call" && drawn.inputs[0]!.shape.length === 0,
  },
  {
    doc: porting,
    sentence: "`scale_fn` is `scale`; the first of betas is cycled too, which PyTorch refuses before 2.0",
    targets: /^optim\.(CyclicLR|SequentialLR|ChainedScheduler)$/,
    covers: (drawn, { kind, expected }) =>
      kind === "refused by PyTorch" &&
      drawn.type === "schedule" &&
      drawn.optimizer === "Adam" &&
      expected.includes("optimizer must support momentum"),
  },
  {
    doc: porting,
    sentence: "**Circular padding** takes an image without a batch axis, as all padding does",
    targets: /^nn\.Conv[12]d$/,
    covers: (drawn, { kind, expected }) =>
      kind === "refused by PyTorch" &&
      drawn.type === "call" &&
      drawn.layer!.torch.includes('"circular"') &&
      expected.includes("Invalid padding size"),
  },
  {
    doc: numerics,
    sentence: "`pad` may crop an axis to nothing",
    targets: /^(pad|functional\.padBorder|nn\.(Zero|Constant|Reflection|Replication)Pad[12]d)$/,
    covers: (_, { kind, expected }) =>
      kind === "refused by PyTorch" && /negative output size|[Cc]alculated output/.test(expected),
  },
  {
    doc: porting,
    sentence: "Norms over single values have second derivatives of 0, also at NaN",
    targets: /^(nn|functional)\.(group|layer|instance)Norm([12]d)?$/i,
    covers: (drawn, { part, values }) =>
      part === "second" && values?.got === 0 && Number.isNaN(values.expected) && some(drawn, unbounded),
  },
  {
    doc: porting,
    sentence: "**Norms of nothing**",
    targets: /^(nn|functional)\.(instance|group)Norm([12]d)?$/i,
    covers: (drawn, { kind, values }) =>
      some(drawn, ({ length }) => length === 0) &&
      (kind === "refused by PyTorch" || (values !== undefined && Number.isNaN(values.expected))),
  },
  {
    doc: numerics,
    sentence: "Gradients of convolutions multiply what lies beside the reach of a tap by zero, here and in PyTorch",
    targets: /^(conv2d|conv2dInputGrad|conv2dWeightGrad|(nn|functional)\.conv(Transpose)?[12]d)$/i,
    covers: (drawn, { part, values }) =>
      (part !== "outputs" || /^(nn\.grad|F\.conv_transpose)/.test(drawn.torch)) &&
      values !== undefined &&
      some(drawn, unbounded) &&
      Number.isNaN(values.expected) !== Number.isNaN(values.got),
  },
];

function some(drawn: Case, such: (data: Float32Array | Int32Array) => boolean): boolean {
  return inputsOf(drawn).some(([, { data }]) => such(data));
}

function infinite(data: Float32Array | Int32Array): boolean {
  return data.some((value) => Math.abs(value) === Infinity);
}

function unbounded(data: Float32Array | Int32Array): boolean {
  return !data.every(Number.isFinite);
}

/** Whether there is a value whose square is 0 in float32. */
function minute(data: Float32Array | Int32Array): boolean {
  return data.some((value) => value !== 0 && Math.fround(value * value) === 0);
}
