import * as nn from "@tapegrad/nn";
import { bothForms, calls, type Drawn, layers, type Target } from "../case.ts";
import { normalisedTolerance } from "../compare.ts";
import type { Draw } from "../draw.ts";
import { keywords, onlyKeywords, python } from "../python.ts";

const { functional } = nn;

/** Activations with thresholds and gates, and what compares vectors. */
export const shrinks: readonly Target[] = [
  ...bothForms(functional.glu, "glu", nn.GLU, (draw) => {
    const shape = draw.list(draw.integer(1, 3), () => draw.integer(1, 4));
    const dim = draw.dim(shape.length);
    const halved = shape.map((extent, i) => (i === (dim + shape.length) % shape.length ? 2 * extent : extent));
    return {
      inputs: [draw.floats(draw.chance(0.05) ? shape : halved)],
      options: `, ${dim}`,
      run: ([x]) => functional.glu(x!, dim),
      make: () => new nn.GLU(dim),
    };
  }),
  ...bothForms(functional.threshold, "threshold", nn.Threshold, (draw) => {
    const [limit, value] = [draw.pick([0, 0.5, -1, 3]), draw.pick([0, 20, -1.5])];
    return {
      inputs: [draw.floats(draw.shape())],
      options: `, ${limit}, ${value}`,
      run: ([x]) => functional.threshold(x!, limit, value),
      make: () => new nn.Threshold(limit, value),
    };
  }),
  ...(
    [
      ["hardshrink", functional.hardshrink, nn.Hardshrink, [0.5, 0, 2, -0.5]],
      ["softshrink", functional.softshrink, nn.Softshrink, [0.5, 0, 2, -0.5]],
    ] as const
  ).flatMap(([torch, op, Layer, choices]) =>
    bothForms(op, torch, Layer, (draw) => {
      const lambd = draw.pick(choices);
      return {
        inputs: [draw.floats(draw.shape())],
        options: `, ${python(lambd)}`,
        run: ([x]) => op(x!, lambd),
        make: () => new Layer(lambd),
      };
    }),
  ),
  ...bothForms(functional.tanhshrink, "tanhshrink", nn.Tanhshrink, (draw) => ({
    inputs: [draw.floats(draw.shape())],
    options: "",
    run: ([x]) => functional.tanhshrink(x!),
    make: () => new nn.Tanhshrink(),
  })),
  ...bothForms(functional.softmin, "softmin", nn.Softmin, (draw) => {
    const shape = draw.shape();
    const dim = draw.dim(shape.length);
    return {
      inputs: [draw.floats(shape)],
      options: `, dim=${dim}`,
      run: ([x]) => functional.softmin(x!, dim),
      make: () => new nn.Softmin(dim),
    };
  }),
  layers("nn.Softmax2d", nn.Softmax2d, (draw) => ({
    inputs: [draw.floats(draw.list(draw.mostly(4, [3, 2]), () => draw.integer(1, 4)))],
    make: () => new nn.Softmax2d(),
    torch: "nn.Softmax2d()",
  })),
  ...bothForms(functional.cosineSimilarity, "cosine_similarity", nn.CosineSimilarity, (draw) => {
    const { inputs, rank } = vectors(draw);
    const options = { dim: draw.dim(rank), eps: draw.mostly(1e-8, [0.5, 1e-3]) };
    return {
      inputs,
      options: keywords(options),
      tolerance: normalisedTolerance,
      run: ([a, b]) => functional.cosineSimilarity(a!, b!, options),
      make: () => new nn.CosineSimilarity(options),
    };
  }),
  ...bothForms(functional.pairwiseDistance, "pairwise_distance", nn.PairwiseDistance, (draw) => {
    const { inputs } = vectors(draw);
    const options = { p: draw.pick([2, 1, 3, Infinity]), eps: draw.mostly(1e-6, [0.1]), keepdim: draw.chance(0.3) };
    return {
      inputs,
      options: keywords(options),
      tolerance: normalisedTolerance,
      run: ([a, b]) => functional.pairwiseDistance(a!, b!, options),
      make: () => new nn.PairwiseDistance(options),
    };
  }),
  calls("functional.normalize", functional.normalize, (draw) => {
    const shape = draw.list(draw.integer(1, 4), () => draw.integer(2, 4));
    const options = { p: draw.pick([2, 1, 3]), dim: draw.dim(shape.length), eps: draw.mostly(1e-12, [1, 1e-3]) };
    return {
      inputs: [draw.floats(shape, { edges: false })],
      torch: `F.normalize(x[0], ${onlyKeywords(options)})`,
      tolerance: normalisedTolerance,
      run: ([x]) => functional.normalize(x!, options),
    };
  }),
];

/** Two lists of vectors, one of which may be repeated for the other. Of vectors of length 1 or 0, rounding is all that is left. */
function vectors(draw: Draw): { readonly inputs: readonly Drawn[]; readonly rank: number } {
  const shape = draw.list(draw.integer(1, 3), () => draw.integer(2, 5));
  const other = shape.map((extent) => (draw.chance(0.1) ? 1 : extent));
  return {
    inputs: [draw.floats(shape, { edges: false, ties: false }), draw.floats(other, { edges: false, ties: false })],
    rank: shape.length,
  };
}
