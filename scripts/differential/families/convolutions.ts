import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { calls, type Drawn, layers, type Target } from "../case.ts";
import { float32Tolerance, type Tolerance, winogradTolerance } from "../compare.ts";
import type { Draw } from "../draw.ts";
import { keywords, python } from "../python.ts";

type Pair = [number, number];

/** Convolutions of one and two axes, and their adjoints. */
export const convolutions: readonly Target[] = [
  calls(
    "conv2d",
    t.conv2d,
    (draw) => {
      const { input, weight, groups, values, tolerance } = geometry(draw, 2);
      const padding = draw.chance(0.1) ? draw.pick(["same", "valid"] as const) : pair(draw, 0, 2);
      const options = { stride: pair(draw, 1, 3), padding, dilation: pair(draw, 1, 2), groups };
      const bias = draw.chance(0.5) ? [draw.floats([weight.shape[0]!], values)] : [];
      return {
        inputs: [input, weight, ...bias],
        torch: `F.conv2d(x[0], x[1], ${bias.length > 0 ? "x[2]" : "None"}${keywords(options)})`,
        run: ([x, w, b]) => t.conv2d(x!, w!, b ?? null, options),
        tolerance,
      };
    },
    4,
  ),
  calls("conv2dInputGrad", t.conv2dInputGrad, (draw) => adjoint(draw, "input")),
  calls("conv2dWeightGrad", t.conv2dWeightGrad, (draw) => adjoint(draw, "weight")),
  ...(
    [
      [1, nn.Conv1d],
      [2, nn.Conv2d],
    ] as const
  ).map(([axes, Layer]) =>
    layers(
      `nn.${Layer.name}`,
      Layer,
      (draw) => {
        const { input, channels, groups, outputs, extents, tolerance } = geometry(draw, axes);
        const padding = draw.chance(0.2)
          ? draw.pick(["same", "valid"] as const)
          : draw.list(axes, () => draw.integer(0, 2));
        const options = {
          stride: padding === "same" && draw.chance(0.9) ? 1 : draw.list(axes, () => draw.integer(1, 3)),
          padding,
          dilation: draw.list(axes, () => draw.mostly(1, [2])),
          groups,
          bias: draw.chance(0.6),
          paddingMode: draw.mostly("zeros" as const, ["reflect", "replicate", "circular"] as const),
        };
        return {
          inputs: [input],
          make: () => new Layer(channels, outputs, extents, options),
          torch: `nn.${Layer.name}(${channels}, ${outputs}, ${python(extents)}${keywords(options)})`,
          frozen: draw.mostly<readonly string[]>([], [["weight"], ["bias"]]),
          tolerance,
        };
      },
      axes === 1 ? 2 : 4,
    ),
  ),
  layers(
    "nn.ConvTranspose2d",
    nn.ConvTranspose2d,
    (draw) => {
      const groups = draw.mostly(1, [2, 3]);
      const [channels, outputs] = [groups * draw.integer(1, 3), groups * draw.integer(1, 3)];
      const kernel = pair(draw, 1, 4);
      const options = {
        stride: pair(draw, 1, 3),
        padding: pair(draw, 0, 2),
        outputPadding: draw.mostly<Pair>(
          [0, 0],
          [
            [1, 0],
            [0, 1],
            [2, 1],
          ],
        ),
        groups,
        bias: draw.chance(0.6),
        dilation: pair(draw, 1, 2),
      };
      const image = [channels, draw.integer(1, 5), draw.integer(1, 5)];
      return {
        inputs: [draw.floats(draw.chance(0.15) ? image : [draw.integer(1, 3), ...image])],
        make: () => new nn.ConvTranspose2d(channels, outputs, kernel, options),
        torch: `nn.ConvTranspose2d(${channels}, ${outputs}, ${python(kernel)}${keywords(options)})`,
      };
    },
    2,
  ),
  layers("nn.ConvTranspose1d", nn.ConvTranspose1d, (draw) => {
    const groups = draw.mostly(1, [2, 3]);
    const [channels, outputs] = [groups * draw.integer(1, 3), groups * draw.integer(1, 3)];
    const kernel = draw.integer(1, 4);
    const options = {
      stride: draw.integer(1, 3),
      padding: draw.integer(0, 2),
      outputPadding: draw.mostly(0, [1, 2]),
      groups,
      bias: draw.chance(0.6),
      dilation: draw.integer(1, 2),
    };
    const sequence = [channels, draw.integer(1, 6)];
    return {
      inputs: [draw.floats(draw.chance(0.15) ? sequence : [draw.integer(1, 3), ...sequence])],
      make: () => new nn.ConvTranspose1d(channels, outputs, kernel, options),
      torch: `nn.ConvTranspose1d(${channels}, ${outputs}, ${kernel}${keywords(options)})`,
    };
  }),
];

/** The functional forms that are no ops of their own. */
export const functionalConvolutions: readonly Target[] = [
  calls("functional.conv1d", nn.functional.conv1d, (draw) => {
    const { input, weight, groups, values, tolerance } = geometry(draw, 1);
    const padding = draw.chance(0.2) ? draw.pick(["same", "valid"] as const) : draw.integer(0, 2);
    const options = { stride: draw.integer(1, 3), padding, dilation: draw.integer(1, 2), groups };
    const bias = draw.chance(0.5) ? [draw.floats([weight.shape[0]!], values)] : [];
    return {
      inputs: [input, weight, ...bias],
      torch: `F.conv1d(x[0], x[1], ${bias.length > 0 ? "x[2]" : "None"}${keywords(options)})`,
      run: ([x, w, b]) => nn.functional.conv1d(x!, w!, b ?? null, options),
      tolerance,
    };
  }),
  ...(
    [
      [1, "conv_transpose1d", nn.functional.convTranspose1d],
      [2, "conv_transpose2d", nn.functional.convTranspose2d],
    ] as const
  ).map(([axes, name, subject]) =>
    calls(`functional.${subject.name}`, subject, (draw) => {
      const groups = draw.mostly(1, [2, 3]);
      const channels = groups * draw.integer(1, 3);
      const each = (low: number, high: number): number[] => draw.list(axes, () => draw.integer(low, high));
      const options = {
        stride: each(1, 3),
        padding: each(0, 2),
        outputPadding: draw.chance(0.7) ? 0 : each(0, 2),
        groups,
        dilation: each(1, 2),
      };
      const example = [draw.chance(0.03) ? channels + 1 : channels, ...each(1, 5)];
      const weight = draw.floats([channels, draw.integer(1, 3), ...each(1, 4)]);
      const bias = draw.chance(0.5) ? [draw.floats([weight.shape[1]! * groups])] : [];
      return {
        inputs: [draw.floats(draw.chance(0.15) ? example : [draw.integer(1, 3), ...example]), weight, ...bias],
        torch: `F.${name}(x[0], x[1], ${bias.length > 0 ? "x[2]" : "None"}${keywords(options)})`,
        run: ([x, w, b]) => subject(x!, w!, b ?? null, options),
      };
    }),
  ),
];

/** Sizes of a convolution: mostly small ones; some in which Winograd's method is used; rarely ones that do not fit. */
function geometry(
  draw: Draw,
  axes: 1 | 2,
): {
  readonly input: Drawn;
  readonly weight: Drawn;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  readonly extents: number[];
  /** How values are drawn. */
  readonly values: { readonly edges: boolean };
  readonly tolerance: Tolerance;
} {
  const large = draw.chance(0.06);
  const groups = large ? 1 : draw.mostly(1, [2, 3]);
  const channels = large ? draw.integer(16, 20) : groups * draw.integer(1, 3);
  const outputs = large ? draw.integer(16, 20) : groups * draw.integer(1, 3);
  const extents = large ? draw.list(axes, () => 3) : draw.list(axes, () => draw.integer(1, 4));
  const image = draw.list(axes, () => draw.integer(large ? 6 : 1, large ? 12 : 9));
  const given = draw.chance(0.03) ? channels + 1 : channels;
  // NaN and infinities spread further by Winograd's method, which the documentation says.
  const values = { edges: !large };
  const batch = draw.chance(0.1) ? [] : [draw.extent(3)];
  return {
    input: draw.floats([...batch, given, ...image], values),
    weight: draw.floats([outputs, channels / groups, ...extents], values),
    groups,
    channels,
    outputs,
    extents,
    values,
    tolerance: large ? winogradTolerance : float32Tolerance,
  };
}

/** The gradients of a convolution as functions of their own. */
function adjoint(draw: Draw, of: "input" | "weight"): ReturnType<Parameters<typeof calls>[2]> {
  const groups = draw.mostly(1, [2]);
  const [n, channels, outputs] = [draw.integer(1, 3), groups * draw.integer(1, 3), groups * draw.integer(1, 3)];
  const [kernel, stride, dilation, padding] = [pair(draw, 1, 3), pair(draw, 1, 3), pair(draw, 1, 2), pair(draw, 0, 2)];
  const reach = kernel.map((extent, i) => dilation[i]! * (extent - 1) + 1);
  const image = reach.map((extent, i) => Math.max(1, extent - 2 * padding[i]!) + draw.integer(0, 5));
  const result = image.map((extent, i) => Math.floor((extent + 2 * padding[i]! - reach[i]!) / stride[i]!) + 1);
  const options = { stride, padding, dilation, groups };
  const gradient = draw.floats([n, outputs, ...result]);
  const [input, weight] = [
    [n, channels, ...image],
    [outputs, channels / groups, ...kernel],
  ];
  return of === "input"
    ? {
        inputs: [gradient, draw.floats(weight)],
        torch: `nn.grad.conv2d_input(${python(input)}, x[1], x[0]${keywords(options)})`,
        run: ([dy, w]) => t.conv2dInputGrad(dy!, w!, input, options),
      }
    : {
        inputs: [gradient, draw.floats(input)],
        torch: `nn.grad.conv2d_weight(x[1], ${python(weight)}, x[0]${keywords(options)})`,
        run: ([dy, x]) => t.conv2dWeightGrad(dy!, x!, weight, options),
      };
}

function pair(draw: Draw, low: number, high: number): Pair {
  return [draw.integer(low, high), draw.integer(low, high)];
}
