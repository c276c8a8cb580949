import * as nn from "@tapegrad/nn";
import fc from "fast-check";
import type { LayerKind } from "./layer-kinds.ts";
import { batch, channels, images, pair, sequences, upTo, withArgument } from "./layer-shapes.ts";
import { layerSpec, type ModuleSpec } from "./module-spec.ts";

/** A pooling window and an input that it fits. */
const windows = fc
  .record({
    n: batch,
    c: channels,
    kernel: pair(upTo(3)),
    stride: pair(upTo(3)),
    wantedPadding: pair(fc.nat({ max: 1 })),
    dilation: pair(upTo(2)),
    slack: pair(fc.nat({ max: 3 })),
    ceilMode: fc.boolean(),
  })
  .map(({ n, c, kernel, stride, wantedPadding, dilation, slack, ceilMode }) => {
    const padding = ([0, 1] as const).map((i) => Math.min(wantedPadding[i], Math.floor(kernel[i] / 2)));
    const [h, w] = ([0, 1] as const).map(
      (i) => Math.max(1, dilation[i] * (kernel[i] - 1) + 1 - 2 * padding[i]!) + slack[i],
    );
    return {
      shape: [n, c, h!, w!] as const,
      kernel,
      dilation,
      options: { stride, padding: [padding[0]!, padding[1]!] as const, ceilMode },
    };
  });

/** The options of windows along rows alone. */
function inRows<O extends { readonly stride: readonly number[]; readonly padding: readonly number[] }>(options: O) {
  return { ...options, stride: options.stride[1]!, padding: options.padding[1]! };
}

/** How to draw layers of windows. */
export const windowLayers: Readonly<Record<Extract<LayerKind, `${string}Pool${1 | 2}d`>, fc.Arbitrary<ModuleSpec>>> = {
  MaxPool2d: windows.map(({ shape, kernel, dilation, options }) =>
    layerSpec(nn.MaxPool2d, [kernel, { ...options, dilation }], shape),
  ),
  AvgPool2d: fc
    .tuple(windows, fc.boolean(), fc.constantFrom(null, 1, 3))
    .map(([{ shape, kernel, options }, countIncludePad, divisorOverride]) =>
      layerSpec(nn.AvgPool2d, [kernel, { ...options, countIncludePad, divisorOverride }], shape),
    ),
  MaxPool1d: windows.map(({ shape: [n, c, , w], kernel, dilation, options }) =>
    layerSpec(nn.MaxPool1d, [kernel[1], { ...inRows(options), dilation: dilation[1] }], [n, c, w]),
  ),
  AvgPool1d: fc.tuple(windows, fc.boolean()).map(
    ([
      {
        shape: [n, c, , w],
        kernel,
        options,
      },
      countIncludePad,
    ]) => layerSpec(nn.AvgPool1d, [kernel[1], { ...inRows(options), countIncludePad }], [n, c, w]),
  ),
  LPPool1d: windows.map(({ shape: [n, c, , w], kernel, options: { stride, ceilMode } }) =>
    layerSpec(nn.LPPool1d, [2, kernel[1], { stride: stride[1], ceilMode }], [n, c, w + 2]),
  ),
  LPPool2d: windows.map(({ shape: [n, c, h, w], kernel, options: { stride, ceilMode } }) =>
    layerSpec(nn.LPPool2d, [2, kernel, { stride, ceilMode }], [n, c, h + 2, w + 2]),
  ),
  AdaptiveAvgPool1d: withArgument(nn.AdaptiveAvgPool1d, upTo(4), sequences),
  AdaptiveMaxPool1d: withArgument(nn.AdaptiveMaxPool1d, upTo(4), sequences),
  AdaptiveAvgPool2d: withArgument(nn.AdaptiveAvgPool2d, pair(upTo(4)), images),
  AdaptiveMaxPool2d: withArgument(nn.AdaptiveMaxPool2d, pair(upTo(4)), images),
};
