import * as nn from "@tapegrad/nn";
import { calls, type Drawn, layers, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { onlyKeywords, python } from "../python.ts";

const { functional } = nn;

/** What resizes, borders and rearranges images. */
export const images: readonly Target[] = [
  calls(
    "functional.interpolate",
    functional.interpolate,
    (draw) => {
      const options = resizing(draw);
      return {
        inputs: [image(draw, options.mode)],
        torch: `F.interpolate(x[0], ${torchResizing(options)})`,
        run: ([x]) => functional.interpolate(x!, options),
        float32Decides: true,
      };
    },
    3,
  ),
  layers("nn.Upsample", nn.Upsample, (draw) => {
    const options = resizing(draw);
    return {
      inputs: [image(draw, options.mode)],
      make: () => new nn.Upsample(options),
      torch: `nn.Upsample(${torchResizing(options)})`,
      float32Decides: true,
    };
  }),
  calls("functional.pixelShuffle", functional.pixelShuffle, (draw) => {
    const { input, factor } = shuffled(draw);
    return {
      inputs: [input],
      torch: `F.pixel_shuffle(x[0], ${factor})`,
      run: ([x]) => functional.pixelShuffle(x!, factor),
    };
  }),
  layers("nn.PixelShuffle", nn.PixelShuffle, (draw) => {
    const { input, factor } = shuffled(draw);
    return { inputs: [input], make: () => new nn.PixelShuffle(factor), torch: `nn.PixelShuffle(${factor})` };
  }),
  calls("functional.padBorder", functional.padBorder, (draw) => {
    const mode = draw.pick(["constant", "reflect", "replicate", "circular"] as const);
    // PyTorch takes borders that are no constants for the last axis of three, or the last two of four.
    const axes = mode === "constant" ? draw.integer(0, 4) : draw.integer(1, 2);
    const shape =
      mode === "constant"
        ? draw.list(Math.max(axes, draw.integer(1, 4)), () => draw.extent())
        : [draw.integer(1, 3), draw.integer(1, 3), ...draw.list(axes, () => draw.integer(1, 5))];
    const least = mode === "circular" ? 0 : -1;
    const border = draw.list(axes, (): [number, number] => [draw.integer(least, 3), draw.integer(least, 3)]);
    const value = mode === "constant" ? draw.mostly(0, [1.5]) : 0;
    const flat = python([...border].reverse().flat());
    return {
      inputs: [draw.floats(shape)],
      torch: `F.pad(x[0], ${flat}, mode=${python(mode)}${mode === "constant" ? `, value=${value}` : ""})`,
      run: ([x]) => functional.padBorder(x!, border, { mode, value }),
    };
  }),
  ...([nn.ZeroPad2d, nn.ReflectionPad2d] as const).map((Layer) =>
    layers(`nn.${Layer.name}`, Layer, (draw) => {
      const side = (): number => draw.integer(-1, 3);
      const padding = draw.chance(0.3) ? draw.integer(0, 2) : ([side(), side(), side(), side()] as const);
      const planes = [draw.integer(1, 3), draw.integer(1, 5), draw.integer(1, 5)];
      return {
        inputs: [draw.floats(draw.chance(0.2) ? planes : [draw.integer(1, 3), ...planes])],
        make: () => new Layer(padding),
        torch: `nn.${Layer.name}(${python(padding)})`,
      };
    }),
  ),
];

/** Bilinear sums beside 10,000 or ∞ are known to their size only, and where they are NaN is documented as open. */
function image(draw: Draw, mode: "nearest" | "bilinear" = "nearest"): Drawn {
  const shape = [draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 7), draw.integer(1, 7)];
  return draw.floats(shape, { edges: mode === "nearest" });
}

function resizing(draw: Draw): nn.InterpolateOptions {
  const mode = draw.pick(["nearest", "bilinear"] as const);
  const alignCorners = mode === "bilinear" ? { alignCorners: draw.chance(0.4) } : {};
  if (draw.chance(0.5)) {
    const size = draw.chance(0.3) ? draw.integer(1, 9) : ([draw.integer(1, 9), draw.integer(1, 9)] as const);
    return { size, mode, ...alignCorners };
  }
  const factor = (): number => draw.pick([1, 2, 0.5, 3, 1.5, 2.3, 1.1, 0.3, 0.7, draw.number(0.2, 3)]);
  const scaleFactor = draw.chance(0.4) ? factor() : ([factor(), factor()] as const);
  const again = draw.chance(0.2) ? { recomputeScaleFactor: true } : {};
  return { scaleFactor, mode, ...alignCorners, ...again };
}

/** PyTorch takes a tuple of factors, and only of floats. */
function torchResizing(options: nn.InterpolateOptions): string {
  const { scaleFactor, ...rest } = options;
  const factors = Array.isArray(scaleFactor)
    ? `(${scaleFactor.map((each) => `float(${each})`).join(", ")})`
    : `${scaleFactor}`;
  const others = onlyKeywords(rest);
  return scaleFactor === undefined ? others : `scale_factor=${factors}, ${others}`;
}

function shuffled(draw: Draw): { readonly input: Drawn; readonly factor: number } {
  const factor = draw.integer(1, 3);
  const channels = draw.integer(1, 2) * factor ** 2 + (draw.chance(0.03) ? 1 : 0);
  return { input: draw.floats([...draw.shape(0, 2), channels, draw.extent(3), draw.extent(3)]), factor };
}
