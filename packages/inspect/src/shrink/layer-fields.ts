/** How the classes of `@tapegrad/nn` are made anew from what a layer's fields say. */
export interface LayerFields {
  /** Fields that are arguments of the constructor, in its order. */
  readonly args: readonly string[];
  /** Fields that are its options. */
  readonly options?: readonly string[];
  /** Which argument is the width that comes in, and along which axis it is found; absent if any will do. */
  readonly input?: { readonly arg: number; readonly axis: number };
  /** Which argument is the width that goes out; absent if it follows from what comes in. */
  readonly output?: number;
}

const channels = { input: { arg: 0, axis: 1 }, output: 1 };
const convolution: LayerFields = {
  args: ["inChannels", "outChannels", "kernelSize"],
  options: ["stride", "padding", "dilation", "groups", "bias", "paddingMode"],
  ...channels,
};
const transposed: LayerFields = {
  args: ["inChannels", "outChannels", "kernelSize"],
  options: ["stride", "padding", "outputPadding", "groups", "bias", "dilation"],
  ...channels,
};
const norm: LayerFields = {
  args: ["numFeatures"],
  options: ["eps", "momentum", "affine", "trackRunningStats"],
  input: { arg: 0, axis: 1 },
};
const plain: LayerFields = { args: [] };
const dropout: LayerFields = { args: ["p"] };
const maxPool: LayerFields = { args: ["kernelSize"], options: ["stride", "padding", "dilation", "ceilMode"] };
const averagePool: LayerFields = { args: ["kernelSize"], options: ["stride", "padding"] };
const adaptive: LayerFields = { args: ["outputSize"] };
const ofDim: LayerFields = { args: ["dim"] };

/** By class. A layer of another class, or with fields of another kind, is left as it is. */
export const layerFields: Readonly<Record<string, LayerFields>> = {
  Linear: {
    args: ["inFeatures", "outFeatures"],
    options: ["bias"],
    input: { arg: 0, axis: -1 },
    output: 1,
  },
  Conv1d: convolution,
  Conv2d: convolution,
  ConvTranspose1d: transposed,
  ConvTranspose2d: transposed,
  BatchNorm1d: norm,
  BatchNorm2d: norm,
  InstanceNorm1d: norm,
  InstanceNorm2d: norm,
  GroupNorm: { args: ["numGroups", "numChannels"], options: ["eps", "affine"], input: { arg: 1, axis: 1 } },
  LayerNorm: { args: ["normalizedShape"], options: ["eps", "elementwiseAffine"], input: { arg: 0, axis: -1 } },
  RMSNorm: { args: ["normalizedShape"], options: ["eps", "elementwiseAffine"], input: { arg: 0, axis: -1 } },
  Embedding: { args: ["numEmbeddings", "embeddingDim"], output: 1 },
  Dropout: dropout,
  Dropout1d: dropout,
  Dropout2d: dropout,
  AlphaDropout: dropout,
  MaxPool1d: maxPool,
  MaxPool2d: maxPool,
  AvgPool1d: averagePool,
  AvgPool2d: averagePool,
  AdaptiveAvgPool1d: adaptive,
  AdaptiveAvgPool2d: adaptive,
  AdaptiveMaxPool1d: adaptive,
  AdaptiveMaxPool2d: adaptive,
  Flatten: { args: [], options: ["startDim", "endDim"] },
  Unflatten: { args: ["dim", "unflattenedSize"] },
  Identity: plain,
  ReLU: plain,
  ReLU6: plain,
  SiLU: plain,
  Mish: plain,
  Sigmoid: plain,
  LogSigmoid: plain,
  Tanh: plain,
  Softsign: plain,
  Tanhshrink: plain,
  Hardsigmoid: plain,
  Hardswish: plain,
  Softmax2d: plain,
  LeakyReLU: { args: ["negativeSlope"] },
  ELU: { args: ["alpha"] },
  CELU: { args: ["alpha"] },
  SELU: plain,
  GELU: { args: [], options: ["approximate"] },
  Softmax: ofDim,
  LogSoftmax: ofDim,
  Softmin: ofDim,
  GLU: ofDim,
};
