import { readFileSync } from "node:fs";
import { backward } from "@tapegrad/autograd";
import { type Fault, recordStatistics, type StatisticsRecorder } from "@tapegrad/inspect";
import {
  BatchNorm,
  BatchNorm2d,
  evaluating,
  Flatten,
  functional,
  type Layer,
  Linear,
  Module,
  Sequential,
  updateBatchNorm,
  withoutModeGuard,
} from "@tapegrad/nn";
import { Adam, SGD } from "@tapegrad/optim";
import { add, fromHost, Generator, manualSeed, noGrad, type Shape, slice, type Tensor } from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";
import { architectures, type ModuleSpec, scheduleLength, schedules, type ScheduleSpec } from "@tapegrad/testing";
import fc from "fast-check";

/** What goes wrong in a training, from a step on. */
export const mistakes = [
  "forgotten eval",
  "forgotten train",
  "part left in eval",
  "warm-up forward",
  "batch of one",
  "momentum 0",
  "momentum 1",
  "momentum reversed",
  "thawed",
  "shared norm",
] as const;
export type Mistake = (typeof mistakes)[number];

/** A training that was drawn, and can be recorded. */
export interface RecordedTraining {
  readonly description: string;
  /** Trains while it is recorded, with a mistake or without. */
  record(mistake: Mistake | null): Promise<Recorded>;
}

/** A training that was recorded. */
export interface Recorded {
  readonly recorder: StatisticsRecorder;
  readonly batch: { readonly inputs: Tensor; readonly targets: Tensor };
  /** How the mistake must be named; null without one. */
  readonly expected: Expected | null;
}

interface Expected {
  readonly fault: Fault;
  readonly layers: readonly string[];
  readonly step: number;
  /** Part of the place that must be named. */
  readonly line: string;
}

const classes = 3;
const examples = 48;

/** A batch norm that can be called a second time in a pass. */
class Shared extends Module {
  readonly norm: BatchNorm2d;
  twice = false;

  constructor(channels: number) {
    super();
    this.norm = new BatchNorm2d(channels);
  }

  forward(x: Tensor): Tensor {
    const y = this.norm.forward(x);
    return this.twice ? this.norm.forward(y) : y;
  }
}

/** How a sound training goes. */
interface Habits {
  readonly steps: number;
  /** Looks at validation after each so many steps. */
  readonly every: number;
  /** Looks with gradients recorded. */
  readonly withGradients: boolean;
  /** Gathers the gradients of two batches. */
  readonly gathers: boolean;
  /** Renews statistics at the end. */
  readonly renews: boolean;
  /** Goes back to what was saved after the first steps. */
  readonly goesBack: boolean;
  /** Freezes its first norm half way. */
  readonly freezes: boolean;
  readonly adaptive: boolean;
}

/** Random architectures with batch norms, optimizers, schedules and habits. */
export function recordedTrainings(): fc.Arbitrary<RecordedTraining> {
  const habits = fc.record({
    steps: fc.integer({ min: 12, max: 30 }),
    every: fc.integer({ min: 1, max: 5 }),
    withGradients: fc.boolean(),
    gathers: fc.boolean(),
    renews: fc.boolean(),
    goesBack: fc.boolean(),
    freezes: fc.boolean(),
    adaptive: fc.boolean(),
  });
  return fc
    .record({
      spec: architectures({ minExtent: 3, maxLayers: 6 }),
      schedule: schedules(),
      habits,
      at: fc.integer({ min: 1, max: 10 }),
      which: fc.nat({ max: 20 }),
      seed: fc.nat({ max: 2 ** 16 }),
    })
    .map(({ spec, schedule, habits: drawn, at, which, seed }) => ({
      description: `${String(spec)}, ${schedule.description}, ${JSON.stringify(drawn)}, at step ${at}, norm ${which}, seed ${seed}`,
      record: async (mistake) => new Training(spec, schedule, drawn, seed).run(mistake, at, which),
    }));
}

const source = readFileSync(import.meta.filename, "utf8").split("\n");

/** The place of the line in this file that ends in a remark, as recordings begin to tell it. */
function lineOf(remark: string): string {
  return `recorded-trainings.ts:${source.findIndex((line) => line.endsWith(`// ${remark}`)) + 1}:`;
}

/** Some schedules are over after so many steps. */
const scheduled = scheduleLength - 3;

function highestRate(spec: ScheduleSpec, lr: number): number {
  const paramGroups = [{ lr }];
  const schedule = spec.make({ paramGroups });
  const rates = [paramGroups[0]!.lr];
  for (let i = 0; i < scheduled; i++) {
    schedule.step(1);
    rates.push(paramGroups[0]!.lr);
  }
  return Math.max(...rates);
}

class Training {
  readonly #habits: Habits;
  readonly #shared: Shared;
  readonly #model: Sequential;
  readonly #optimizer: SGD | Adam;
  readonly #schedule: { step(metric?: number): unknown } | null;
  readonly #generator: Generator;
  readonly #shape: Shape;
  #learned = 0;

  constructor(spec: ModuleSpec, schedule: ScheduleSpec, habits: Habits, seed: number) {
    manualSeed(seed);
    this.#habits = habits;
    this.#generator = new Generator(seed);
    this.#shape = spec.inputShape.slice(1);
    this.#shared = new Shared(this.#shape[0]!);
    const body = spec.make();
    const features = withoutModeGuard(() => noGrad(() => body.forward(this.#batch().inputs))).size / examples;
    this.#model = new Sequential(this.#shared, spec.make(), new Flatten(), new Linear(features, classes));
    const parameters = this.#model.parameters();
    this.#optimizer = habits.adaptive
      ? new Adam(parameters, { lr: 0.003 })
      : new SGD(parameters, { lr: 0.02, momentum: 0.9 });
    // Some schedules have rates of their own, too high for this optimizer.
    const usual = this.#optimizer.paramGroups[0]!.lr;
    this.#schedule = highestRate(schedule, usual) > usual ? null : schedule.make(this.#optimizer);
  }

  async run(mistake: Mistake | null, at: number, which: number): Promise<Recorded> {
    const { steps, every, goesBack, freezes, renews } = this.#habits;
    const model = this.#model;
    const norms = model.namedModules().filter(([, each]) => each instanceof BatchNorm);
    const [name, norm] = norms[which % norms.length] as [string, BatchNorm];
    if (mistake === "thawed") norm.freeze();
    const recorder = recordStatistics(model);
    let saved: ReturnType<Layer["stateDict"]> | null = null;
    let expected: Expected | null = null;
    for (let step = 1; step <= steps; step++) {
      const now = recorder.steps === at;
      if (now && mistake !== null) expected ??= this.#spoil(mistake, norm, name, recorder.steps);
      this.#learn(now && mistake === "batch of one" ? 1 : examples);
      if (step === 3 && goesBack) saved = model.stateDict({ copy: true });
      if (step === 8 && saved !== null) model.loadStateDict(saved);
      if (step === Math.ceil(steps / 2) && freezes && mistake === null) norm.freeze();
      if (step % every !== 0) continue;
      if (mistake === "forgotten eval" && step >= at) {
        expected ??= named("movedWhileEvaluating", this.#norms(), recorder.steps, "without eval");
        this.#look((fn) => fn());
      } else this.#look((fn) => evaluating(model, fn));
    }
    if (renews) await updateBatchNorm(model, [this.#batch().inputs, this.#batch().inputs]);
    recorder.stop();
    return { recorder, batch: this.#batch(4), expected };
  }

  #norms(): readonly string[] {
    return this.#model.namedModules().flatMap(([name, each]) => (each instanceof BatchNorm ? [name] : []));
  }

  /** Makes a mistake, or prepares it. */
  #spoil(mistake: Mistake, norm: BatchNorm, name: string, step: number): Expected | null {
    switch (mistake) {
      case "forgotten eval":
        return null;
      case "forgotten train":
        this.#model.eval();
        return named("learnsInEval", this.#norms(), step, "learning");
      case "part left in eval":
        norm.eval();
        return named("learnsInEval", [name], step, "learning");
      case "warm-up forward":
        this.#model.forward(this.#batch().inputs); // warm-up
        return named("movedWhileEvaluating", this.#norms(), step, "warm-up");
      case "batch of one":
        return named("batchTooSmall", this.#norms(), step, "learning");
      case "thawed":
        norm.unfreeze().train();
        return named("thawed", [name], step, "learning");
      case "shared norm":
        this.#shared.twice = true;
        return named("normCalledTwice", ["0.norm"], step, "learning");
      case "momentum 0":
      case "momentum 1":
      case "momentum reversed":
        (norm as { momentum: number }).momentum = { "momentum 0": 0, "momentum 1": 1, "momentum reversed": 0.9 }[
          mistake
        ];
        return named("momentum", [name], step, "learning");
    }
  }

  #learn(count: number): void {
    this.#optimizer.zeroGrad();
    for (let i = 0; i < (this.#habits.gathers ? 2 : 1); i++) {
      const { inputs, targets } = this.#batch();
      const outputs = this.#model.forward(slice(inputs, 0, 0, count)); // learning
      backward(functional.crossEntropy(outputs, slice(targets, 0, 0, count)));
    }
    this.#optimizer.step();
    if (this.#learned++ < scheduled) this.#schedule?.step(1);
  }

  #look(within: (fn: () => Tensor) => unknown): void {
    const { inputs } = this.#batch();
    const forward = (): Tensor => add(this.#model.forward(inputs), 0); // without eval
    within(this.#habits.withGradients ? forward : () => noGrad(forward));
  }

  /** Pictures whose class stands in their brightness and in one corner. */
  #batch(times = 1): { readonly inputs: Tensor; readonly targets: Tensor } {
    const count = times * examples;
    const size = this.#shape.reduce((a, b) => a * b, 1);
    const labels = Int32Array.from({ length: count }, () => this.#generator.integer(classes));
    const values = normals(this.#generator, count * size).map((value, i) => {
      const label = labels[Math.floor(i / size)]!;
      return 0.5 * value + (i % classes === label ? 1 : 0);
    });
    const targets = fromHost(labels, [count]);
    return { inputs: fromHost(values, [count, ...this.#shape]), targets };
  }
}

function named(fault: Fault, layers: readonly string[], step: number, remark: string): Expected {
  return { fault, layers, step, line: lineOf(remark) };
}

/** What a recording says that it should not, and what it does not say. */
export async function complaintsOf({ recorder, batch, expected }: Recorded): Promise<readonly string[]> {
  const { findings, hints } = recorder.findings();
  const complaints = recorder.checkLaw().map(({ message }) => `law: ${message}`);
  if (expected === null) {
    const moved = recorder
      .recording()
      .layers.flatMap(({ name }) => recorder.whoMoved(name, { while: "evaluating" }).calls);
    const drift = await recorder.firstDrift(batch);
    complaints.push(...moved.map(({ place }) => `moved while evaluating: ${place}`));
    complaints.push(...[...findings, ...hints].map(({ verdict, fault }) => `${verdict} [${fault}]`));
    if (drift !== null) complaints.push(String(drift));
    return complaints;
  }
  const { fault, layers, step, line } = expected;
  const found = [...findings, ...hints].filter((each) => each.fault === fault);
  const all = found.flatMap((each) => each.layers);
  const told = `${found.map(({ verdict }) => verdict).join("; ") || "nothing"}`;
  if (!found.some((each) => each.step === step && each.place?.includes(line)))
    complaints.push(`expected ${fault} at step ${step} by ${line}, got ${told}`);
  if (layers.some((name) => !all.includes(name)) || all.some((name) => !layers.includes(name)))
    complaints.push(`expected ${fault} in ${layers.join(", ")}, got ${told}`);
  const others = findings.filter((each) => each.fault !== fault);
  complaints.push(...others.map(({ verdict }) => `expected nothing else, got ${verdict}`));
  return complaints;
}
