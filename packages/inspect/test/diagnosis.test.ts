import { readFileSync } from "node:fs";
import { backward } from "@tapegrad/autograd";
import { checkLeaks, checkUpdates, diagnose, type DiagnoseOptions, type Examples, type Fault } from "@tapegrad/inspect";
import {
  BatchNorm,
  type BatchNorm1d,
  functional,
  init,
  type Layer,
  Linear,
  LogSoftmax,
  NLLLoss,
  ReLU,
} from "@tapegrad/nn";
import { Adam, AdamW, LBFGS, LambdaLR, SGD, WeightAverage } from "@tapegrad/optim";
import {
  add,
  cast,
  clamp,
  defaultGenerator,
  div,
  fromHost,
  Generator,
  less,
  log,
  logSoftmax,
  manualSeed,
  mean,
  mul,
  neg,
  noGrad,
  randn,
  reshape,
  softmax,
  softplus,
  square,
  sub,
  Tensor,
  where,
  withDevice,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { healthyTrainings } from "./healthy.ts";
import { computes, convolutional, network, patient, type Patient, pictures, points, followedBy } from "./patients.ts";
import { trained } from "./seeded-bugs/bugs-of-norms.ts";
import { sequences } from "./seeded-bugs/bugs-of-sequences.ts";
import { seededBugs } from "./seeded-bugs/seeded-bugs.ts";

beforeEach(() => void manualSeed(1));

/** Everything that a diagnosis may not change. */
async function stateOf(model: Layer, { optimizer }: DiagnoseOptions): Promise<unknown> {
  const tensors = [...model.parameters(), ...model.buffers()];
  const plain = (value: unknown): unknown => {
    if (value instanceof Tensor) return [...value.dataSync()];
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
  };
  return {
    values: tensors.map(plain),
    versions: tensors.map(({ storage }) => storage.version),
    gradients: tensors.map(({ ownGrad }) => ownGrad && [ownGrad, plain(ownGrad)]),
    wanted: tensors.map(({ requiresGrad }) => requiresGrad),
    modes: model.modules().map(({ training }) => training),
    untouched: model.modules().map((each) => each instanceof BatchNorm && each.statisticsUntouched),
    hooks: model.modules().map((each) => Object.hasOwn(each, "forward")),
    memory: plain(optimizer?.stateDict()),
    generator: defaultGenerator().getState(),
  };
}

/** Rounds of batches without end. */
async function* repeating(round: () => readonly Examples[]): AsyncGenerator<Examples> {
  for (;;) yield* round();
}

const faultsOf = async ({ model, options }: Patient): Promise<readonly Fault[]> =>
  (await diagnose(model, options)).findings.map(({ fault }) => fault);

test.each(seededBugs)("a check finds: $bug", async ({ finding, check, layers, hint = false, make }) => {
  const { model, options } = make();
  const report = await check(model, options);
  const found = report[hint ? "hints" : "findings"].find(({ fault }) => fault === finding);
  expect(found, String(report)).toBeDefined();
  expect(found!.layers).toEqual(layers ?? found!.layers);
  for (const number of Object.values(found!.evidence)) expect(number).not.toBeNaN();
  expect(String(report)).toContain(`${found!.verdict} [${finding}]`);
});

// All of them: npm run diagnoses.
test.each(seededBugs.filter((_, i) => i % 9 === 0))("diagnose names: $bug", async ({ finding, hint = false, make }) => {
  const { model, options } = make();
  const diagnosis = await diagnose(model, options);
  const found = diagnosis[hint ? "hints" : "findings"].find(({ fault }) => fault === finding);
  expect(found, String(diagnosis)).toBeDefined();
  expect(diagnosis.healthy).toBe(hint);
  expect(String(diagnosis)).toContain(found!.verdict);
  expect(String(diagnosis)).toContain(`cure: ${found!.cure}`);
});

describe("a sound training raises nothing", () => {
  test.each([
    ["a network of points", () => patient(network())],
    ["a convolutional network of pictures", () => patient(convolutional(), { batch: pictures() })],
    ["held-out examples", () => patient(network(), { batch: points(120, "a"), heldOut: points(120, "b") })],
    [
      "a last layer that begins with zeros",
      () => {
        const head = new Linear(16, 4);
        init.zeros(head.weight);
        return patient(network({ 4: head }));
      },
    ],
    ["log-probabilities for nllLoss", () => patient(followedBy(network(), new LogSoftmax(1)), { loss: new NLLLoss() })],
    [
      "logits of a teacher as targets",
      () => {
        const { inputs, targets } = points();
        const logits = mul(functional.oneHot(targets, 4), 5);
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => functional.crossEntropy(outputs, softmax(wanted, 1));
        return patient(network(), { batch: { inputs, targets: logits }, loss });
      },
    ],
    [
      "counts, whose mean is a softplus",
      () => {
        const { inputs, targets } = points();
        const counts = fromHost(Float32Array.from(targets.dataSync()), [targets.size, 1]);
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => mean(square(sub(softplus(outputs), wanted)));
        return patient(network({ 4: new Linear(16, 1) }), { batch: { inputs, targets: counts }, loss });
      },
    ],
    [
      "counts, whose rate is a softplus",
      () => {
        const { inputs, targets } = points();
        const counts = fromHost(
          Float32Array.from(targets.dataSync(), (label) => 4 * label),
          [targets.size, 1],
        );
        // A Poisson loss, which is negative for large counts.
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => {
          const rate = softplus(outputs);
          return mean(sub(rate, mul(wanted, log(rate))));
        };
        const model = network({ 4: new Linear(16, 1) });
        return patient(model, { batch: { inputs, targets: counts }, loss, optimizer: new Adam(model.parameters()) });
      },
    ],
    [
      "−1 and 1 for no and yes in a logistic loss of margins, and a last layer of zeros",
      () => {
        const { inputs, targets } = points();
        const signs = fromHost(
          Float32Array.from(targets.dataSync(), (label) => (label < 2 ? 1 : -1)),
          [targets.size, 1],
        );
        const head = new Linear(16, 1);
        init.zeros(head.weight);
        init.zeros(head.bias!);
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => mean(softplus(neg(mul(outputs, wanted))));
        return patient(network({ 4: head }), { batch: { inputs, targets: signs }, loss });
      },
    ],
    [
      "a generator that gives all data, again and again",
      () => {
        const batch = points();
        return patient(network(), { batch, loader: repeating(() => [batch]) });
      },
    ],
    [
      "a loader that never ends, of few batches in another order each time",
      () => {
        const [a, b, c] = ["a", "b", "c"].map((seed) => points(16, seed)) as [Examples, Examples, Examples];
        let round = 0;
        return patient(network(), { loader: repeating(() => (round++ % 2 === 0 ? [a, b, c] : [c, a, b])) });
      },
    ],
    [
      "a first layer that is frozen, and not in the optimizer",
      () => {
        const model = network();
        model.at(0).requireGrad(false);
        return patient(model, { optimizer: new Adam(model.parameters().filter((each) => each.requiresGrad)) });
      },
    ],
    [
      "a regression",
      () => {
        const { inputs, targets } = points();
        const numbers = fromHost(Float32Array.from(targets.dataSync()), [targets.size, 1]);
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => mean(square(sub(outputs, wanted)));
        return patient(network({ 4: new Linear(16, 1) }), { batch: { inputs, targets: numbers }, loss });
      },
    ],
    [
      "categories as ones and zeros, which come again",
      () => {
        const { targets } = points();
        const ones = functional.oneHot(
          fromHost(
            Int32Array.from({ length: 48 }, (_, i) => (i * 5) % 6),
            [48],
          ),
          6,
        );
        return patient(network(), { batch: { inputs: cast(ones, "float32"), targets } });
      },
    ],
    [
      "pictures of which some show nothing, and are labelled so",
      () => {
        const { inputs, targets } = pictures(32);
        const none = less(targets, 2);
        const labels = where(none, 0, targets);
        return patient(convolutional(), {
          batch: { inputs: where(reshape(none, [32, 1, 1, 1]), 0, inputs), targets: labels },
        });
      },
    ],
    ["words that are predicted from those before", () => sequences(true, 1)],
    [
      "a checkpoint that does not say how many batches its statistics have seen",
      () => {
        const [model, other] = [network({ 3: new ReLU() }), trained()];
        const saved = Array.from(other.stateDict()).filter(([name]) => !name.includes("tracked"));
        model.loadStateDict(new Map(saved), { strict: false });
        // Of data that was a little wider.
        const { runningVar } = model.children()[1] as BatchNorm1d;
        noGrad(() => runningVar!.assign(mul(runningVar!, 1.5)));
        return patient(model);
      },
    ],
    [
      "bags of words, few of them in each text",
      () => {
        const generator = new Generator("bags");
        const values = Float32Array.from({ length: 48 * 400 }, () => Number(generator.integer(400) === 0) * 0.3);
        const model = followedBy([new Linear(400, 16), new ReLU(), new Linear(16, 4)]);
        return patient(model, { batch: { inputs: fromHost(values, [48, 400]), targets: points().targets } });
      },
    ],
    [
      "numbers of 0 and more, by a ReLU",
      () => {
        const { inputs, targets } = points();
        const numbers = fromHost(Float32Array.from(targets.dataSync()), [targets.size, 1]);
        const head = new Linear(16, 1);
        init.constant(head.bias!, 1);
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => mean(square(sub(outputs, wanted)));
        return patient(followedBy(network({ 4: head }), new ReLU()), { batch: { inputs, targets: numbers }, loss });
      },
    ],
    [
      "numbers whose sign the loss does not see, by a ReLU",
      () => {
        const { inputs, targets } = points();
        const numbers = fromHost(
          Float32Array.from(targets.dataSync(), (label) => label - 1.5),
          [targets.size, 1],
        );
        const head = new Linear(16, 1);
        init.constant(head.bias!, 1);
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => mean(square(sub(square(outputs), square(wanted))));
        return patient(followedBy(network({ 4: head }), new ReLU()), { batch: { inputs, targets: numbers }, loss });
      },
    ],
    [
      "similarities of all with all, which a loss compares along both axes",
      () => {
        const { inputs } = points();
        const own = fromHost(
          Int32Array.from({ length: 48 }, (_, i) => i),
          [48],
        );
        const loss = (outputs: Tensor, wanted: Tensor): Tensor => {
          const [one, other] = [0, 1].map((axis) => functional.nllLoss(logSoftmax(outputs, axis), wanted));
          return div(add(one!, other!), 2);
        };
        return patient(network({ 4: new Linear(16, 48) }), { batch: { inputs, targets: own }, loss });
      },
    ],
    [
      "a step that gathers the gradients of two batches",
      () => {
        const sound = patient(network());
        const optimizer = sound.options.optimizer!;
        let taken = 0;
        const step = ({ inputs, targets }: Examples): void => {
          if (taken % 2 === 0) optimizer.zeroGrad();
          backward(div(functional.crossEntropy(sound.model.forward(inputs), targets), 2));
          if (taken++ % 2 === 1) optimizer.step();
        };
        return { ...sound, options: { ...sound.options, step } };
      },
    ],
    [
      "a step that gathers four batches, divided, and keeps an average",
      () => {
        const sound = patient(network());
        const { optimizer } = sound.options;
        const average = new WeightAverage(sound.model.parameters());
        let taken = 0;
        const step = ({ inputs, targets }: Examples): void => {
          if (taken % 4 === 0) optimizer!.zeroGrad();
          backward(div(functional.crossEntropy(sound.model.forward(inputs), targets), 4));
          if (taken++ % 4 !== 3) return;
          optimizer!.step();
          average.update();
        };
        return { ...sound, options: { ...sound.options, step } };
      },
    ],
    [
      "a step of an optimizer that uses another one, and noise of a generator of its own",
      () => {
        const sound = patient(network());
        const inner = new SGD(sound.model.parameters(), { lr: 0.05 });
        const optimizer = {
          paramGroups: inner.paramGroups,
          zeroGrad: () => inner.zeroGrad(),
          step: () => void inner.step(),
          stateDict: () => inner.stateDict(),
          loadStateDict: (state: ReturnType<SGD["stateDict"]>) => inner.loadStateDict(state),
        };
        const step = ({ inputs, targets }: Examples): void => {
          optimizer.zeroGrad();
          const noise = mul(randn(inputs.shape, { generator: new Generator("always the same") }), 0.01);
          backward(functional.crossEntropy(sound.model.forward(add(inputs, noise)), targets));
          optimizer.step();
        };
        return { ...sound, options: { ...sound.options, optimizer, step } };
      },
    ],
    [
      "a step that draws once, when it is taken first",
      () => {
        const sound = patient(network({ 3: new ReLU() }));
        let scales: Tensor | null = null;
        const step = ({ inputs, targets }: Examples): void => {
          scales ??= clamp(randn([6]), { min: 1, max: 1 });
          sound.model.zeroGrad();
          backward(functional.crossEntropy(sound.model.forward(mul(inputs, scales)), targets));
          sound.options.optimizer!.step();
        };
        return { ...sound, options: { ...sound.options, step } };
      },
    ],
    [
      "a step that holds weights within bounds",
      () => {
        const sound = patient(network());
        const { optimizer } = sound.options;
        const step = ({ inputs, targets }: Examples): void => {
          optimizer!.zeroGrad();
          backward(functional.crossEntropy(sound.model.forward(inputs), targets));
          optimizer!.step();
          noGrad(() => sound.model.parameters().forEach((each) => each.assign(clamp(each, { min: -0.3, max: 0.3 }))));
        };
        return { ...sound, options: { ...sound.options, step } };
      },
    ],
    [
      "a loss with a weight for each example of the batch",
      () => {
        const weights = fromHost(
          Float32Array.from({ length: 48 }, (_, i) => 0.5 + (i % 3) / 2),
          [48],
        );
        const losses = (outputs: Tensor, targets: Tensor): Tensor =>
          functional.crossEntropy(outputs, targets, { reduction: "none" });
        return patient(network(), { loss: (outputs, targets) => mean(mul(losses(outputs, targets), weights)) });
      },
    ],
    [
      "features without gradients, and a head that the optimizer has alone",
      () => {
        const layers = [...network()];
        const head = new Linear(16, 4);
        const features = computes((x) => noGrad(() => layers.slice(0, 4).reduce((y, layer) => layer.forward(y), x)));
        const model = followedBy([Object.assign(features, { layers: layers.slice(0, 4) })], head);
        return patient(model, { optimizer: new Adam(head.parameters()) });
      },
    ],
    [
      "a step of two optimizers, for the body and the head",
      () => {
        const sound = patient(network());
        const [head, body] = [sound.model.parameters().slice(-2), sound.model.parameters().slice(0, -2)];
        const [first, second] = [new Adam(body), new SGD(head, { lr: 0.05 })];
        let taken = 0;
        const step = ({ inputs, targets }: Examples): void => {
          sound.model.zeroGrad();
          backward(functional.crossEntropy(sound.model.forward(inputs), targets));
          first.step();
          if (taken++ % 2 === 1) second.step();
        };
        return { ...sound, options: { ...sound.options, optimizer: first, step } };
      },
    ],
    [
      "a warm-up that begins at a millionth of the rate",
      () => {
        const sound = patient(network());
        const schedule = new LambdaLR(sound.options.optimizer as SGD, (step) => 1e-6 + step / 100);
        expect(schedule.lastLrs).toEqual([0.05 * 1e-6]);
        return sound;
      },
    ],
    [
      "AdamW with a weight decay of 1, which it does not add to the gradients",
      () => {
        const model = network();
        return patient(model, { optimizer: new AdamW(model.parameters(), { lr: 3e-4, weightDecay: 1 }) });
      },
    ],
    [
      "a warm-up that begins at 0",
      () => {
        const sound = patient(network());
        const schedule = new LambdaLR(sound.options.optimizer as SGD, (step) => step / 100);
        expect(schedule.lastLrs).toEqual([0]);
        return sound;
      },
    ],
  ] satisfies [string, () => Patient][])("%s", async (_, make) => {
    manualSeed(2);
    const { model, options } = make();
    expect(await faultsOf({ model, options })).toEqual([]);
  });

  test("after it has learned", async () => {
    manualSeed(3);
    const { model, options } = patient(convolutional(), { batch: pictures() });
    for (let step = 0; step < 30; step++) {
      options.optimizer!.zeroGrad();
      backward(functional.crossEntropy(model.forward(options.batch.inputs), options.batch.targets));
      options.optimizer!.step();
    }
    expect(await faultsOf({ model, options })).toEqual([]);
  });

  test("of random networks, optimizers and schedules", async () => {
    const property = fc.asyncProperty(healthyTrainings(), async ({ make }) => {
      expect(await faultsOf(await make())).toEqual([]);
    });
    await fc.assert(property, { numRuns: 3, seed: 1, endOnFailure: true });
  });
});

describe("nothing is changed", () => {
  /** A training under way, with gradients that somebody holds. */
  function underWay(): Patient {
    manualSeed(4);
    const model = network();
    const optimizer = new Adam(model.parameters());
    const { batch, loss } = patient(model).options;
    backward(functional.crossEntropy(model.forward(batch.inputs), batch.targets));
    optimizer.step();
    model.at(3).eval();
    void model.parameters()[0]!.grad;
    return { model, options: { batch, loss, optimizer, heldOut: points(30, "b") } };
  }

  test("weights, buffers, modes, gradients, generators, hooks, the optimizer's memory", async () => {
    const { model, options } = underWay();
    const before = await stateOf(model, options);
    await diagnose(model, options);
    expect(await stateOf(model, options)).toEqual(before);
  });

  test("nor in a model that has not run yet, whose statistics stay untouched", async () => {
    const { model, options } = patient(network());
    const before = await stateOf(model, options);
    await diagnose(model, options);
    expect(await stateOf(model, options)).toEqual(before);
  });

  test("nor by one check alone, and by a diagnosis with a step that throws", async () => {
    const { model, options } = underWay();
    const before = await stateOf(model, options);
    await checkUpdates(model, options);
    expect(await stateOf(model, options)).toEqual(before);
    const step = (): never => {
      options.optimizer!.zeroGrad();
      model.eval();
      throw new Error("enough");
    };
    await expect(diagnose(model, { ...options, step })).rejects.toThrow("enough");
    expect(await stateOf(model, options)).toEqual(before);
  });

  test("and a backward pass that was begun can be ended", async () => {
    const { model, options } = underWay();
    const loss = functional.crossEntropy(model.forward(options.batch.inputs), options.batch.targets);
    await diagnose(model, options);
    expect(() => backward(loss)).not.toThrow();
  });
});

test("an optimizer that has the last layer alone takes no steps that are too small", async () => {
  const model = network();
  const found = await faultsOf(patient(model, { optimizer: new Adam(model.parameters().slice(-2)) }));
  expect(found).toEqual(["notInOptimizer"]);
});

test("a model is diagnosed where it lives, while another device is current", async () => {
  const { model, options } = patient(network());
  const { findings } = await withDevice(new Float64Device(), () => diagnose(model, options));
  expect(findings).toEqual([]);
});

test("options that are unknown, missing or wrong are errors", async () => {
  const { model, options } = patient(network());
  const diagnosed = (change: object): Promise<unknown> => diagnose(model, { ...options, ...change });
  await expect(diagnosed({ optimiser: null })).rejects.toThrow("diagnose: unknown option optimiser");
  await expect(diagnosed({ loss: 3 })).rejects.toThrow("diagnose: loss must be a function");
  await expect(diagnosed({ batch: points().inputs })).rejects.toThrow("diagnose: expected batches { inputs, targets }");
  await expect(diagnosed({ optimizer: {} })).rejects.toThrow("diagnose: optimizer must have paramGroups, zeroGrad");
  await expect(diagnosed({ optimizer: new LBFGS(model.parameters()) })).rejects.toThrow("must step without a closure");
  await expect(diagnosed({ steps: 1 })).rejects.toThrow("steps");
  await expect(diagnose({} as never, options)).rejects.toThrow("diagnose: model must be a Module");
  await expect(checkLeaks(model, { ...options, depth: 1 } as never)).rejects.toThrow(
    "checkLeaks: unknown option depth",
  );
});

test("the guide has a row for each of these bugs", () => {
  const guide = readFileSync(new URL("../../../docs/guide/when-training-goes-wrong.md", import.meta.url), "utf8");
  const rows = [...guide.matchAll(/^\| (.*) \| `(\w+)`(.*) \| `(\w+)` \|$/gm)].map((row) => row.slice(1));
  expect(rows).toEqual(
    seededBugs.map(({ bug, finding, check, hint }) => [bug, finding, hint ? " (hint)" : "", check.checkName]),
  );
});
