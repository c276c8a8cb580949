import {
  checkBatches,
  checkDeadUnits,
  checkGradients,
  checkHeldOut,
  checkInitialLoss,
  checkLabelPairing,
  checkLabels,
  checkLearningRate,
  checkLeaks,
  checkLoss,
  checkOverfit,
  checkParameters,
  checkScores,
  type Examples,
  type Fault,
} from "@tapegrad/inspect";
import { ExampleMemory } from "@tapegrad/inspect/internal";
import { BatchNorm1d, functional, type Layer, Linear, ReLU } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import {
  add,
  cast,
  fromHost,
  Generator,
  log,
  logSoftmax,
  manualSeed,
  mean,
  mul,
  neg,
  reshape,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
} from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";
import { beforeEach, describe, expect, test } from "vitest";
import { computes, network, patient, points, followedBy } from "./patients.ts";

beforeEach(() => void manualSeed(1));

/** Rounds of batches without end. */
async function* repeating(round: () => readonly Examples[]): AsyncGenerator<Examples> {
  for (;;) yield* round();
}

describe("checks by themselves", () => {
  test("tell batches that come again from rounds without end, and hint at one that is all there is", async () => {
    const { model, options } = patient(network());
    const [a, b, c] = ["a", "b", "c"].map((seed) => points(16, seed)) as [Examples, Examples, Examples];
    const said = async (...round: readonly Examples[]): Promise<unknown> => {
      const { findings, hints } = await checkBatches(model, { ...options, loader: repeating(() => round) });
      return [findings, hints].map((all) => all.map(({ fault }) => fault));
    };
    expect(await said(a)).toEqual([[], ["sameBatch"]]);
    expect(await said(a, b)).toEqual([[], []]);
    expect(await said(a, b, b, c)).toEqual([["sameBatch"], []]);
    expect(await said(a, b, c, a, b, b)).toEqual([["sameBatch"], []]);
    expect(await said(a, { ...points(16, "a"), targets: a.targets })).toEqual([["sameBatch"], []]);
    const [one, other] = [points(1, "a"), points(1, "b")];
    expect(await said(one, other, other)).toEqual([[], []]);
  });

  test("compare no held-out examples with a single one", async () => {
    const { model, options } = patient(network());
    const { targets } = points(1);
    const batch = { inputs: fromHost(Float32Array.of(0.3), [1, 1]), targets };
    const heldOut = { inputs: fromHost(normals(new Generator("held out"), 32), [32, 1]), targets };
    const { findings } = await checkHeldOut(model, { ...options, batch, heldOut });
    expect(findings).toEqual([]);
  });

  test("ask no gradient of a loss that has none", async () => {
    const { model, options } = patient(network());
    const loss = (outputs: Tensor, targets: Tensor): Tensor => functional.crossEntropy(outputs, targets).detach();
    expect((await checkLoss(model, { ...options, loss })).findings).toEqual([]);
  });

  test("say what they saw", async () => {
    manualSeed(5);
    const { model, options } = patient(network());
    expect(await checkInitialLoss(model, options)).toMatchObject({
      check: "checkInitialLoss",
      told: true,
      findings: [],
    });
    expect((await checkInitialLoss(model, options)).answer).toMatch(/^\d\.\d+, where guessing has 1\.386$/);
    expect((await checkDeadUnits(model, options)).answer).toMatch(/^\d+ of 16 units in 1 calls of ReLU are dead$/);
    expect((await checkLeaks(model, options)).answer).toBe("none in eval mode; in train mode through 1");
    expect(String(await checkLabelPairing(model, options))).toBe(
      "checkLabelPairing: cannot be told: one batch does not tell; give heldOut, other examples",
    );
    const { model: wide } = patient(network({ 4: new Linear(16, 10) }));
    const few = { ...options, optimizer: null, batch: points(120, "a"), heldOut: points(120, "b") };
    expect((await checkLabelPairing(wide, few)).answer).toBe(
      "cannot be told: it takes 25 examples for each of 10 classes",
    );
  });

  test("find a rate that is too high for the optimizer", async () => {
    const { model, options } = patient(network());
    const high = await checkLearningRate(model, { ...options, optimizer: new SGD(model.parameters(), { lr: 1e5 }) });
    expect(high.findings.map(({ fault }) => fault)).toEqual(["learningRate"]);
    expect(high.findings[0]!.verdict).toContain("is too high");
    expect(high.answer).toMatch(/^100000; the loss falls from /);
  });

  test("do not take a rise in the first steps for a rate that is too high", async () => {
    /** Climbs for four steps. */
    class Wavering extends SGD {
      #taken = 0;

      override step(): void {
        const sign = this.#taken++ < 4 ? -1 : 1;
        for (const group of this.paramGroups) group.lr *= sign;
        super.step();
        for (const group of this.paramGroups) group.lr *= sign;
      }

      override loadStateDict(...args: Parameters<SGD["loadStateDict"]>): void {
        super.loadStateDict(...args);
        this.#taken = 0;
      }
    }
    const { model, options } = patient(network());
    const optimizer = new Wavering(model.parameters(), { lr: 0.6 });
    const { answer, findings, hints } = await checkOverfit(model, { ...options, optimizer, steps: 5 });
    expect(answer).toMatch(/^in 5 steps, the loss goes from 1\.\d+ to [^01]/);
    expect([findings, hints.map(({ fault }) => fault)]).toEqual([[], ["learningRate"]]);
  });

  test("take a loss that begins high for a fault only if the last layer makes it so", async () => {
    // As what is added up in a deep residual network.
    const large = computes((x) => mul(x, 40));
    const { model, options } = patient(followedBy([...network()].slice(0, 4), large, new Linear(16, 4)));
    const { findings, hints } = await checkInitialLoss(model, options);
    expect([findings, hints.map(({ fault }) => fault)]).toEqual([[], ["initialLoss"]]);
  });

  test("take large gradients before batch norms, as deep networks have them, for no fault", async () => {
    const deep = Array.from({ length: 40 }, () => [
      new Linear(16, 16, { bias: false }),
      new BatchNorm1d(16),
      new ReLU(),
    ]);
    const { model, options } = patient(
      followedBy([new Linear(6, 16), new BatchNorm1d(16)], ...deep.flat(), new Linear(16, 4)),
      {
        steps: 5,
      },
    );
    const { findings, hints } = await checkGradients(model, options);
    expect([findings, hints.map(({ fault }) => fault)]).toEqual([[], ["explodingGradient"]]);
  });

  test("hint at numbers that are large, and take what a model scales itself for none", async () => {
    const { inputs, targets } = points();
    const ages = fromHost(
      Float32Array.from(targets.dataSync(), (label) => 30 + 10 * label),
      [targets.size, 1],
    );
    const { model, options } = patient(network({ 4: new Linear(16, 1) }), { batch: { inputs, targets: ages } });
    const loss = (outputs: Tensor, wanted: Tensor): Tensor => mean(square(sub(outputs, wanted)));
    const said = async (scaled: Layer): Promise<unknown> => {
      const { findings, hints } = await checkLabels(scaled, { ...options, loss });
      return [findings, hints].map((all) => all.map(({ fault }) => fault));
    };
    expect(await said(model)).toEqual([[], ["targetScale"]]);
    const scaled = followedBy(
      [model],
      computes((x) => add(mul(x, 10), 45)),
    );
    expect(await said(scaled)).toEqual([[], []]);
    const ofLogarithms = (outputs: Tensor, wanted: Tensor): Tensor => loss(outputs, log(wanted));
    expect((await checkLabels(model, { ...options, loss: ofLogarithms })).hints).toEqual([]);
  });

  test("name an optimizer that was built before the head was replaced, its other parameters frozen", async () => {
    const model = network().requireGrad(false);
    const optimizer = new SGD(model.parameters(), { lr: 0.05 });
    const { options } = patient(followedBy([...model].slice(0, 4), new Linear(16, 4)), { optimizer });
    const { findings } = await checkParameters(followedBy([...model].slice(0, 4), new Linear(16, 4)), options);
    expect(findings.map(({ verdict }) => verdict)[0]).toMatch(
      /^the optimizer was built before a part .* and has 2 that/,
    );
  });

  test("find an untrained model that knows the answer, if it is said to be untrained", async () => {
    const { targets } = points();
    const known = mul(functional.oneHot(targets, 4), 5);
    const { model, options } = patient(
      followedBy(
        network(),
        computes((x) => add(x, known)),
      ),
    );
    expect((await checkInitialLoss(model, options)).findings).toEqual([]);
    const { findings } = await checkInitialLoss(model, { ...options, untrained: true });
    expect(findings.map(({ verdict }) => verdict)).toEqual([expect.stringContaining("knows the answer")]);
  });
});

test("a softmax over the examples of one score each, as of a list that is ranked, is no fault", async () => {
  const { inputs, targets } = points();
  const wanted = reshape(softmax(cast(targets, "float32"), 0), [48, 1]);
  const loss = (outputs: Tensor, given: Tensor): Tensor => neg(sum(mul(given, logSoftmax(outputs, 0))));
  const { model, options } = patient(network({ 4: new Linear(16, 1) }), { batch: { inputs, targets: wanted }, loss });
  expect((await checkScores(model, options)).findings).toEqual([]);
});

describe("what is remembered of examples", () => {
  const held = async (memory: ExampleMemory, batch: Examples): Promise<readonly Fault[]> => {
    const once = async function* (): AsyncGenerator<Examples> {
      yield batch;
    };
    for await (const each of memory.hold(once())) expect(each).toBe(batch);
    return (memory.judge()?.findings ?? []).map(({ fault }) => fault);
  };

  test("inputs of few kinds come again by chance, with other labels", async () => {
    const generator = new Generator("kinds");
    const drawn = (count: number, kinds: number): Examples => {
      const draw = (below: number): Tensor =>
        fromHost(
          Int32Array.from({ length: count }, () => generator.integer(below)),
          [count],
        );
      return { inputs: cast(functional.oneHot(draw(kinds), kinds), "float32"), targets: draw(3) };
    };
    for (const kinds of [6, 150]) {
      const memory = new ExampleMemory();
      const batches = Array.from({ length: 4 }, () => drawn(48, kinds));
      for (let epoch = 1; epoch <= 2; epoch++) {
        for (const batch of epoch === 1 ? batches : [...batches].reverse())
          expect(await memory.see([batch])).toBe(null);
        memory.endEpoch();
        expect(await held(memory, drawn(48, kinds))).toEqual([]);
      }
    }
  });

  test("what was learned from is told once", async () => {
    const memory = new ExampleMemory();
    await memory.see([points()]);
    memory.endEpoch();
    const found = [];
    for (let i = 0; i < 4; i++) found.push(await held(memory, points()));
    expect(found).toEqual([["heldOutSeen"], [], [], []]);
  });

  test("held-out examples must be tensors", async () => {
    await expect(held(new ExampleMemory(), [1, 2] as never)).rejects.toThrow(/^evaluate: expected batches/);
  });
});
