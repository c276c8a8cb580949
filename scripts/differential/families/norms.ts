import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { bothForms, calls, type Drawn, layers, type LayerSpec, type Target } from "../case.ts";
import { normalisedTolerance } from "../compare.ts";
import type { Draw } from "../draw.ts";
import { keywords, python } from "../python.ts";

/** Normalisations. Those that keep statistics are called several times, in both modes. */
export const norms: readonly Target[] = [
  ...([nn.BatchNorm1d, nn.BatchNorm2d] as const).map((Layer) =>
    layers(
      `nn.${Layer.name}`,
      Layer,
      (draw) => {
        const channels = draw.integer(1, 4);
        const options = {
          eps: draw.mostly(1e-5, [1e-3, 1, 0]),
          momentum: draw.mostly<number | null>(0.1, [null, 0, 1, 0.7]),
          affine: draw.chance(0.7),
          trackRunningStats: draw.chance(0.8),
        };
        const inputs = draw.list(draw.integer(1, 3), () => batch(draw, channels, Layer === nn.BatchNorm2d));
        return {
          inputs,
          make: () => new Layer(channels, options),
          torch: `nn.${Layer.name}(${channels}${keywords(options)})`,
          state: statistics(draw, channels, options),
          tolerance: normalisedTolerance,
          frozen: draw.mostly<readonly string[]>([], [["weight"], ["bias"], ["weight", "bias"]]),
          calls: callsOf(draw, inputs.length),
        };
      },
      4,
    ),
  ),
  calls(
    "batchNorm",
    t.batchNorm,
    (draw) => {
      const channels = draw.integer(1, 4);
      const training = draw.chance(0.5);
      const options = { training, momentum: draw.mostly(0.1, [0, 1]), eps: draw.mostly(1e-5, [1e-3, 1]) };
      const affine = draw.chance(0.7);
      const inputs = [
        batch(draw, channels, true),
        draw.floats([channels], { grad: false, view: false, edges: false }),
        draw.floats([channels], { grad: false, view: false, edges: false, range: [0, 3] }),
        ...(affine
          ? Object.values(affineState(draw, [channels])).map((each) => ({ ...each, requiresGrad: true }))
          : []),
      ];
      return {
        inputs,
        tolerance: normalisedTolerance,
        torch: `[F.batch_norm(*x${keywords(options)}), x[1], x[2]]`,
        run: ([x, runningMean, runningVar, weight = null, bias = null]) => [
          t.batchNorm(x!, { runningMean: runningMean!, runningVar: runningVar!, weight, bias, ...options }),
          runningMean!,
          runningVar!,
        ],
      };
    },
    2,
  ),
  layers(
    "nn.GroupNorm",
    nn.GroupNorm,
    (draw) => {
      const groups = draw.integer(1, 3);
      const channels = groups * draw.integer(1, 3);
      const options = { eps: draw.mostly(1e-5, [1e-3, 1]), affine: draw.chance(0.7) };
      const planes = draw.shape(0, 2);
      const few = planes.reduce((a, b) => a * b, channels / groups) < 4;
      return {
        inputs: [draw.floats([draw.extent(3), channels, ...planes], { ties: few ? "only" : true })],
        make: () => new nn.GroupNorm(groups, channels, options),
        torch: `nn.GroupNorm(${groups}, ${channels}${keywords(options)})`,
        state: options.affine ? affineState(draw, [channels]) : {},
        tolerance: normalisedTolerance,
      };
    },
    2,
  ),
  layers(
    "nn.LayerNorm",
    nn.LayerNorm,
    (draw) => {
      const shape = draw.list(draw.integer(1, 2), () => draw.integer(1, 5));
      const options = { eps: draw.mostly(1e-5, [1e-3, 1]), elementwiseAffine: draw.chance(0.7) };
      return {
        inputs: [
          draw.floats([...draw.shape(0, 2), ...shape], { ties: shape.length === 1 && shape[0]! < 4 ? "only" : true }),
        ],
        make: () => new nn.LayerNorm(shape, options),
        torch: `nn.LayerNorm(${python(shape)}${keywords(options)})`,
        state: options.elementwiseAffine ? affineState(draw, shape) : {},
        tolerance: normalisedTolerance,
      };
    },
    2,
  ),
  ...([nn.InstanceNorm1d, nn.InstanceNorm2d] as const).map((Layer) =>
    layers(
      `nn.${Layer.name}`,
      Layer,
      (draw) => {
        const channels = draw.integer(1, 4);
        const options = {
          eps: draw.mostly(1e-5, [1e-3, 1]),
          momentum: draw.mostly(0.1, [0, 1, 0.7]),
          affine: draw.chance(0.5),
          trackRunningStats: draw.chance(0.5),
        };
        const inputs = draw.list(draw.integer(1, 3), () => {
          const extents = draw.list(Layer === nn.InstanceNorm1d ? 1 : 2, () => draw.integer(1, 5));
          const planes = [channels, ...extents];
          return draw.floats(draw.chance(0.2) ? planes : [draw.extent(3), ...planes], {
            ties: extents.reduce((x, y) => x * y, 1) < 5 ? "only" : true,
          });
        });
        return {
          inputs,
          make: () => new Layer(channels, options),
          torch: `nn.${Layer.name}(${channels}${keywords(options)})`,
          state: statistics(draw, channels, options),
          tolerance: normalisedTolerance,
          calls: callsOf(draw, inputs.length),
        };
      },
      2,
    ),
  ),
  ...bothForms(nn.functional.localResponseNorm, "local_response_norm", nn.LocalResponseNorm, (draw) => {
    const size = draw.integer(1, 4);
    const options = { alpha: draw.mostly(1e-4, [0.5, 1]), beta: draw.mostly(0.75, [1, 0.5]), k: draw.mostly(1, [2]) };
    return {
      inputs: [
        draw.floats(
          draw.list(draw.integer(3, 4), () => draw.extent(4)),
          { edges: false },
        ),
      ],
      options: `, ${size}${keywords(options)}`,
      run: ([x]) => nn.functional.localResponseNorm(x!, size, options),
      make: () => new nn.LocalResponseNorm(size, options),
    };
  }),
  // PyTorch has had the layer since 2.4; this is its formula.
  calls("nn.RMSNorm", nn.RMSNorm, (draw) => {
    const shape = draw.list(draw.integer(1, 2), () => draw.integer(1, 5));
    const eps = draw.mostly<number | null>(null, [1e-3, 1]);
    const axes = python(shape.map((_, i) => -1 - i));
    return {
      inputs: [
        draw.floats([...draw.shape(0, 2), ...shape], { edges: false }),
        draw.floats(shape, { edges: false, view: false }),
      ],
      torch: `x[0] * torch.rsqrt(x[0].pow(2).mean(${axes}, keepdim=True) + ${eps ?? 2 ** -23}) * x[1]`,
      tolerance: normalisedTolerance,
      run: ([x, weight]) => {
        const layer = new nn.RMSNorm(shape, { eps, elementwiseAffine: false });
        return t.mul(layer.forward(x!), weight!);
      },
    };
  }),
];

/** The functional forms, with scale and shift where chance has it. */
export const functionalNorms: readonly Target[] = [
  calls("functional.layerNorm", nn.functional.layerNorm, (draw) => {
    const shape = draw.list(draw.integer(1, 2), () => draw.integer(1, 5));
    const few = shape.length === 1 && shape[0]! < 4;
    const { tensors, torch, read } = scaleAndShift(draw, shape);
    const eps = draw.mostly(1e-5, [1e-3, 1]);
    return {
      inputs: [draw.floats([...draw.shape(0, 2), ...shape], { ties: few ? "only" : true }), ...tensors],
      torch: `F.layer_norm(x[0], ${python(shape)}${torch}, eps=${eps})`,
      run: (x) => nn.functional.layerNorm(x[0]!, shape, { ...read(x), eps }),
      tolerance: normalisedTolerance,
    };
  }),
  calls("functional.groupNorm", nn.functional.groupNorm, (draw) => {
    const groups = draw.integer(1, 3);
    const channels = draw.chance(0.05) ? groups + 1 : groups * draw.integer(1, 3);
    const planes = draw.shape(0, 2);
    const few = planes.reduce((a, b) => a * b, channels / groups) < 4;
    const { tensors, torch, read } = scaleAndShift(draw, [draw.chance(0.03) ? channels + 1 : channels]);
    const eps = draw.mostly(1e-5, [1e-3, 1]);
    return {
      inputs: [draw.floats([draw.extent(3), channels, ...planes], { ties: few ? "only" : true }), ...tensors],
      torch: `F.group_norm(x[0], ${groups}${torch}, eps=${eps})`,
      run: (x) => nn.functional.groupNorm(x[0]!, groups, { ...read(x), eps }),
      tolerance: normalisedTolerance,
    };
  }),
  calls("functional.instanceNorm", nn.functional.instanceNorm, (draw) => {
    const channels = draw.integer(1, 4);
    const extents = draw.list(draw.integer(1, 2), () => draw.integer(1, 5));
    const few = extents.reduce((a, b) => a * b, 1) < 5;
    const still = { grad: false, view: false, edges: false } as const;
    const running = draw.chance(0.5);
    const { tensors, torch, read } = scaleAndShift(draw, [channels], running ? 3 : 1);
    const options = {
      useInputStats: draw.chance(0.7),
      momentum: draw.mostly(0.1, [0, 1]),
      eps: draw.mostly(1e-5, [1]),
    };
    const statistics = running
      ? [draw.floats([channels], still), draw.floats([channels], { ...still, range: [0, 3] })]
      : [];
    return {
      inputs: [
        draw.floats([draw.integer(1, 3), channels, ...extents], { ties: few ? "only" : true }),
        ...statistics,
        ...tensors,
      ],
      torch: `[F.instance_norm(x[0], ${running ? "x[1], x[2]" : "None, None"}${torch}${keywords(options)}), ${running ? "x[1], x[2]" : ""}]`,
      run: (x) => {
        const kept = running ? { runningMean: x[1]!, runningVar: x[2]! } : {};
        return [nn.functional.instanceNorm(x[0]!, { ...kept, ...read(x), ...options }), ...Object.values(kept)];
      },
      tolerance: normalisedTolerance,
    };
  }),
  // PyTorch has had it since 2.4; this is its formula.
  calls("functional.rmsNorm", nn.functional.rmsNorm, (draw) => {
    const shape = draw.list(draw.integer(1, 2), () => draw.integer(2, 5));
    const eps = draw.mostly<number | null>(null, [1e-3, 1]);
    const axes = python(shape.map((_, i) => -1 - i));
    return {
      inputs: [draw.floats([...draw.shape(0, 2), ...shape], { edges: false }), draw.floats(shape, { edges: false })],
      torch: `x[0] * torch.rsqrt(x[0].pow(2).mean(${axes}, keepdim=True) + ${eps ?? 2 ** -23}) * x[1]`,
      run: ([x, weight]) => nn.functional.rmsNorm(x!, shape, { weight: weight!, eps }),
      tolerance: normalisedTolerance,
    };
  }),
];

/** A scale and a shift, either of which may be left out: inputs from number `first` on, in both languages. */
function scaleAndShift(
  draw: Draw,
  shape: readonly number[],
  first = 1,
): {
  readonly tensors: readonly Drawn[];
  readonly torch: string;
  readonly read: (x: readonly t.Tensor[]) => { readonly weight: t.Tensor | null; readonly bias: t.Tensor | null };
} {
  const [weight, bias] = [draw.chance(0.7), draw.chance(0.7)];
  const place = weight ? first + 1 : first;
  const tensors = draw.list(Number(weight) + Number(bias), () => draw.floats(shape, { edges: false, view: false }));
  return {
    tensors,
    torch: `${weight ? `, weight=x[${first}]` : ""}${bias ? `, bias=x[${place}]` : ""}`,
    read: (x) => ({ weight: weight ? x[first]! : null, bias: bias ? x[place]! : null }),
  };
}

/** A batch, often with a mean far from 0, sometimes constant or a single value for each channel. */
function batch(draw: Draw, channels: number, planes: boolean): Drawn {
  const given = draw.chance(0.02) ? channels + 1 : channels;
  const extents = planes
    ? [draw.integer(1, 6), draw.integer(1, 6)]
    : draw.pick([[], [draw.integer(1, 6)], [draw.integer(1, 6)]]);
  const shape = [draw.extent(4), given, ...extents];
  // Of two or three values that nearly agree, rounding is all that is left.
  const few = shape.reduce((a, b) => a * b, 1) <= 4 * given;
  const far = draw.chance(0.2);
  return draw.floats(shape, {
    ...(far ? { edges: false, range: [20, 24] } : {}),
    ...(few ? { ties: "only" } : {}),
  });
}

function callsOf(draw: Draw, inputs: number): LayerSpec["calls"] {
  return draw.list(inputs, (i) => ({ train: draw.chance(0.65), inputs: [i] }));
}

function affineState(draw: Draw, shape: readonly number[]): Record<string, Drawn> {
  const still = { grad: false, view: false, edges: false } as const;
  return { weight: draw.floats(shape, still), bias: draw.floats(shape, still) };
}

/** State that differs from what a constructor makes. */
function statistics(
  draw: Draw,
  channels: number,
  { affine, trackRunningStats }: { readonly affine: boolean; readonly trackRunningStats: boolean },
): Record<string, Drawn> {
  const still = { grad: false, view: false, edges: false } as const;
  return {
    ...(affine ? affineState(draw, [channels]) : {}),
    ...(trackRunningStats && draw.chance(0.6)
      ? {
          running_mean: draw.floats([channels], still),
          running_var: draw.floats([channels], { ...still, range: [0, 4] }),
        }
      : {}),
  };
}
