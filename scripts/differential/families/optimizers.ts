import * as optim from "@tapegrad/optim";
import * as t from "@tapegrad/tensor";
import { calls, type Drawn, type OptimizerCase, type SteppedOptimizer, type Target } from "../case.ts";
import { searchTolerance } from "../compare.ts";
import type { Draw } from "../draw.ts";
import { keywords, python, snake } from "../python.ts";

type Options = Readonly<Record<string, unknown>>;
type OptimizerClass = new (parameters: never, options: never) => object;

const betas = (draw: Draw): readonly number[] =>
  draw.mostly(
    [0.9, 0.999],
    [
      [0.5, 0.9],
      [0, 0.99],
      [0.9, 0],
    ],
  );
const weightDecay = (draw: Draw): number => draw.mostly(0, [0.1, 0.01]);
const eps = (draw: Draw): number => draw.mostly(1e-8, [1e-3, 0.1]);
const lr = (draw: Draw): number => draw.pick([0.1, 0.01, 1, 0.003]);
const maximize = (draw: Draw): boolean => draw.chance(0.2);

/** The options of every optimizer that moves by gradients alone. */
const options: readonly (readonly [Class: OptimizerClass, draw: (draw: Draw) => Options])[] = [
  [
    optim.SGD,
    (draw) => {
      const nesterov = draw.chance(0.3);
      const momentum = draw.mostly(0.9, nesterov && draw.chance(0.9) ? [0.5] : [0, 0.5, 1]);
      const dampening = nesterov ? 0 : draw.mostly(0, [0.1, 0.5]);
      return { lr: lr(draw), momentum, dampening, weightDecay: weightDecay(draw), nesterov, maximize: maximize(draw) };
    },
  ],
  [optim.Adam, adam],
  [optim.AdamW, adam],
  [
    optim.RMSprop,
    (draw) => ({
      lr: lr(draw),
      alpha: draw.mostly(0.99, [0.5, 0.9]),
      eps: eps(draw),
      weightDecay: weightDecay(draw),
      momentum: draw.mostly(0, [0.9, 0.5]),
      centered: draw.chance(0.3),
      maximize: maximize(draw),
    }),
  ],
  [
    optim.Adagrad,
    (draw) => ({
      lr: lr(draw),
      lrDecay: draw.mostly(0, [0.1]),
      weightDecay: weightDecay(draw),
      initialAccumulatorValue: draw.mostly(0, [0.5]),
      eps: draw.mostly(1e-10, [1e-3]),
      maximize: maximize(draw),
    }),
  ],
  [
    optim.Adadelta,
    (draw) => ({
      lr: lr(draw),
      rho: draw.mostly(0.9, [0.5, 0]),
      eps: draw.mostly(1e-6, [1e-3]),
      weightDecay: weightDecay(draw),
      maximize: maximize(draw),
    }),
  ],
  [
    optim.Adamax,
    (draw) => ({
      lr: lr(draw),
      betas: betas(draw),
      eps: eps(draw),
      weightDecay: weightDecay(draw),
      maximize: maximize(draw),
    }),
  ],
  [
    optim.NAdam,
    (draw) => ({
      lr: lr(draw),
      betas: betas(draw),
      eps: eps(draw),
      weightDecay: weightDecay(draw),
      momentumDecay: draw.mostly(0.004, [0, 0.1]),
    }),
  ],
  [
    optim.Rprop,
    (draw) => ({
      lr: lr(draw),
      etas: draw.mostly([0.5, 1.2], [[0.25, 1.5]]),
      stepSizes: draw.mostly([1e-6, 50], [[0.01, 0.5]]),
      maximize: maximize(draw),
    }),
  ],
  [
    optim.ASGD,
    (draw) => ({
      // PyTorch keeps the rate as it was written: a whole one in an integer, which then loses its fraction.
      lr: draw.pick([0.1, 0.01, 1.5, 0.003]),
      lambd: draw.mostly(1e-4, [0.1, 0]),
      alpha: draw.mostly(0.75, [0.5]),
      t0: draw.mostly(1e6, [2]),
      weightDecay: weightDecay(draw),
      maximize: maximize(draw),
    }),
  ],
  [optim.RAdam, (draw) => ({ lr: lr(draw), betas: betas(draw), eps: eps(draw), weightDecay: weightDecay(draw) })],
];

function adam(draw: Draw): Options {
  return {
    lr: lr(draw),
    betas: betas(draw),
    eps: eps(draw),
    weightDecay: weightDecay(draw),
    amsgrad: draw.chance(0.3),
    maximize: maximize(draw),
  };
}

/** Optimizers, and what clips gradients and averages weights. */
export const optimizers: readonly Target[] = [
  ...options.map(([Class, drawOptions]): Target => ({
    name: `optim.${Class.name}`,
    subject: Class,
    weight: 2,
    draw: (draw) => stepped(draw, Class, drawOptions),
  })),
  { name: "optim.LBFGS", subject: optim.LBFGS, draw: minimising },
  calls("optim.clipGradNorm", optim.clipGradNorm, (draw) => {
    const parameters = draw.list(draw.integer(1, 3), () => draw.floats(draw.shape(0, 3), { view: false }));
    const [maxNorm, normType] = [draw.pick([0, 0.5, 1, 10, Infinity]), draw.mostly(2, [1, Infinity, 3, 0.5])];
    return {
      ...clipping(draw, parameters),
      torch: clip(parameters, `nn.utils.clip_grad_norm_(p, ${python(maxNorm)}, norm_type=${python(normType)})`),
      run: (x) => clipped(x, (owners) => optim.clipGradNorm(owners, maxNorm, { normType })),
    };
  }),
  calls("optim.clipGradValue", optim.clipGradValue, (draw) => {
    const parameters = draw.list(draw.integer(1, 3), () => draw.floats(draw.shape(0, 3), { view: false }));
    const value = draw.pick([0, 0.5, 1, 10, Infinity]);
    return {
      ...clipping(draw, parameters),
      torch: clip(parameters, `nn.utils.clip_grad_value_(p, ${python(value)})`),
      run: (x) => clipped(x, (owners) => optim.clipGradValue(owners, value)),
    };
  }),
  calls("optim.WeightAverage", optim.WeightAverage, (draw) => {
    const shape = draw.shape(0, 2);
    const rounds = draw.integer(1, 6);
    const decay = draw.chance(0.5) ? draw.pick([0, 0.5, 0.9]) : null;
    const average = decay === null ? "None" : `lambda average, weight, _: ${decay} * average + (1 - ${decay}) * weight`;
    return {
      inputs: draw.list(rounds, () => draw.floats(shape, { view: false, grad: false, edges: false })),
      torch: `averaged([[w] for w in x], ${average})`,
      orders: 0,
      run: (x) => {
        const weight = t.clone(x[0]!);
        const keeper = new optim.WeightAverage([weight], { decay });
        for (const each of x) {
          weight.assign(each);
          keeper.update();
        }
        keeper.swap();
        return weight;
      },
    };
  }),
];

/** A few steps with given gradients, some of them missing, in one group or two, maybe resumed in the middle. */
function stepped(draw: Draw, Class: OptimizerClass, drawOptions: (draw: Draw) => Options): OptimizerCase {
  const parameters = draw.list(draw.integer(1, 3), () => draw.floats(draw.shape(0, 3), { edges: false, view: false }));
  const steps = draw.integer(1, 8);
  const large = draw.chance(0.1) ? 100 : 1;
  const gradients = draw.list(steps, () =>
    parameters.map(({ shape }) =>
      draw.chance(0.1) ? null : draw.floats(shape, { edges: draw.chance(0.1), view: false, range: [-large, large] }),
    ),
  );
  const defaults = drawOptions(draw);
  const resume = draw.chance(0.3) && steps > 1 ? draw.integer(1, steps - 1) : null;
  const shared = { type: "optimizer", parameters, gradients, resume, closure: null } as const;
  if (parameters.length === 1 || draw.chance(0.5)) {
    return {
      ...shared,
      torch: `${Class.name}(p${keywords(defaults)})`,
      make: (p) => new Class(p as never, defaults as never) as SteppedOptimizer,
    };
  }
  const entries = Object.entries(drawOptions(draw)).filter(([name]) => name !== "nesterov" && name !== "dampening");
  const own = Object.fromEntries(entries.filter(() => draw.chance(0.4)));
  const snaked = Object.entries(own).map(([name, value]) => `, "${snake(name)}": ${python(value)}`);
  return {
    ...shared,
    torch: `${Class.name}([{"params": p[:1]}, {"params": p[1:]${snaked.join("")}}]${keywords(defaults)})`,
    make: (p) =>
      new Class(
        [{ params: p.slice(0, 1) }, { params: p.slice(1), ...own }] as never,
        defaults as never,
      ) as SteppedOptimizer,
  };
}

function minimising(draw: Draw): OptimizerCase {
  const defaults = {
    // A tenth of a Newton step leaves 0.9 of the slope, which is where a line search just stops.
    lr: draw.pick([1, 0.3, 0.5]),
    maxIter: draw.integer(1, 8),
    historySize: draw.mostly(100, [1, 2, 3]),
    lineSearchFn: draw.pick(["strong_wolfe", null] as const),
    toleranceGrad: draw.mostly(1e-7, [1e-2]),
  };
  const steps = draw.integer(1, 4);
  const closure = draw.pick(["quadratic", "rosenbrock"] as const);
  // Without a line search, steps over the banana diverge, and rounding decides what comes out.
  const tamed = closure === "rosenbrock" ? { ...defaults, lineSearchFn: "strong_wolfe" as const } : defaults;
  const parameters = draw.list(draw.integer(1, 2), () =>
    draw.floats([draw.integer(2, 4)], { edges: false, view: false, range: [-1, 1], ties: false }),
  );
  return {
    type: "optimizer",
    parameters,
    gradients: draw.list(steps, () => parameters.map(() => null)),
    resume: draw.chance(0.3) && steps > 1 ? draw.integer(1, steps - 1) : null,
    closure,
    tolerance: searchTolerance,
    torch: `LBFGS(p${keywords(tamed)})`,
    make: (p) => new optim.LBFGS(p, tamed),
  };
}

/** Parameters and their gradients. */
function clipping(draw: Draw, parameters: readonly Drawn[]): { readonly inputs: Drawn[]; readonly orders: 0 } {
  const gradients = parameters.map(({ shape }) => draw.floats(shape, { view: false }));
  return { inputs: [...parameters, ...gradients].map((each) => ({ ...each, requiresGrad: false })), orders: 0 };
}

function clip(parameters: readonly Drawn[], call: string): string {
  return `clipped(x[:${parameters.length}], x[${parameters.length}:], lambda p: ${call})`;
}

function clipped(
  x: readonly t.Tensor[],
  clipOf: (owners: readonly t.Tensor[]) => t.Tensor | void,
): readonly t.Tensor[] {
  const half = x.length / 2;
  const owners = x.slice(0, half).map((parameter, i) => {
    const owner = t.clone(parameter);
    owner.requiresGrad = true;
    owner.grad = x[half + i]!;
    return owner;
  });
  const norm = clipOf(owners);
  return [...(norm === undefined ? [] : [norm]), ...owners.map(({ grad }) => grad!)];
}
