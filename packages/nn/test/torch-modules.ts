import * as nn from "@tapegrad/nn";
import { goldenTensor, type GoldenTensor } from "@tapegrad/test-support";

/** Arguments that come by position here, in order, by PyTorch's name of the layer. All others are options. */
export const positional: Readonly<Record<string, readonly string[]>> = {
  AdaptiveAvgPool1d: ["output_size"],
  AdaptiveAvgPool2d: ["output_size"],
  AdaptiveMaxPool1d: ["output_size"],
  AdaptiveMaxPool2d: ["output_size"],
  AvgPool1d: ["kernel_size"],
  AvgPool2d: ["kernel_size"],
  BatchNorm1d: ["num_features"],
  BatchNorm2d: ["num_features"],
  CELU: ["alpha"],
  ChannelShuffle: ["groups"],
  ConstantPad1d: ["padding", "value"],
  ConstantPad2d: ["padding", "value"],
  Conv1d: ["in_channels", "out_channels", "kernel_size"],
  Conv2d: ["in_channels", "out_channels", "kernel_size"],
  ConvTranspose1d: ["in_channels", "out_channels", "kernel_size"],
  ConvTranspose2d: ["in_channels", "out_channels", "kernel_size"],
  Dropout: ["p"],
  Dropout1d: ["p"],
  Dropout2d: ["p"],
  ELU: ["alpha"],
  Embedding: ["num_embeddings", "embedding_dim"],
  Fold: ["output_size", "kernel_size"],
  GLU: ["dim"],
  GroupNorm: ["num_groups", "num_channels"],
  Hardshrink: ["lambd"],
  InstanceNorm1d: ["num_features"],
  InstanceNorm2d: ["num_features"],
  LPPool1d: ["norm_type", "kernel_size"],
  LPPool2d: ["norm_type", "kernel_size"],
  LayerNorm: ["normalized_shape"],
  LeakyReLU: ["negative_slope"],
  Linear: ["in_features", "out_features"],
  LocalResponseNorm: ["size"],
  LogSoftmax: ["dim"],
  MaxPool1d: ["kernel_size"],
  MaxPool2d: ["kernel_size"],
  PixelShuffle: ["upscale_factor"],
  PixelUnshuffle: ["downscale_factor"],
  ReflectionPad1d: ["padding"],
  ReflectionPad2d: ["padding"],
  ReplicationPad1d: ["padding"],
  ReplicationPad2d: ["padding"],
  Softmax: ["dim"],
  Softmin: ["dim"],
  Softshrink: ["lambd"],
  Threshold: ["threshold", "value"],
  Unfold: ["kernel_size"],
  Unflatten: ["dim", "unflattened_size"],
  ZeroPad2d: ["padding"],
};

/** The same of functions. */
const positionalOfFunctions: Readonly<Record<string, readonly string[]>> = {
  adaptive_max_pool1d_with_indices: ["input", "output_size"],
  adaptive_max_pool2d_with_indices: ["input", "output_size"],
  conv1d: ["input", "weight", "bias"],
  conv_transpose1d: ["input", "weight", "bias"],
  conv_transpose2d: ["input", "weight", "bias"],
  grid_sample: ["input", "grid"],
  group_norm: ["input", "num_groups"],
  instance_norm: ["input"],
  layer_norm: ["input", "normalized_shape"],
  max_unpool1d: ["input", "indices", "kernel_size"],
};

/** The arguments of a function as they are given here, those that come by position first. */
export function functionArguments(op: string, args: Readonly<Record<string, unknown>>): readonly unknown[] {
  const first = positionalOfFunctions[op]!;
  const options = Object.entries(args).filter(([name]) => !first.includes(name));
  return [
    ...first.map((name) => args[name]),
    Object.fromEntries(options.map(([name, value]) => [fieldName(name), value])),
  ];
}

/** A module as PyTorch's call would make it. */
export interface BuiltModule {
  readonly module: nn.Layer;
  /** Whether the call asked for the indices of maxima, which come from a method of their own here. */
  readonly returnsIndices: boolean;
}

/** Makes the module that PyTorch makes of these arguments. */
export function buildModule(
  op: string,
  args: Readonly<Record<string, unknown>>,
  note = "",
  extra: object = {},
): BuiltModule {
  const { return_indices: returnsIndices = false, ...rest } = args;
  const first = positional[op] ?? [];
  const options = Object.fromEntries(
    Object.entries(rest)
      .filter(([name]) => !first.includes(name))
      .map(([name, value]) => [fieldName(name), argumentOf(value)]),
  );
  const Layer = (nn as unknown as Record<string, new (...args: unknown[]) => nn.Layer>)[op]!;
  const module = new Layer(...first.filter((name) => name in rest).map((name) => rest[name]), { ...options, ...extra });
  if (note.includes("track_running_stats set False AFTER construction"))
    Object.assign(module, { trackRunningStats: false });
  return { module, returnsIndices: returnsIndices === true };
}

/** `num_features` as it is spelt here. */
export function fieldName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** An argument as it is given here; tensors are wrapped as `{ tensor }` in the shared golden files. */
function argumentOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("tensor" in value) return argumentOf(value.tensor);
  return "dtype" in value ? goldenTensor(value as GoldenTensor) : value;
}
