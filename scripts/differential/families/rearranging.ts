import * as nn from "@tapegrad/nn";
import { bothForms, calls, layers, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { python } from "../python.ts";

const { functional } = nn;

/** What puts borders around sequences and images, and what moves values about. */
export const rearranging: readonly Target[] = [
  ...([nn.ReflectionPad1d, nn.ReplicationPad1d] as const).map((Layer) =>
    layers(`nn.${Layer.name}`, Layer, (draw) => {
      const padding = sides(draw, 2) as nn.SequenceBorder;
      return {
        inputs: [draw.floats(planes(draw, 1))],
        make: () => new Layer(padding),
        torch: `nn.${Layer.name}(${python(padding)})`,
      };
    }),
  ),
  layers("nn.ReplicationPad2d", nn.ReplicationPad2d, (draw) => {
    const padding = sides(draw, 4) as nn.Border;
    return {
      inputs: [draw.floats(planes(draw, 2))],
      make: () => new nn.ReplicationPad2d(padding),
      torch: `nn.ReplicationPad2d(${python(padding)})`,
    };
  }),
  // PyTorch has had the layer since 2.1.
  calls("nn.CircularPad2d", nn.CircularPad2d, (draw) => {
    const side = (): number => draw.integer(0, 3);
    const padding = [side(), side(), side(), side()] as const;
    return {
      inputs: [draw.floats([draw.integer(1, 2), ...planes(draw, 2).slice(-3)])],
      torch: `F.pad(x[0], ${python(padding)}, mode="circular")`,
      run: ([x]) => new nn.CircularPad2d(padding).forward(x!),
    };
  }),
  layers("nn.ConstantPad1d", nn.ConstantPad1d, (draw) => {
    const [padding, value] = [sides(draw, 2) as nn.SequenceBorder, draw.pick([0, 1.5, -2, Infinity])];
    return {
      inputs: [draw.floats(planes(draw, 1))],
      make: () => new nn.ConstantPad1d(padding, value),
      torch: `nn.ConstantPad1d(${python(padding)}, ${python(value)})`,
    };
  }),
  layers("nn.ConstantPad2d", nn.ConstantPad2d, (draw) => {
    const [padding, value] = [sides(draw, 4) as nn.Border, draw.pick([0, 1.5, -2, Infinity])];
    return {
      inputs: [draw.floats(planes(draw, 2))],
      make: () => new nn.ConstantPad2d(padding, value),
      torch: `nn.ConstantPad2d(${python(padding)}, ${python(value)})`,
    };
  }),
  ...bothForms(functional.pixelUnshuffle, "pixel_unshuffle", nn.PixelUnshuffle, (draw) => {
    const factor = draw.integer(1, 3);
    const extent = (): number => factor * draw.extent(3) + (draw.chance(0.03) ? 1 : 0);
    return {
      inputs: [draw.floats([...draw.shape(0, 2), draw.extent(3), extent(), extent()])],
      options: `, ${factor}`,
      run: ([x]) => functional.pixelUnshuffle(x!, factor),
      make: () => new nn.PixelUnshuffle(factor),
    };
  }),
  ...bothForms(functional.channelShuffle, "channel_shuffle", nn.ChannelShuffle, (draw) => {
    const groups = draw.integer(1, 3);
    const channels = groups * draw.integer(1, 3) + (draw.chance(0.03) ? 1 : 0);
    return {
      inputs: [draw.floats([draw.integer(1, 3), channels, ...draw.list(draw.integer(1, 2), () => draw.integer(1, 4))])],
      options: `, ${groups}`,
      run: ([x]) => functional.channelShuffle(x!, groups),
      make: () => new nn.ChannelShuffle(groups),
    };
  }),
  calls("functional.unflatten", functional.unflatten, (draw) => {
    const { shape, dim, parts } = divided(draw);
    return {
      inputs: [draw.floats(shape)],
      torch: `x[0].unflatten(${dim}, ${python(parts)})`,
      run: ([x]) => functional.unflatten(x!, dim, parts),
    };
  }),
  layers("nn.Unflatten", nn.Unflatten, (draw) => {
    const { shape, dim, parts } = divided(draw);
    return {
      inputs: [draw.floats(shape)],
      make: () => new nn.Unflatten(dim, parts),
      torch: `nn.Unflatten(${dim}, tuple(${python(parts)}))`,
    };
  }),
  ...([nn.UpsamplingNearest2d, nn.UpsamplingBilinear2d] as const).map((Layer) =>
    layers(`nn.${Layer.name}`, Layer, (draw) => {
      const options = draw.chance(0.5)
        ? { size: [draw.integer(1, 9), draw.integer(1, 9)] as const }
        : { scaleFactor: draw.pick([1, 2, 3, 0.5, 1.5]) };
      const torch = "size" in options ? `size=${python(options.size)}` : `scale_factor=float(${options.scaleFactor})`;
      return {
        inputs: [
          draw.floats([draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 7), draw.integer(1, 7)], {
            edges: false,
          }),
        ],
        make: () => new Layer(options),
        torch: `nn.${Layer.name}(${torch})`,
        float32Decides: true,
      };
    }),
  ),
];

function planes(draw: Draw, axes: number): number[] {
  const plane = [draw.integer(1, 3), ...draw.list(axes, () => draw.integer(1, 5))];
  return draw.chance(0.2) ? plane : [draw.integer(1, 3), ...plane];
}

function sides(draw: Draw, count: number): number | number[] {
  return draw.chance(0.3) ? draw.integer(0, 2) : draw.list(count, () => draw.integer(-1, 3));
}

/** An axis made of several extents, one of which may be left open. */
function divided(draw: Draw): { readonly shape: number[]; readonly dim: number; readonly parts: number[] } {
  const parts = draw.list(draw.integer(1, 3), () => draw.integer(1, 3));
  const whole = parts.reduce((a, b) => a * b, 1) + (draw.chance(0.03) ? 1 : 0);
  const [before, after] = [draw.shape(0, 1), draw.shape(0, 1)];
  const dim = draw.chance(0.3) ? -1 - after.length : before.length;
  const open = draw.chance(0.4) ? draw.integer(0, parts.length - 1) : -1;
  return { shape: [...before, whole, ...after], dim, parts: parts.map((part, i) => (i === open ? -1 : part)) };
}
