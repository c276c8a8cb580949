import * as nn from "@tapegrad/nn";
import { bothForms, calls, type Drawn, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { keywords, python } from "../python.ts";

const { functional } = nn;

/** Pooling of sequences, and power means of images too. */
export const sequences: readonly Target[] = [
  ...bothForms(functional.maxPool1d, "max_pool1d", nn.MaxPool1d, (draw) => {
    const { input, kernel, options } = maxima(draw);
    return {
      inputs: [input],
      options: `, ${kernel}${keywords(options)}`,
      run: ([x]) => functional.maxPool1d(x!, kernel, options),
      make: () => new nn.MaxPool1d(kernel, options),
    };
  }),
  calls("maxPool1dWithIndices", functional.maxPool1dWithIndices, (draw) => {
    const { input, kernel, options } = maxima(draw);
    return {
      inputs: [input],
      torch: `F.max_pool1d(x[0], ${kernel}, return_indices=True${keywords(options)})`,
      run: ([x]) => functional.maxPool1dWithIndices(x!, kernel, options),
    };
  }),
  ...bothForms(functional.avgPool1d, "avg_pool1d", nn.AvgPool1d, (draw) => {
    const { input, kernel, padding, stride, ceilMode } = windows(draw);
    const options = { stride, padding, ceilMode, countIncludePad: draw.chance(0.5) };
    return {
      inputs: [input],
      options: `, ${kernel}${keywords({ ...options, ...(stride === null && { stride: kernel }) })}`,
      run: ([x]) => functional.avgPool1d(x!, kernel, options),
      make: () => new nn.AvgPool1d(kernel, options),
    };
  }),
  ...bothForms(functional.lpPool1d, "lp_pool1d", nn.LPPool1d, (draw) => {
    const { input, kernel, stride, ceilMode } = windows(draw, powers);
    const p = exponent(draw);
    return {
      inputs: [input],
      options: `, ${p}, ${kernel}${keywords({ stride, ceilMode })}`,
      run: ([x]) => functional.lpPool1d(x!, p, kernel, { stride, ceilMode }),
      make: () => new nn.LPPool1d(p, kernel, { stride, ceilMode }),
    };
  }),
  ...bothForms(functional.lpPool2d, "lp_pool2d", nn.LPPool2d, (draw) => {
    const planes = [draw.integer(1, 3), draw.integer(1, 7), draw.integer(1, 7)];
    const kernel = draw.chance(0.4) ? draw.integer(1, 3) : ([draw.integer(1, 3), draw.integer(1, 3)] as const);
    const options = { stride: draw.chance(0.5) ? null : draw.integer(1, 3), ceilMode: draw.chance(0.4) };
    const p = exponent(draw);
    return {
      inputs: [draw.floats(draw.chance(0.15) ? planes : [draw.integer(1, 2), ...planes], powers)],
      options: `, ${p}, ${python(kernel)}${keywords(options)}`,
      run: ([x]) => functional.lpPool2d(x!, p, kernel, options),
      make: () => new nn.LPPool2d(p, kernel, options),
    };
  }),
  ...(
    [
      ["adaptive_avg_pool1d", functional.adaptiveAvgPool1d, nn.AdaptiveAvgPool1d],
      ["adaptive_max_pool1d", functional.adaptiveMaxPool1d, nn.AdaptiveMaxPool1d],
    ] as const
  ).flatMap(([torch, op, Layer]) =>
    bothForms(op, torch, Layer, (draw) => {
      const size = draw.integer(1, 6);
      return {
        inputs: [sequence(draw)],
        options: `, ${size}`,
        run: ([x]) => op(x!, size),
        make: () => new Layer(size),
      };
    }),
  ),
];

/** Positive, and not near 0: powers of others are NaN, and slopes near 0 steep. */
const powers = { range: [0.5, 4], edges: false } as const;

function exponent(draw: Draw): number {
  return draw.pick([2, 1, 3, 1.5]);
}

function sequence(draw: Draw, values = {}): Drawn {
  const shape = [draw.integer(1, 3), draw.integer(1, 9)];
  return draw.floats(draw.chance(0.15) ? shape : [draw.extent(3), ...shape], values);
}

interface Windows {
  readonly input: Drawn;
  readonly kernel: number;
  readonly stride: number | null;
  readonly padding: number;
  readonly ceilMode: boolean;
}

function windows(draw: Draw, values = {}): Windows {
  const kernel = draw.integer(1, 4);
  return {
    input: sequence(draw, values),
    kernel,
    stride: draw.chance(0.3) ? null : draw.integer(1, 4),
    padding: draw.chance(0.02) ? kernel : draw.integer(0, Math.floor(kernel / 2)),
    ceilMode: draw.chance(0.4),
  };
}

function maxima(draw: Draw): {
  readonly input: Drawn;
  readonly kernel: number;
  readonly options: Required<nn.MaxPool1dOptions>;
} {
  const { input, kernel, stride, padding, ceilMode } = windows(draw);
  // Dilated windows may hold padding alone, where PyTorch reads beside its memory.
  const dilation = padding === 0 ? draw.integer(1, 2) : 1;
  return { input, kernel, options: { stride, padding, dilation, ceilMode } };
}
