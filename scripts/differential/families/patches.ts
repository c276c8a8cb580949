import * as nn from "@tapegrad/nn";
import type * as t from "@tapegrad/tensor";
import { bothForms, calls, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { keywords, onlyKeywords, python } from "../python.ts";

const { functional } = nn;

/** What takes images apart, puts them together, and samples them. */
export const patches: readonly Target[] = [
  ...bothForms(functional.unfold, "unfold", nn.Unfold, (draw) => {
    const { kernel, options } = windows(draw);
    const plane = [draw.integer(1, 3), draw.integer(1, 6), draw.integer(1, 6)];
    return {
      inputs: [draw.floats(draw.chance(0.2) ? plane : [draw.integer(1, 3), ...plane])],
      options: `, ${python(kernel)}${keywords(options)}`,
      run: ([x]) => functional.unfold(x!, kernel, options),
      make: () => new nn.Unfold(kernel, options),
    };
  }),
  ...bothForms(functional.fold, "fold", nn.Fold, (draw) => {
    const { kernel, options } = windows(draw);
    const size = [draw.integer(1, 6), draw.integer(1, 6)] as const;
    const counts = size.map((extent, i) => {
      const reach = options.dilation[i]! * (kernel[i]! - 1) + 1;
      return Math.max(1, Math.floor((extent + 2 * options.padding[i]! - reach) / options.stride[i]!) + 1);
    });
    const wrong = draw.chance(0.03) ? 1 : 0;
    const columns = [draw.integer(1, 3) * kernel[0] * kernel[1], counts[0]! * counts[1]! + wrong];
    return {
      inputs: [draw.floats(draw.chance(0.2) ? columns : [draw.integer(1, 3), ...columns])],
      options: `, ${python(size)}, ${python(kernel)}${keywords(options)}`,
      run: ([x]) => functional.fold(x!, size, kernel, options),
      make: () => new nn.Fold(size, kernel, options),
    };
  }),
  ...(
    [
      [1, functional.maxUnpool1d, nn.MaxUnpool1d],
      [2, functional.maxUnpool2d, nn.MaxUnpool2d],
    ] as const
  ).flatMap(([axes, op, Layer]) =>
    ([op, Layer] as const).map((subject) =>
      calls(subject === op ? `functional.max_unpool${axes}d` : `nn.${Layer.name}`, subject, (draw) => {
        const each = (low: number, high: number): number[] => draw.list(axes, () => draw.integer(low, high));
        const [kernel, stride, extents] = [each(1, 3), each(1, 3), each(1, 4)];
        const padding = kernel.map((extent, i) => (extents[i]! > 1 && draw.chance(0.3) ? Math.floor(extent / 2) : 0));
        const count = extents
          .map((extent, i) => (extent - 1) * stride[i]! + kernel[i]! - 2 * padding[i]!)
          .reduce((a, b) => a * b, 1);
        const shape = [draw.integer(1, 2), draw.integer(1, 2), ...extents];
        const limit = draw.chance(0.03) ? count : count - 1;
        return {
          inputs: [draw.floats(shape), draw.integers(shape, 0, limit, "index")],
          torch: `F.max_unpool${axes}d(x[0], x[1], ${python(kernel)}, stride=${python(stride)}, padding=${python(padding)})`,
          run: ([x, indices]) =>
            subject === op
              ? op(x!, indices!, kernel, { stride, padding })
              : new Layer(kernel, { stride, padding }).forward(x!, indices!),
        };
      }),
    ),
  ),
  ...(
    [
      [1, functional.adaptiveMaxPool1dWithIndices],
      [2, functional.adaptiveMaxPool2dWithIndices],
    ] as const
  ).map(([axes, op]) =>
    calls(`functional.adaptive_max_pool${axes}d_with_indices`, op, (draw) => {
      const size = draw.list(axes, () => draw.integer(1, 5));
      const example = [draw.integer(1, 3), ...draw.list(axes, () => draw.integer(1, 6))];
      return {
        inputs: [draw.floats(draw.chance(0.2) ? example : [draw.integer(1, 2), ...example])],
        torch: `F.adaptive_max_pool${axes}d(x[0], ${python(size)}, return_indices=True)`,
        run: ([x]) => (op as (x: t.Tensor, size: readonly number[]) => readonly t.Tensor[])(x!, size),
      };
    }),
  ),
  calls("functional.grid_sample", functional.gridSample, (draw) => {
    const options = {
      mode: draw.pick(["bilinear", "nearest", "bicubic"] as const),
      paddingMode: draw.pick(["zeros", "border", "reflection"] as const),
      alignCorners: draw.chance(0.5),
    };
    const n = draw.integer(1, 2);
    const [h, w] = [draw.integer(1, 5), draw.integer(1, 5)];
    return {
      inputs: [
        draw.floats([n, draw.integer(1, 3), h, w], { edges: false }),
        draw.floats([n, draw.integer(1, 3), draw.integer(1, 3), 2], { edges: false, ties: false, range: [-1.5, 1.5] }),
      ],
      torch: `F.grid_sample(x[0], x[1], ${onlyKeywords(options)})`,
      run: ([x, grid]) => functional.gridSample(x!, grid!, options),
    };
  }),
  calls("functional.affine_grid", functional.affineGrid, (draw) => {
    const size = [draw.integer(1, 3), 2, draw.integer(1, 4), draw.integer(1, 4)];
    const alignCorners = draw.chance(0.5);
    return {
      inputs: [draw.floats([size[0]!, 2, 3], { edges: false })],
      torch: `F.affine_grid(x[0], ${python(size)}${keywords({ alignCorners })})`,
      run: ([theta]) => functional.affineGrid(theta!, size, { alignCorners }),
    };
  }),
];

type Pair = readonly [number, number];

function windows(draw: Draw): {
  readonly kernel: Pair;
  readonly options: { readonly dilation: Pair; readonly padding: Pair; readonly stride: Pair };
} {
  const pair = (low: number, high: number): Pair => [draw.integer(low, high), draw.integer(low, high)];
  return { kernel: pair(1, 3), options: { dilation: pair(1, 2), padding: pair(0, 2), stride: pair(1, 3) } };
}
