import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { type CallCase, calls, type Drawn, type Target } from "../case.ts";
import type { Draw, ValueOptions } from "../draw.ts";
import { keywords, snake } from "../python.ts";

const { functional } = nn;

const reductionsOf = ["mean", "sum", "none"] as const;

/** Options of a loss: plain ones, and tensors. */
interface LossDraw {
  readonly input: Drawn;
  readonly target: Drawn;
  readonly options: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, Drawn>>;
}

type Loss = (input: t.Tensor, target: t.Tensor, options?: never) => t.Tensor;

/** A loss as a function and as a layer, from one description. */
function loss(
  op: Loss,
  torch: string,
  Layer: new (options: never) => nn.Module,
  draw: (source: Draw) => LossDraw,
  weight = 1,
): readonly Target[] {
  const caseOf = (source: Draw, asLayer: boolean): Omit<CallCase, "type"> => {
    const { input, target, options, tensors } = draw(source);
    const names = Object.keys(tensors);
    const inputs = [input, target, ...Object.values(tensors)];
    const all = (given: readonly t.Tensor[]): never =>
      ({ ...options, ...Object.fromEntries(names.map((name, i) => [name, given[i + 2]!])) }) as never;
    const torchOptions = keywords(options) + names.map((name, i) => `, ${snake(name)}=x[${i + 2}]`).join("");
    return asLayer
      ? {
          inputs,
          torch: `nn.${Layer.name}(${torchOptions.slice(2)})(x[0], x[1])`,
          run: (x) => (new Layer(all(x)) as nn.Module & { forward: Loss }).forward(x[0]!, x[1]!),
        }
      : { inputs, torch: `F.${torch}(x[0], x[1]${torchOptions})`, run: (x) => op(x[0]!, x[1]!, all(x)) };
  };
  return [
    calls(`functional.${torch}`, op, (source) => caseOf(source, false), weight),
    calls(`nn.${Layer.name}`, Layer, (source) => caseOf(source, true), weight),
  ];
}

export const losses: readonly Target[] = [
  ...loss(functional.mseLoss as Loss, "mse_loss", nn.MSELoss, (draw) => pairwise(draw)),
  ...loss(functional.l1Loss as Loss, "l1_loss", nn.L1Loss, (draw) => pairwise(draw)),
  ...loss(functional.smoothL1Loss as Loss, "smooth_l1_loss", nn.SmoothL1Loss, (draw) =>
    pairwise(draw, { beta: draw.mostly(1, [0, 0.5, 2]) }),
  ),
  ...loss(functional.huberLoss as Loss, "huber_loss", nn.HuberLoss, (draw) =>
    pairwise(draw, { delta: draw.mostly(1, [0.5, 2, 1e-3]) }),
  ),
  ...loss(functional.klDivLoss as Loss, "kl_div", nn.KLDivLoss, (draw) => {
    const logTarget = draw.chance(0.5);
    const { input, target, options } = pairwise(draw, { logTarget }, logTarget ? {} : { range: [0, 1], edges: false });
    return {
      input,
      target,
      options: { ...options, ...(draw.chance(0.25) ? { reduction: "batchmean" } : {}) },
      tensors: {},
    };
  }),
  ...loss(functional.bceLoss as Loss, "binary_cross_entropy", nn.BCELoss, (draw) => {
    const unit: ValueOptions = { range: [0, 1], edges: false };
    const { input, target, options } = pairwise(draw, {}, unit, unit);
    return { input, target, options, tensors: weights(draw, input.shape, ["weight"]) };
  }),
  ...loss(
    functional.bceWithLogitsLoss as Loss,
    "binary_cross_entropy_with_logits",
    nn.BCEWithLogitsLoss,
    (draw) => {
      const { input, target, options } = pairwise(draw, {}, { range: [0, 1], edges: false });
      return { input, target, options, tensors: weights(draw, input.shape, ["weight", "posWeight"]) };
    },
    2,
  ),
  ...loss(functional.nllLoss as Loss, "nll_loss", nn.NLLLoss, (draw) => classified(draw, {}), 2),
  ...loss(
    functional.crossEntropy as Loss,
    "cross_entropy",
    nn.CrossEntropyLoss,
    (draw) => {
      const labelSmoothing = draw.mostly(0, [0.1, 0.5, 1]);
      const classes = classified(draw, { labelSmoothing });
      if (draw.chance(0.65)) return classes;
      const { ignoreIndex: _, ...options } = classes.options;
      const target = draw.floats(classes.input.shape, { range: [0, 1], edges: draw.chance(0.2) });
      return { ...classes, options, target };
    },
    3,
  ),
  calls("tensor.crossEntropy", t.crossEntropy, (draw) => batchedOnly(draw, "cross_entropy", t.crossEntropy as Loss)),
  calls("tensor.nllLoss", t.nllLoss, (draw) => batchedOnly(draw, "nll_loss", t.nllLoss as Loss)),
];

function batchedOnly(draw: Draw, torch: string, op: Loss): Omit<CallCase, "type"> {
  const shape = [draw.extent(4), draw.integer(1, 5), ...draw.shape(0, 2)];
  const target = draw.integers([shape[0]!, ...shape.slice(2)], 0, shape[1]! - 1, "index");
  const reduction = draw.pick(reductionsOf);
  return {
    inputs: [draw.floats(shape), target],
    torch: `F.${torch}(x[0], x[1], reduction="${reduction}")`,
    run: ([x, y]) => op(x!, y!, { reduction } as never),
  };
}

/** Input and target of one shape; sometimes equal in places, where losses have their kinks. */
function pairwise(
  draw: Draw,
  options: Readonly<Record<string, unknown>> = {},
  targetValues: ValueOptions = {},
  inputValues: ValueOptions = {},
): LossDraw {
  const shape = draw.shape();
  const input = draw.floats(shape, inputValues);
  const drawn = draw.floats(shape, { grad: draw.chance(0.5), ...targetValues });
  const tied = input.view === null && drawn.view === null && targetValues.range === undefined && draw.chance(0.3);
  const data = tied ? drawn.data.map((value, i) => (i % 2 === 0 ? input.data[i]! : value)) : drawn.data;
  return {
    input,
    target: { ...drawn, data },
    options: { reduction: draw.pick(reductionsOf), ...options },
    tensors: {},
  };
}

/** Scores and classes; some are ignored, rarely one does not exist. */
function classified(draw: Draw, options: Readonly<Record<string, unknown>>): LossDraw {
  const classes = draw.integer(1, 5);
  const unbatched = draw.chance(0.1);
  const lead = unbatched ? [] : [draw.extent(4)];
  const tail = unbatched ? [] : draw.shape(0, 2);
  const ignoreIndex = draw.mostly(-100, [0, 1, -1]);
  const target = draw.integers([...lead, ...tail], 0, draw.chance(0.02) ? classes : classes - 1, "index");
  const data = target.data.map((value) => (draw.chance(0.1) ? ignoreIndex : value));
  const weight = draw.chance(0.4)
    ? { weight: draw.floats([classes], { range: [0, 3], edges: false, view: false, grad: false }) }
    : {};
  return {
    input: draw.floats([...lead, classes, ...tail]),
    target: { ...target, data },
    options: { reduction: draw.pick(reductionsOf), ignoreIndex, ...options },
    tensors: weight,
  };
}

/** Weights that broadcast over the input. */
function weights(draw: Draw, shape: readonly number[], names: readonly string[]): Record<string, Drawn> {
  const one = (): Drawn => {
    const some = shape.slice(draw.integer(0, shape.length)).map((extent) => (draw.chance(0.2) ? 1 : extent));
    return draw.floats(some, { range: [0, 3], edges: false, view: false, grad: false });
  };
  return Object.fromEntries(names.filter(() => draw.chance(0.3)).map((name) => [name, one()]));
}
