import * as nn from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { type CallCase, calls, type Drawn, type Target } from "../case.ts";
import { normalisedTolerance } from "../compare.ts";
import type { Draw, ValueOptions } from "../draw.ts";
import { keywords } from "../python.ts";

const { functional } = nn;

/** Losses of one to three tensors and a target; plain options, and perhaps a weight, which comes last. */
interface LossDraw {
  readonly inputs: readonly Drawn[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly weight?: Drawn | undefined;
}

type Loss = (...inputs: never[]) => Tensor;

/** A loss as a function and as a layer, from one description. */
function loss(
  op: Loss,
  torch: string,
  Layer: new (options: never) => nn.Module,
  draw: (draw: Draw) => LossDraw,
): readonly Target[] {
  const caseOf = (source: Draw, asLayer: boolean): Omit<CallCase, "type"> => ({
    ...formOf(source, asLayer),
    // Of vectors that are nearly alike, rounding is most of what is left.
    ...(/cosine|triplet/.test(torch) && { tolerance: normalisedTolerance }),
  });
  const formOf = (source: Draw, asLayer: boolean): Omit<CallCase, "type"> => {
    const { inputs, options, weight } = draw(source);
    const reduction = source.pick(["mean", "sum", "none"] as const);
    const count = inputs.length;
    const all = weight === undefined ? inputs : [...inputs, weight];
    const given = (x: readonly Tensor[]): object => ({ ...options, reduction, ...(weight && { weight: x[count] }) });
    const torchOptions = keywords({ ...options, reduction }) + (weight === undefined ? "" : `, weight=x[${count}]`);
    const list = inputs.map((_, i) => `x[${i}]`).join(", ");
    return asLayer
      ? {
          inputs: all,
          torch: `nn.${Layer.name}(${torchOptions.slice(2)})(${list})`,
          run: (x) =>
            (new Layer(given(x) as never) as unknown as { forward: Loss }).forward(...(x.slice(0, count) as never[])),
        }
      : {
          inputs: all,
          torch: `F.${torch}(${list}${torchOptions})`,
          run: (x) => op(...([...x.slice(0, count), given(x)] as never[])),
        };
  };
  return [
    calls(`functional.${torch}`, op, (source) => caseOf(source, false)),
    calls(`nn.${Layer.name}`, Layer, (source) => caseOf(source, true)),
  ];
}

export const marginLosses: readonly Target[] = [
  ...loss(functional.marginRankingLoss, "margin_ranking_loss", nn.MarginRankingLoss, (draw) => {
    const shape = draw.shape(0, 3);
    return {
      inputs: [draw.floats(shape), draw.floats(shape), signs(draw, shape)],
      options: { margin: draw.mostly(0, [0.5, -1]) },
    };
  }),
  ...loss(functional.hingeEmbeddingLoss, "hinge_embedding_loss", nn.HingeEmbeddingLoss, (draw) => {
    const shape = draw.shape(0, 3);
    return { inputs: [draw.floats(shape), signs(draw, shape)], options: { margin: draw.mostly(1, [0.5, 2]) } };
  }),
  ...loss(functional.cosineEmbeddingLoss, "cosine_embedding_loss", nn.CosineEmbeddingLoss, (draw) => {
    const lead = draw.chance(0.2) ? [] : [draw.integer(1, 4)];
    const shape = [...lead, draw.integer(2, 5)];
    const target = signs(draw, draw.chance(0.03) ? shape : lead);
    return {
      inputs: [draw.floats(shape, tame), draw.floats(shape, tame), target],
      options: { margin: draw.mostly(0, [0.5, -0.3]) },
    };
  }),
  ...loss(functional.tripletMarginLoss, "triplet_margin_loss", nn.TripletMarginLoss, (draw) => {
    const shape = draw.list(draw.integer(1, 3), () => draw.integer(2, 4));
    return {
      inputs: draw.list(3, () => draw.floats(shape, { ...tame, ties: false })),
      options: {
        margin: draw.mostly(1, [0.5, 3]),
        p: draw.mostly(2, [1, 3]),
        eps: draw.mostly(1e-6, [0.1]),
        swap: draw.chance(0.4),
      },
    };
  }),
  ...loss(functional.softMarginLoss, "soft_margin_loss", nn.SoftMarginLoss, (draw) => {
    const shape = draw.shape(0, 3);
    return { inputs: [draw.floats(shape), signs(draw, shape, { grad: false })], options: {} };
  }),
  ...loss(functional.multiMarginLoss, "multi_margin_loss", nn.MultiMarginLoss, (draw) => {
    const classes = draw.integer(1, 5);
    const lead = draw.chance(0.2) ? [] : [draw.integer(1, 4)];
    return {
      inputs: [
        draw.floats([...lead, classes]),
        draw.integers(lead, 0, draw.chance(0.03) ? classes : classes - 1, "index"),
      ],
      options: { p: draw.pick([1, 2]), margin: draw.mostly(1, [0.5, 2]) },
      weight: draw.chance(0.4) ? still(draw, [classes]) : undefined,
    };
  }),
  ...loss(functional.multiLabelMarginLoss, "multilabel_margin_loss", nn.MultiLabelMarginLoss, (draw) => {
    const classes = draw.integer(1, 5);
    const shape = draw.chance(0.2) ? [classes] : [draw.integer(1, 4), classes];
    return { inputs: [draw.floats(shape), draw.integers(shape, -1, classes - 1, "index")], options: {} };
  }),
  ...loss(functional.multiLabelSoftMarginLoss, "multilabel_soft_margin_loss", nn.MultiLabelSoftMarginLoss, (draw) => {
    const shape = draw.shape(1, 3);
    return {
      inputs: [draw.floats(shape), draw.floats(shape, { ...tame, range: [0, 1] })],
      options: {},
      weight: draw.chance(0.4) ? still(draw, shape.slice(-1)) : undefined,
    };
  }),
  ...loss(functional.poissonNLLLoss, "poisson_nll_loss", nn.PoissonNLLLoss, (draw) => {
    const shape = draw.shape(0, 3);
    const logInput = draw.chance(0.6);
    return {
      inputs: [
        draw.floats(shape, logInput ? {} : { ...tame, range: [0.1, 4] }),
        draw.floats(shape, { ...tame, range: [0, 6], grad: draw.chance(0.5) }),
      ],
      options: { logInput, full: draw.chance(0.5), eps: draw.mostly(1e-8, [1e-2]) },
    };
  }),
  ...loss(functional.gaussianNLLLoss, "gaussian_nll_loss", nn.GaussianNLLLoss, (draw) => {
    const shape = draw.list(draw.integer(1, 3), () => draw.integer(1, 4));
    const variances = draw.pick([shape, shape.slice(0, -1), [...shape.slice(0, -1), 1]]);
    return {
      inputs: [
        draw.floats(shape, tame),
        draw.floats(shape, tame),
        draw.floats(variances, { ...tame, range: draw.chance(0.05) ? [-1, 3] : [0.2, 3] }),
      ],
      options: { full: draw.chance(0.5), eps: draw.mostly(1e-6, [0.5]) },
    };
  }),
];

const tame = { edges: false } as const;

/** Targets 1 and −1, and rarely something else. */
function signs(draw: Draw, shape: readonly number[], options: ValueOptions = {}): Drawn {
  const drawn = draw.floats(shape, { edges: false, view: false, ...options, grad: false });
  const odd = draw.chance(0.1);
  return { ...drawn, data: drawn.data.map((value, i) => (odd && i % 3 === 0 ? 0 : value < 0 ? -1 : 1)) };
}

function still(draw: Draw, shape: readonly number[]): Drawn {
  return draw.floats(shape, { range: [0, 3], edges: false, view: false, grad: false });
}
