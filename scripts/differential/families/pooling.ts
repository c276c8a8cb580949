import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { calls, type Drawn, layers, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { keywords, python } from "../python.ts";

const { functional } = nn;

/** Pooling, with fixed windows and adaptive. */
export const pooling: readonly Target[] = [
  calls(
    "maxPool2d",
    t.maxPool2d,
    (draw) => {
      const { input, kernel, options } = windows(draw, { dilation: pair(draw, 1, 2) }, 2);
      return {
        inputs: [input],
        torch: `F.max_pool2d(x[0], ${python(kernel)}${keywords(options)})`,
        run: ([x]) => t.maxPool2d(x!, kernel, options),
      };
    },
    2,
  ),
  calls("maxPool2dWithIndices", t.maxPool2dWithIndices, (draw) => {
    const { input, kernel, options } = windows(draw, { dilation: pair(draw, 1, 2) }, 2);
    return {
      inputs: [input],
      torch: `F.max_pool2d(x[0], ${python(kernel)}, return_indices=True${keywords(options)})`,
      run: ([x]) => t.maxPool2dWithIndices(x!, kernel, options),
    };
  }),
  layers("nn.MaxPool2d", nn.MaxPool2d, (draw) => {
    const { input, kernel, options } = windows(draw, { dilation: pair(draw, 1, 2) }, 2);
    return {
      inputs: [input],
      make: () => new nn.MaxPool2d(kernel, options),
      torch: `nn.MaxPool2d(${python(kernel)}${keywords(options)})`,
    };
  }),
  calls(
    "avgPool2d",
    t.avgPool2d,
    (draw) => {
      const { input, kernel, options } = windows(draw, averages(draw));
      return {
        inputs: [input],
        torch: `F.avg_pool2d(x[0], ${python(kernel)}${keywords(options)})`,
        run: ([x]) => t.avgPool2d(x!, kernel, options),
      };
    },
    2,
  ),
  layers("nn.AvgPool2d", nn.AvgPool2d, (draw) => {
    const { input, kernel, options } = windows(draw, averages(draw));
    return {
      inputs: [input],
      make: () => new nn.AvgPool2d(kernel, options),
      torch: `nn.AvgPool2d(${python(kernel)}${keywords(options)})`,
    };
  }),
  ...(
    [
      ["adaptive_avg_pool2d", t.adaptiveAvgPool2d, nn.AdaptiveAvgPool2d],
      ["adaptive_max_pool2d", functional.adaptiveMaxPool2d, nn.AdaptiveMaxPool2d],
    ] as const
  ).flatMap(([torch, op, Layer]) => [
    calls(`functional.${torch}`, op, (draw) => {
      const size = adaptiveSize(draw);
      return { inputs: [image(draw)], torch: `F.${torch}(x[0], ${python(size)})`, run: ([x]) => op(x!, size) };
    }),
    layers(`nn.${Layer.name}`, Layer, (draw) => {
      const size = adaptiveSize(draw);
      return { inputs: [image(draw)], make: () => new Layer(size), torch: `nn.${Layer.name}(${python(size)})` };
    }),
  ]),
];

function image(draw: Draw, least = 1): Drawn {
  const planes = [draw.extent(3), draw.integer(least, 9), draw.integer(least, 9)];
  return draw.floats(draw.chance(0.15) ? planes : [draw.extent(3), ...planes]);
}

/**
 * Windows over an image that is `least` wide and high; rarely with more padding than half a window. In one
 * cell, dilated windows hold padding alone, and PyTorch writes beside its memory.
 */
function windows<O>(
  draw: Draw,
  more: O,
  least = 1,
): {
  readonly input: Drawn;
  readonly kernel: [number, number];
  readonly options: O & {
    readonly stride: [number, number] | null;
    readonly padding: [number, number];
    readonly ceilMode: boolean;
  };
} {
  const kernel = draw.chance(0.3) ? ([2, 2] as [number, number]) : pair(draw, 1, 4);
  const padding = kernel.map((extent) =>
    draw.chance(0.02) ? extent : draw.chance(0.5) ? 0 : draw.integer(0, Math.floor(extent / 2)),
  ) as [number, number];
  const stride = draw.chance(0.3) ? null : pair(draw, 1, 4);
  return { input: image(draw, least), kernel, options: { stride, padding, ceilMode: draw.chance(0.4), ...more } };
}

function averages(draw: Draw): { readonly countIncludePad: boolean; readonly divisorOverride: number | null } {
  return { countIncludePad: draw.chance(0.5), divisorOverride: draw.mostly<number | null>(null, [1, 3, -2, 0]) };
}

function adaptiveSize(draw: Draw): number | [number | null, number | null] {
  return draw.chance(0.4)
    ? draw.integer(1, 6)
    : [draw.mostly<number | null>(draw.integer(1, 6), [null]), draw.mostly<number | null>(draw.integer(1, 6), [null])];
}

function pair(draw: Draw, low: number, high: number): [number, number] {
  return [draw.integer(low, high), draw.integer(low, high)];
}
