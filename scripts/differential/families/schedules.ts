import * as optim from "@tapegrad/optim";
import type { ScheduleCase, SteppedOptimizer, SteppedSchedule, Target } from "../case.ts";
import { float64Tolerance } from "../compare.ts";
import type { Draw } from "../draw.ts";
import { keywords, python } from "../python.ts";

type Groups = ScheduleCase["groups"];

/** A schedule on both sides. */
interface Scheduled {
  readonly torch: string;
  readonly make: (optimizer: SteppedOptimizer) => SteppedSchedule;
}

const lambdas: readonly (readonly [torch: string, lambda: (epoch: number) => number])[] = [
  ["lambda e: 0.95 ** e", (epoch) => 0.95 ** epoch],
  ["lambda e: 1 / (1 + e)", (epoch) => 1 / (1 + epoch)],
  ["lambda e: 0.9", () => 0.9],
  ["lambda e: 0.5 if e % 3 == 0 else 1.5", (epoch) => (epoch % 3 === 0 ? 0.5 : 1.5)],
];

/** Every schedule of its own, by name; each needs the groups, for which some have one option each. */
const single: Readonly<Record<string, (draw: Draw, groups: Groups) => Scheduled>> = {
  StepLR: (draw) => {
    const [size, options] = [draw.integer(1, 7), { gamma: draw.mostly(0.1, [0.5, 1, 2, 0]) }];
    return of(optim.StepLR, String(size), options, (o) => new optim.StepLR(o, size, options));
  },
  MultiStepLR: (draw) => {
    const milestones = draw.list(draw.integer(0, 4), () => draw.integer(0, 20));
    const options = { gamma: draw.mostly(0.1, [0.5, 2]) };
    return of(optim.MultiStepLR, python(milestones), options, (o) => new optim.MultiStepLR(o, milestones, options));
  },
  ConstantLR: (draw) => {
    const options = { factor: draw.mostly(1 / 3, [0.1, 1, 0.5]), totalIters: draw.integer(0, 8) };
    return of(optim.ConstantLR, null, options, (o) => new optim.ConstantLR(o, options));
  },
  LinearLR: (draw) => {
    const options = {
      startFactor: draw.mostly(1 / 3, [0.1, 1, 0.5]),
      endFactor: draw.mostly(1, [0.5, 0]),
      totalIters: draw.integer(1, 8),
    };
    return of(optim.LinearLR, null, options, (o) => new optim.LinearLR(o, options));
  },
  ExponentialLR: (draw) => {
    const gamma = draw.mostly(0.9, [0.5, 1, 1.1]);
    return of(optim.ExponentialLR, String(gamma), {}, (o) => new optim.ExponentialLR(o, gamma));
  },
  PolynomialLR: (draw) => {
    const options = { totalIters: draw.integer(1, 12), power: draw.mostly(1, [2, 0.5]) };
    return of(optim.PolynomialLR, null, options, (o) => new optim.PolynomialLR(o, options));
  },
  LambdaLR: (draw, groups) => {
    const chosen = lambdasFor(draw, groups);
    return of(optim.LambdaLR, chosen.torch, {}, (o) => new optim.LambdaLR(o, chosen.lambdas));
  },
  MultiplicativeLR: (draw, groups) => {
    const chosen = lambdasFor(draw, groups);
    return of(optim.MultiplicativeLR, chosen.torch, {}, (o) => new optim.MultiplicativeLR(o, chosen.lambdas));
  },
  CosineAnnealingLR: (draw) => {
    const [tMax, options] = [draw.integer(1, 15), { etaMin: draw.mostly(0, [0.01, 0.2]) }];
    return of(optim.CosineAnnealingLR, String(tMax), options, (o) => new optim.CosineAnnealingLR(o, tMax, options));
  },
  CosineAnnealingWarmRestarts: (draw) => {
    const t0 = draw.integer(1, 8);
    const options = { tMult: draw.mostly(1, [2, 3]), etaMin: draw.mostly(0, [0.01]) };
    return {
      torch: `CosineAnnealingWarmRestarts(o, ${t0}, T_mult=${options.tMult}, eta_min=${options.etaMin})`,
      make: (o) => new optim.CosineAnnealingWarmRestarts(o, t0, options),
    };
  },
  CyclicLR: (draw, groups) => {
    const cycleMomentum = draw.chance(0.6);
    const options = {
      baseLr: perGroup(draw, groups, [0.01, 0.001]),
      maxLr: perGroup(draw, groups, [0.1, 0.5]),
      stepSizeUp: draw.integer(1, 6),
      ...(draw.chance(0.5) ? { stepSizeDown: draw.integer(1, 6) } : {}),
      mode: draw.pick(["triangular", "triangular2", "exp_range"] as const),
      gamma: draw.mostly(1, [0.9]),
      cycleMomentum,
      baseMomentum: perGroup(draw, groups, [0.8, 0.5]),
      maxMomentum: perGroup(draw, groups, [0.9, 0.95]),
    };
    return of(optim.CyclicLR, null, options, (o) => new optim.CyclicLR(o, options));
  },
  OneCycleLR: (draw, groups) => {
    const steps = draw.chance(0.5)
      ? { totalSteps: draw.integer(25, 40) }
      : { epochs: draw.integer(3, 5), stepsPerEpoch: draw.integer(9, 12) };
    const options = {
      maxLr: perGroup(draw, groups, [0.1, 0.5]),
      ...steps,
      pctStart: draw.mostly(0.3, [0.1, 0.5]),
      annealStrategy: draw.pick(["cos", "linear"] as const),
      cycleMomentum: draw.chance(0.6),
      divFactor: draw.mostly(25, [10]),
      finalDivFactor: draw.mostly(1e4, [10]),
      threePhase: draw.chance(0.4),
    };
    return of(optim.OneCycleLR, null, options, (o) => new optim.OneCycleLR(o, options));
  },
  SWALR: (draw, groups) => {
    const options = {
      swaLr: perGroup(draw, groups, [0.05, 0.2]),
      annealEpochs: draw.integer(0, 8),
      annealStrategy: draw.pick(["cos", "linear"] as const),
    };
    return of(optim.SWALR, null, options, (o) => new optim.SWALR(o, options));
  },
};

const names = Object.keys(single);
const classes: Readonly<Record<string, unknown>> = optim;

/** Schedules, each for itself, one after another, and side by side. */
export const schedules: readonly Target[] = [
  ...names.map((name) => target(`optim.${name}`, classes[name], (draw, groups) => single[name]!(draw, groups))),
  target("optim.SequentialLR", optim.SequentialLR, (draw, groups) => sequence(draw, groups), 8),
  target("optim.ChainedScheduler", optim.ChainedScheduler, (draw, groups) => chain(draw, groups, 2), 6),
  {
    name: "optim.ReduceLROnPlateau",
    subject: optim.ReduceLROnPlateau,
    weight: 2,
    draw: (draw) => {
      const groups = groupsOf(draw, "SGD");
      const options = {
        mode: draw.pick(["min", "max"] as const),
        factor: draw.mostly(0.1, [0.5, 0.9]),
        patience: draw.integer(0, 4),
        threshold: draw.mostly(1e-4, [0.1, 0]),
        thresholdMode: draw.pick(["rel", "abs"] as const),
        cooldown: draw.mostly(0, [1, 3]),
        minLr: perGroup(draw, groups, [0, 0.01]),
        eps: draw.mostly(1e-8, [0.01]),
      };
      const metrics = draw.list(30, () =>
        draw.chance(0.05) ? draw.pick([NaN, Infinity, -Infinity, 0]) : draw.number(-2, 2),
      );
      return {
        type: "schedule",
        optimizer: "SGD",
        groups,
        torch: `ReduceLROnPlateau(o${keywords(options)})`,
        make: (o) => new optim.ReduceLROnPlateau(o, options) as SteppedSchedule,
        epochs: 30,
        metrics,
        resume: resumeOf(draw, 30),
        tolerance: float64Tolerance,
      };
    },
  },
];

function target(
  name: string,
  subject: unknown,
  schedule: (draw: Draw, groups: Groups) => Scheduled,
  weight = 1,
): Target {
  return {
    name,
    subject,
    weight,
    draw: (draw) => {
      const optimizer = draw.pick(["SGD", "Adam"] as const);
      const groups = groupsOf(draw, optimizer);
      const epochs = draw.integer(20, 30);
      const resume = resumeOf(draw, epochs);
      const shared = {
        type: "schedule",
        optimizer,
        groups,
        epochs,
        metrics: null,
        resume,
        tolerance: float64Tolerance,
      } as const;
      return { ...shared, ...schedule(draw, groups) };
    },
  };
}

/** Several at once, some of which may be made of others in turn. */
function chain(draw: Draw, groups: Groups, depth: number): Scheduled {
  const parts = draw.list(draw.integer(1, 3), () => {
    if (depth === 0 || draw.chance(0.75)) return single[draw.pick(names)]!(draw, groups);
    return draw.chance(0.5) ? sequence(draw, groups) : chain(draw, groups, depth - 1);
  });
  return {
    torch: `ChainedScheduler([${parts.map(({ torch }) => torch).join(", ")}])`,
    make: (o) => new optim.ChainedScheduler(parts.map(({ make }) => make(o) as optim.LRScheduler)),
  };
}

/** One after another; PyTorch's are plain ones. */
function sequence(draw: Draw, groups: Groups): Scheduled {
  const parts = draw.list(draw.integer(1, 3), () => single[draw.pick(names)]!(draw, groups));
  const milestones = parts.slice(1).map((_, i) => (i + 1) * 9 - draw.integer(0, 8));
  return {
    torch: `SequentialLR(o, [${parts.map(({ torch }) => torch).join(", ")}], milestones=${python(milestones)})`,
    make: (o) =>
      new optim.SequentialLR(
        parts.map(({ make }) => make(o) as optim.LRScheduler),
        milestones,
      ),
  };
}

function of(
  Class: { readonly name: string },
  argument: string | null,
  options: Readonly<Record<string, unknown>>,
  make: (optimizer: SteppedOptimizer) => SteppedSchedule,
): Scheduled {
  const torch = `${Class.name}(o${argument === null ? "" : `, ${argument}`}${keywords(options)})`;
  return { torch: torch.replace(", t_max", ", T_max"), make };
}

function groupsOf(draw: Draw, optimizer: "SGD" | "Adam"): Groups {
  return draw.list(draw.integer(1, 2), () => {
    const lr = draw.pick([0.1, 1, 0.05, 0.3]);
    return optimizer === "SGD"
      ? { lr, momentum: draw.pick([0.9, 0.5, 0]) }
      : { lr, betas: [draw.pick([0.9, 0.7]), 0.999] };
  });
}

function resumeOf(draw: Draw, epochs: number): number | null {
  return draw.chance(0.3) ? draw.integer(1, epochs - 1) : null;
}

function perGroup(draw: Draw, groups: Groups, choices: readonly number[]): number | readonly number[] {
  return draw.chance(0.5) ? draw.pick(choices) : groups.map(() => draw.pick(choices));
}

function lambdasFor(
  draw: Draw,
  groups: Groups,
): { readonly torch: string; readonly lambdas: ((epoch: number) => number) | ((epoch: number) => number)[] } {
  if (draw.chance(0.5)) {
    const [torch, lambda] = draw.pick(lambdas);
    return { torch, lambdas: lambda };
  }
  const chosen = groups.map(() => draw.pick(lambdas));
  return { torch: `[${chosen.map(([torch]) => torch).join(", ")}]`, lambdas: chosen.map(([, lambda]) => lambda) };
}
