import * as nn from "@tapegrad/nn";
import fc from "fast-check";
import { conv2dConfigurations } from "./conv2d.ts";
import { kinkedLayers, type LayerKind, layerKinds } from "./layer-kinds.ts";
import {
  anything,
  batch,
  channels,
  extent,
  images,
  pair,
  plain,
  sequences,
  upTo,
  withArgument,
} from "./layer-shapes.ts";
import { layerSpec, type ModuleSpec } from "./module-spec.ts";
import { resizingLayers } from "./resizing-layers.ts";
import { windowLayers } from "./window-layers.ts";

/** Which layers are drawn. */
export interface LayerOptions {
  /** Only these kinds, by the name of their class. @default all of `layerKinds` */
  readonly kinds?: readonly LayerKind[];
  /**
   * Leave out what finite differences need not agree with: layers with kinks, as relu and max pooling, and the padding row of
   * an embedding. @default false
   */
  readonly smooth?: boolean;
}

/**
 * Single layers of every kind in `@tapegrad/nn`, with options and an input shape that fits; losses and containers are no
 * layers. They shrink towards few channels, small images and default options.
 *
 * Batch norms keep statistics, so that in eval mode no layer looks at the batch.
 *
 * Layers that normalise see at least 8 values for each statistic, so that none is degenerate, and their momentum is not 0:
 * `batchNormConfigurations` goes down to two, and has all momenta.
 */
export function layers({ kinds = layerKinds, smooth = false }: LayerOptions = {}): fc.Arbitrary<ModuleSpec> {
  const chosen = smooth ? kinds.filter((kind) => !kinkedLayers.has(kind)) : kinds;
  return fc.oneof(...chosen.map((kind) => (smooth && kind === "Embedding" ? embeddings(false) : everyKind[kind])));
}

const probabilities = fc.constantFrom(0.5, 0.25, 0.75, 0);
const norm = fc.record({ eps: fc.constantFrom(1e-5, 1e-3, 0.1), affine: fc.boolean() });
const tracked = fc.record({
  eps: fc.constantFrom(1e-5, 1e-3, 0.1),
  momentum: fc.constantFrom(0.1, 0.5, 1),
  affine: fc.boolean(),
});
const momenta = fc.constantFrom<number | null>(0.1, null, 0.5, 1);

const convolutions = fc.record({
  configuration: conv2dConfigurations(),
  same: fc.boolean(),
  mode: fc.constantFrom<nn.PaddingMode>("zeros", "circular", "reflect", "replicate"),
});

const conv2d = convolutions.map(({ configuration, same, mode }) => {
  const { inputShape, weightShape, stride, padding, dilation, groups, bias } = configuration;
  const [, , kh, kw] = weightShape;
  const fits = padding[0] < inputShape[2] && padding[1] < inputShape[3];
  return layerSpec(
    nn.Conv2d,
    [
      inputShape[1],
      weightShape[0],
      [kh, kw],
      {
        ...(stride[0] * stride[1] > 1 ? { stride } : {}),
        ...(same && stride[0] * stride[1] === 1
          ? { padding: "same" as const }
          : padding[0] + padding[1] > 0
            ? { padding, ...(fits && mode !== "zeros" ? { paddingMode: mode } : {}) }
            : {}),
        ...(dilation[0] * dilation[1] > 1 ? { dilation } : {}),
        ...(groups > 1 ? { groups } : {}),
        ...(bias ? {} : { bias }),
      },
    ],
    inputShape,
  );
});

const conv1d = convolutions.map(({ configuration, mode }) => {
  const { inputShape, weightShape, stride, padding, dilation, groups, bias } = configuration;
  const [n, c, length] = inputShape;
  const options = { stride: stride[0], padding: padding[0], dilation: dilation[0], groups, bias };
  const border = padding[0] < length ? { paddingMode: mode } : {};
  return layerSpec(nn.Conv1d, [c, weightShape[0], weightShape[2], { ...options, ...border }], [n, c, length]);
});

const convTranspose2d = fc
  .record({
    shape: images,
    groupOutputs: channels,
    grouped: fc.boolean(),
    kernel: pair(upTo(3)),
    stride: pair(upTo(3)),
    dilation: pair(upTo(2)),
    wantedPadding: pair(fc.nat({ max: 2 })),
    wantedExtra: pair(fc.nat({ max: 2 })),
    bias: fc.boolean(),
  })
  .map(({ shape, groupOutputs, grouped, kernel, stride, dilation, wantedPadding, wantedExtra, bias }) => {
    const groups = grouped ? shape[1] : 1;
    const outputPadding = ([0, 1] as const).map((i) => Math.min(wantedExtra[i], stride[i] - 1)) as [number, number];
    const padding = ([0, 1] as const).map((i) => {
      const unpadded = (shape[2 + i]! - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1 + outputPadding[i];
      return Math.min(wantedPadding[i], Math.floor((unpadded - 1) / 2));
    }) as [number, number];
    const options = { stride, padding, outputPadding, dilation, groups, bias };
    return layerSpec(nn.ConvTranspose2d, [shape[1], groups * groupOutputs, kernel, options], shape);
  });

/** The last row may be for padding: it gets no gradient, whatever depends on it. */
const embeddings = (padded: boolean): fc.Arbitrary<ModuleSpec> =>
  fc
    .tuple(batch, extent, upTo(5), channels)
    .map(([n, l, rows, width]) =>
      layerSpec(nn.Embedding, [rows, width, padded ? { paddingIdx: rows - 1 } : {}], [n, l], rows),
    );

/** How to draw each kind. */
const everyKind: Readonly<Record<LayerKind, fc.Arbitrary<ModuleSpec>>> = {
  ...windowLayers,
  ...resizingLayers,
  Linear: fc
    .tuple(anything, upTo(5), fc.boolean())
    .map(([shape, out, bias]) => layerSpec(nn.Linear, [shape.at(-1)!, out, bias ? {} : { bias }], shape)),
  Conv1d: conv1d,
  Conv2d: conv2d,
  ConvTranspose2d: convTranspose2d,
  ConvTranspose1d: fc
    .tuple(sequences, channels, upTo(3), upTo(3), fc.boolean(), fc.boolean())
    .map(([[n, c, l], out, kernel, stride, bias, extra]) =>
      layerSpec(
        nn.ConvTranspose1d,
        [c, out, kernel, { stride, bias, outputPadding: extra ? stride - 1 : 0, padding: l > 1 && kernel > 1 ? 1 : 0 }],
        [n, c, l + 1],
      ),
    ),
  BatchNorm1d: fc
    .tuple(channels, fc.integer({ min: 8, max: 10 }), fc.nat({ max: 3 }), tracked, momenta)
    .map(([c, n, l, options, momentum]) =>
      layerSpec(nn.BatchNorm1d, [c, { ...options, momentum }], l === 0 ? [n, c] : [n, c, l]),
    ),
  BatchNorm2d: fc
    .tuple(batch, channels, fc.integer({ min: 3, max: 5 }), tracked, momenta)
    .map(([n, c, side, options, momentum]) =>
      layerSpec(nn.BatchNorm2d, [c, { ...options, momentum }], [n, c, side, 3]),
    ),
  GroupNorm: fc
    .tuple(batch, upTo(2), upTo(2), fc.integer({ min: 3, max: 5 }), norm)
    .map(([n, groups, perGroup, side, options]) =>
      layerSpec(nn.GroupNorm, [groups, groups * perGroup, options], [n, groups * perGroup, side, 3]),
    ),
  LayerNorm: fc
    .tuple(batch, channels, fc.integer({ min: 3, max: 5 }), fc.boolean(), norm)
    .map(([n, c, side, withChannels, { eps, affine }]) =>
      layerSpec(
        nn.LayerNorm,
        [withChannels ? [c, side, 3] : [side, 3], { eps, elementwiseAffine: affine }],
        [n, c, side, 3],
      ),
    ),
  InstanceNorm2d: fc
    .tuple(batch, channels, fc.integer({ min: 3, max: 5 }), tracked, fc.boolean())
    .map(([n, c, side, options, trackRunningStats]) =>
      layerSpec(nn.InstanceNorm2d, [c, { ...options, trackRunningStats }], [n, c, side, 3]),
    ),
  InstanceNorm1d: fc
    .tuple(batch, channels, fc.integer({ min: 8, max: 10 }), tracked, fc.boolean())
    .map(([n, c, l, options, trackRunningStats]) =>
      layerSpec(nn.InstanceNorm1d, [c, { ...options, trackRunningStats }], [n, c, l]),
    ),
  RMSNorm: fc
    .tuple(batch, channels, fc.integer({ min: 3, max: 5 }), norm)
    .map(([n, c, side, { eps, affine }]) =>
      layerSpec(nn.RMSNorm, [[side, 3], { eps, elementwiseAffine: affine }], [n, c, side, 3]),
    ),
  LocalResponseNorm: fc
    .tuple(images, upTo(3))
    .map(([shape, size]) => layerSpec(nn.LocalResponseNorm, [size, { alpha: 0.5 }], shape)),
  Dropout: withArgument(nn.Dropout, probabilities),
  Dropout1d: withArgument(nn.Dropout1d, probabilities, fc.tuple(batch, channels, extent)),
  Dropout2d: withArgument(nn.Dropout2d, probabilities, images),
  AlphaDropout: withArgument(nn.AlphaDropout, probabilities),
  Unflatten: fc
    .tuple(images, fc.boolean())
    .map(([[n, c, h, w], open]) => layerSpec(nn.Unflatten, [1, [c, open ? -1 : h, w]], [n, c * h * w])),
  Flatten: withArgument(
    nn.Flatten,
    fc.constantFrom({}, { startDim: 2 }, { startDim: 1, endDim: 2 }, { startDim: -2 }),
    images,
  ),
  Identity: plain(nn.Identity),
  Embedding: fc.boolean().chain(embeddings),
  ReLU: plain(nn.ReLU),
  LeakyReLU: withArgument(nn.LeakyReLU, fc.constantFrom(0.01, 0.2)),
  ReLU6: plain(nn.ReLU6),
  ELU: withArgument(nn.ELU, fc.constantFrom(1, 0.5)),
  SELU: plain(nn.SELU),
  CELU: withArgument(nn.CELU, fc.constantFrom(1, 0.5)),
  GELU: withArgument(nn.GELU, fc.constantFrom({ approximate: "none" as const }, { approximate: "tanh" as const })),
  SiLU: plain(nn.SiLU),
  Mish: plain(nn.Mish),
  Softplus: withArgument(nn.Softplus, fc.constantFrom({}, { beta: 2 })),
  Softsign: plain(nn.Softsign),
  PReLU: fc
    .tuple(anything, fc.boolean())
    .map(([shape, each]) => layerSpec(nn.PReLU, [{ numParameters: each ? shape[1]! : 1 }], shape)),
  Hardtanh: withArgument(nn.Hardtanh, fc.constantFrom({}, { minVal: -0.5, maxVal: 2 })),
  Hardsigmoid: plain(nn.Hardsigmoid),
  Hardswish: plain(nn.Hardswish),
  Sigmoid: plain(nn.Sigmoid),
  LogSigmoid: plain(nn.LogSigmoid),
  Tanh: plain(nn.Tanh),
  Softmax: withArgument(nn.Softmax, fc.constantFrom(1, -1)),
  LogSoftmax: withArgument(nn.LogSoftmax, fc.constantFrom(1, -1)),
  Softmin: withArgument(nn.Softmin, fc.constantFrom(1, -1)),
  Softmax2d: images.map((shape) => layerSpec(nn.Softmax2d, [], shape)),
  GLU: images.map(([n, c, h, w]) => layerSpec(nn.GLU, [1], [n, 2 * c, h, w])),
  Threshold: fc
    .tuple(anything, fc.constantFrom(0, 0.5))
    .map(([shape, threshold]) => layerSpec(nn.Threshold, [threshold, 2], shape)),
  Hardshrink: withArgument(nn.Hardshrink, fc.constantFrom(0.5, 0.25)),
  Softshrink: withArgument(nn.Softshrink, fc.constantFrom(0.5, 0.25)),
  Tanhshrink: plain(nn.Tanhshrink),
};
