import {
  add,
  batchNorm,
  clone,
  conv2d,
  flip,
  mul,
  ones,
  rand,
  sqrt,
  tensor,
  type Tensor,
  zeros,
} from "@tapegrad/tensor";
import {
  type BatchNormConfiguration,
  type BatchNormLike,
  conv2dConfigurations,
  evalChangesNothing,
  linearity,
  type ModedModule,
  modeReachesEveryModule,
  runningStatisticsLaw,
  saveLoadIdentity,
  type StatefulModule,
} from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const runs = { seed: 11, numRuns: 100 };

/** What a law says about its first counterexample; the empty string if it finds none. */
function complaintOf<Ts>(law: fc.IRawProperty<Ts>): string {
  const { errorInstance } = fc.check(law, runs) as fc.RunDetails<Ts>;
  return errorInstance instanceof Error ? errorInstance.message : "";
}

/** The smallest batch norm that the laws accept; `flaws` break one thing each. */
class Norm implements BatchNormLike, StatefulModule {
  training = true;
  runningMean: Tensor;
  runningVar: Tensor;
  numBatchesTracked: Tensor = zeros([], { dtype: "int32" });
  readonly momentum: number | null;
  readonly flaws: { readonly biased?: boolean; readonly learnsInEval?: boolean; readonly forgets?: boolean };

  constructor(
    { features, momentum }: Pick<BatchNormConfiguration, "features" | "momentum">,
    flaws: Norm["flaws"] = {},
  ) {
    this.runningMean = zeros([features]);
    this.runningVar = ones([features]);
    this.momentum = momentum;
    this.flaws = flaws;
  }

  train(): void {
    this.training = true;
  }

  eval(): void {
    this.training = false;
  }

  forward(x: Tensor): Tensor {
    const { runningMean, runningVar, numBatchesTracked, momentum, flaws } = this;
    const before = runningVar.dataSync();
    const training = this.training || (flaws.learnsInEval ?? false);
    const y = batchNorm(x, { runningMean, runningVar, numBatchesTracked, training, momentum });
    if (training && flaws.biased) {
      const values = x.size / x.shape[1]!;
      const alpha = momentum ?? 1 / numBatchesTracked.itemSync();
      const biased = Float32Array.from(runningVar.dataSync(), (now, c) => {
        const kept = (1 - alpha) * before[c]!;
        return kept + ((now - kept) * (values - 1)) / values;
      });
      runningVar.assign(tensor(biased));
    }
    return y;
  }

  stateDict(): Map<string, Tensor> {
    const { runningMean, runningVar, numBatchesTracked } = this;
    return new Map(Object.entries({ runningMean, runningVar, numBatchesTracked }));
  }

  loadStateDict(state: ReadonlyMap<string, Tensor>): void {
    this.runningMean.assign(state.get("runningMean")!);
    if (!this.flaws.forgets) this.runningVar.assign(state.get("runningVar")!);
    this.numBatchesTracked.assign(state.get("numBatchesTracked")!);
  }
}

type Statistics = { readonly mean: Tensor; readonly variance: Tensor };

/** A batch norm whose statistics are changed after every batch that it learns from. */
class Flawed extends Norm {
  readonly #change: (norm: Norm, batch: Tensor, before: Statistics) => void;

  constructor(
    configuration: Pick<BatchNormConfiguration, "features" | "momentum">,
    change: (norm: Norm, batch: Tensor, before: Statistics) => void,
  ) {
    super(configuration);
    this.#change = change;
  }

  override forward(x: Tensor): Tensor {
    const before = { mean: clone(this.runningMean), variance: clone(this.runningVar) };
    const y = super.forward(x);
    if (this.training) this.#change(this, x, before);
    return y;
  }
}

describe("running statistics", () => {
  test("the law holds for batchNorm", () => {
    fc.assert(
      runningStatisticsLaw((configuration) => new Norm(configuration)),
      runs,
    );
  });

  const finding = (change: (norm: Norm, batch: Tensor, before: Statistics) => void): string =>
    complaintOf(runningStatisticsLaw((configuration) => new Flawed(configuration, change)));
  const batch = String.raw`batch \d of \d, \[\d, \d, \d, \d\] with momentum (null|[\d.]+)`;
  const numbers = String.raw`is -?[\d.e-]+, expected -?[\d.e-]+`;
  const says = (text: string): RegExp => new RegExp(`^${text}$`, "u");

  test("it names batch, statistic, channel, both numbers, and the mistake if it is a common one", () => {
    const after = `after ${batch}, `;
    expect(complaintOf(runningStatisticsLaw((c) => new Norm(c, { biased: true })))).toMatch(
      says(`${after}runningVar of channel 0 ${numbers}, as if the variance of the batch were biased`),
    );
    const reversed = runningStatisticsLaw(
      ({ features, momentum }) => new Norm({ features, momentum: momentum && 1 - momentum }),
    );
    expect(complaintOf(reversed)).toMatch(
      says(`${after}running(Mean|Var) of channel 0 ${numbers}, as if momentum were the weight of the old value`),
    );
    expect(finding((norm, _, { mean }) => norm.runningMean.assign(mean))).toMatch(
      says(`${after}runningMean of channel 0 ${numbers}, as if it did not move`),
    );
    expect(finding(({ runningVar }) => runningVar.assign(sqrt(runningVar)))).toMatch(
      says(`${after}runningVar of channel 0 ${numbers}.*`),
    );
    expect(finding(({ runningMean }) => runningMean.assign(flip(runningMean, 0)))).toMatch(
      says(`${after}runningMean of channel \\d ${numbers}, which is that of channel \\d`),
    );
    expect(finding((norm) => norm.numBatchesTracked.assign(zeros([], { dtype: "int32" })))).toMatch(
      says(`${after}numBatchesTracked is 0, expected 1`),
    );
    expect(finding((norm) => (norm.runningVar = ones([9])))).toMatch(
      says(`${after}runningVar has 9 values, expected one for each of 1 channels`),
    );
  });

  test("it finds learning in eval mode", () => {
    expect(complaintOf(runningStatisticsLaw((c) => new Norm(c, { learnsInEval: true })))).toMatch(
      says(`after a forward pass in eval mode that followed ${batch}, running(Mean|Var) of channel 0 ${numbers}`),
    );
  });

  test("it says what a batch norm lacks", () => {
    const lacking = (change: object): string =>
      complaintOf(runningStatisticsLaw((configuration) => Object.assign(new Norm(configuration), change)));
    expect(lacking({ numBatchesTracked: undefined })).toBe(
      "runningStatisticsLaw: expected a batch norm with a tensor numBatchesTracked, got undefined",
    );
    expect(lacking({ runningMean: null })).toBe(
      "runningStatisticsLaw: runningMean is null: the batch norm tracks no statistics",
    );
    expect(lacking({ eval: undefined })).toBe("runningStatisticsLaw: Norm has no eval()");
  });

  test("the report has the smallest case", () => {
    const { counterexample } = fc.check(
      runningStatisticsLaw((c) => new Norm(c, { biased: true })),
      runs,
    );
    const [{ configuration, batches }] = counterexample!;
    expect(configuration.features).toBe(1);
    expect(batches.flat().length).toBeLessThanOrEqual(3);
  });
});

describe("state", () => {
  const subjects = (flaws: Norm["flaws"]): fc.Arbitrary<{ make: () => Norm; input: () => Tensor }> =>
    fc.integer({ min: 1, max: 4 }).map((features) => ({
      make: () => new Norm({ features, momentum: 0.1 }, flaws),
      input: () => rand([3, features, 2, 2]),
    }));

  test("the laws hold for batchNorm", () => {
    fc.assert(saveLoadIdentity(subjects({})), runs);
    fc.assert(evalChangesNothing(subjects({})), runs);
  });

  test("they find a buffer that is not loaded, and one that eval mode changes", () => {
    expect(complaintOf(saveLoadIdentity(subjects({ forgets: true })))).toMatch(/runningVar of the state dict/);
    expect(complaintOf(evalChangesNothing(subjects({ learnsInEval: true })))).toMatch(/of the state dict changed/);
  });
});

describe("linearity", () => {
  test("conv2d without bias is linear in its input and in its weight", () => {
    const subjects = conv2dConfigurations({ maxBatch: 2 }).map((configuration) => {
      const { inputShape, weightShape, stride, padding, dilation, groups } = configuration;
      const options = { stride, padding, dilation, groups };
      const [input, weight] = [rand(inputShape), rand(weightShape)];
      const [viaInput, viaWeight] = [
        { shape: inputShape, fn: (x: Tensor) => conv2d(x, weight, null, options) },
        { shape: weightShape, fn: (w: Tensor) => conv2d(input, w, null, options) },
      ];
      return { viaInput, viaWeight };
    });
    fc.assert(linearity(subjects.map(({ viaInput }) => viaInput)), runs);
    fc.assert(linearity(subjects.map(({ viaWeight }) => viaWeight)), runs);
  });

  test("the law finds an offset and a square", () => {
    const shape = [2];
    expect(complaintOf(linearity(fc.constant({ shape, fn: (x: Tensor) => add(x, 1) })))).toMatch(
      /^f\(-?\d·x \+ -?\d·y\) is not -?\d·f\(x\) \+ -?\d·f\(y\): \d of 2 values differ .*: expected .*, got/,
    );
    expect(complaintOf(linearity(fc.constant({ shape, fn: (x: Tensor) => mul(x, x) })))).toMatch(/^f\(/);
  });
});

describe("mode", () => {
  class Node implements ModedModule {
    training = true;
    readonly children: readonly Node[];

    constructor(children: readonly Node[]) {
      this.children = children;
    }

    train(mode = true): void {
      this.training = mode;
      for (const child of this.children) child.train(mode);
    }

    eval(): void {
      this.train(false);
    }

    all(): Node[] {
      return [this, ...this.children.flatMap((child) => child.all())];
    }
  }

  class Deaf extends Node {
    override train(): void {}
  }

  const trees = (leaf: () => Node): fc.Arbitrary<{ root: Node; all: Node[] }> =>
    fc
      .letrec<{ node: Node }>((tie) => ({
        node: fc.oneof(
          { maxDepth: 3 },
          fc.constant(null).map(leaf),
          fc.array(tie("node"), { maxLength: 3 }).map((c) => new Node(c)),
        ),
      }))
      .node.map((root) => ({ root, all: root.all() }));

  test("the law holds for a tree that hands the mode on, and finds a leaf that does not listen", () => {
    fc.assert(modeReachesEveryModule(trees(() => new Node([]))), runs);
    expect(complaintOf(modeReachesEveryModule(trees(() => new Deaf([]))))).toMatch(
      /^after eval\(\), 1 of \d+ modules have training = true; the first is number \d+, a Deaf$/,
    );
  });
});
