import { customFunction } from "@tapegrad/autograd";
import { BatchNorm2d, Buffer, Conv2d, type Layer, Module, Parameter, Sequential } from "@tapegrad/nn";
import {
  add,
  arange,
  batchNorm,
  clone,
  conv2d,
  deviceReport,
  div,
  dropout,
  exp,
  fromHost,
  mean,
  mul,
  noGrad,
  ones,
  onesLike,
  reshape,
  setThreads,
  sqrt,
  sub,
  type Tensor,
  useDevice,
  varMean,
  zeros,
} from "@tapegrad/tensor";
import {
  ModuleSpec,
  architectures,
  batchPermutationEquivariance,
  channelPermutationEquivariance,
  conv2dConfigurations,
  currentDeviceIndependence,
  deviceAgreement,
  evalChangesNothing,
  evalIgnoresTheBatch,
  layers,
  moduleGradientLaw,
  moduleSecondGradientLaw,
  roundTripIdentity,
  scaleAndShiftInvariance,
  shiftEquivariance,
  stateDicts,
  threadCountAgreement,
  trainingMovesStatisticsOnly,
} from "@tapegrad/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const runs = { numRuns: 60 };

/** What a law says of its smallest counterexample, and the counterexample; empty if it finds none. */
async function findingOf<Ts>(law: fc.IRawProperty<Ts>): Promise<{ readonly says: string; readonly of: string }> {
  const { errorInstance, counterexample } = (await fc.check(law, runs)) as fc.RunDetails<Ts>;
  const says = errorInstance instanceof Error ? errorInstance.message : "";
  return { says, of: counterexample === null ? "" : fc.stringify(counterexample) };
}

/** Modules of a class after a convolution, and images for them. */
function specsOf(type: new () => Layer, make: () => Layer = () => new type()): fc.Arbitrary<ModuleSpec> {
  return fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 4 }))
    .map(([n, side]) => new ModuleSpec({ description: type.name, inputShape: [n, 1, side, side], make }));
}

/** A module that is a function of the input and the mode. */
function moduleOf(fn: (x: Tensor, training: boolean) => Tensor): new () => Layer {
  return class Flawed extends Module {
    forward(x: Tensor): Tensor {
      return fn(x, this.training);
    }
  };
}

describe("train and eval", () => {
  test("evalChangesNothing finds dropout that goes on in eval mode", async () => {
    const Deaf = moduleOf((x) => dropout(x, 0.5));
    const { says } = await findingOf(evalChangesNothing(specsOf(Deaf)));
    expect(says).toBe("a forward pass in eval mode drew from the default generator");
  });

  test("evalChangesNothing finds a result that depends on how often it was asked for", async () => {
    let calls = 0;
    const Counting = moduleOf((x) => add(x, calls++));
    const { says } = await findingOf(evalChangesNothing(specsOf(Counting)));
    expect(says).toMatch(
      /^the second forward pass in eval mode computes something else: \d+ of \d+ values differ.*; the worst is element \d+.*: expected .*, got /,
    );
  });

  test("evalIgnoresTheBatch finds batch statistics in eval mode", async () => {
    const Batchy = moduleOf((x) => sub(x, mean(x, 0, { keepDim: true })));
    const { says, of } = await findingOf(evalIgnoresTheBatch(specsOf(Batchy)));
    expect(says).toMatch(
      /^in eval mode, row \d depends on the other rows: \d+ of \d+ values differ.*; the worst is element \d+.*: expected .*, got /,
    );
    expect(of).toMatch(/^\[Flawed of \[[23], 1, 2, 2\],/);
  });

  class Norm extends Module {
    readonly weight = new Parameter(ones([1]));
    readonly runningMean = new Buffer(zeros([1]));
    readonly runningVar = new Buffer(ones([1]));
    readonly flaw: "never" | "always" | "weight";

    constructor(flaw: Norm["flaw"]) {
      super();
      this.flaw = flaw;
    }

    forward(x: Tensor): Tensor {
      const { runningMean, runningVar, flaw } = this;
      if (flaw === "weight") noGrad(() => this.weight.assign(mul(this.weight, 0.5)));
      if (flaw === "never" || (flaw === "weight" && !this.training)) return x;
      return batchNorm(x, { runningMean, runningVar, training: true });
    }
  }

  test("trainingMovesStatisticsOnly finds who moves too much or too little", async () => {
    const law = (flaw: Norm["flaw"]): fc.IRawProperty<unknown> =>
      trainingMovesStatisticsOnly(specsOf(Sequential, () => new Norm(flaw)));
    expect((await findingOf(law("never"))).says).toBe("forward pass 1, in train mode, did not move running_var");
    expect((await findingOf(law("always"))).says).toMatch(
      /^a forward pass in eval mode, after batch 1, changed running_(mean|var): \d+ of \d+ values differ.*; the worst is element \d+.*: expected .*, got /,
    );
    expect((await findingOf(law("weight"))).says).toMatch(
      /^forward pass 1 changed the parameter weight: \d+ of \d+ values differ.*; the worst is element \d+.*: expected .*, got /,
    );
  });
});

describe("symmetries", () => {
  test("batchPermutationEquivariance finds what depends on the place in the batch", async () => {
    const Placed = moduleOf((x) => add(x, reshape(arange(x.shape[0]!), [-1, 1, 1, 1])));
    const { says, of } = await findingOf(batchPermutationEquivariance(specsOf(Placed)));
    expect(says).toMatch(
      /^the order \[[\d, ]*\] of the batch matters in eval mode: \d+ of \d+ values differ.*; the worst is element \d+.*: expected .*, got /,
    );
    expect(of).toMatch(/^\[Flawed of \[[23], 1, 2, 2\],/);
  });

  test("channelPermutationEquivariance holds for conv2d, and finds filters in the wrong order", async () => {
    const law = (flaw: boolean): fc.IRawProperty<unknown> =>
      channelPermutationEquivariance(
        conv2dConfigurations({ maxBatch: 2 }).map(({ inputShape, weightShape, stride, padding, dilation, groups }) => ({
          inputShape,
          weightShape,
          groups,
          fn: (x: Tensor, weight: Tensor, bias: Tensor): Tensor => {
            const y = conv2d(x, weight, flaw ? null : bias, { stride, padding, dilation, groups });
            // The flaw forgets all biases but the first.
            return flaw ? add(y, mul(reshape(bias, [-1, 1, 1]), firstOf(weightShape[0]))) : y;
          },
        })),
      );
    fc.assert(law(false) as fc.IProperty<unknown>, runs);
    expect((await findingOf(law(true))).says).toMatch(/^permuting the filters by \[1, 0/);
  });

  test("shiftEquivariance holds for circular padding, and finds padding with zeros", async () => {
    const law = (paddingMode: "circular" | "zeros"): fc.IRawProperty<unknown> =>
      shiftEquivariance(
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 4 })).map(([channels, side]) => {
          const conv = new Conv2d(channels, 2, 3, { padding: 1, paddingMode });
          return { shape: [2, channels, side, 3], fn: (x: Tensor) => conv.forward(x) };
        }),
      );
    fc.assert(law("circular") as fc.IProperty<unknown>, runs);
    expect((await findingOf(law("zeros"))).says).toMatch(/^moving the input by \d rows and \d columns/);
  });

  test("scaleAndShiftInvariance holds for batch norm, and finds eps outside the root and a mean of 0", async () => {
    fc.assert(
      scaleAndShiftInvariance(({ features, eps }) => new BatchNorm2d(features, { eps })),
      runs,
    );
    const law = (flaw: "eps" | "mean"): fc.IRawProperty<unknown> =>
      scaleAndShiftInvariance(({ eps }) => ({
        train: () => undefined,
        forward: (x) => {
          const [variance, center] = varMean(x, [0, 2, 3], { correction: 0, keepDim: true });
          const centred = flaw === "mean" ? x : sub(x, center);
          return div(centred, flaw === "eps" ? add(sqrt(variance), eps) : sqrt(add(variance, eps)));
        },
      }));
    for (const flaw of ["eps", "mean"] as const)
      expect((await findingOf(law(flaw))).says).toMatch(/^scaling the channels/);
  });
});

describe("gradients", () => {
  const grows = (factor: number, twice: boolean): ((x: Tensor) => Tensor) => {
    const op = customFunction({
      name: "grows",
      forward: ([x]: readonly [Tensor]) => exp(x),
      backward: ({ outputs: [y] }, [gradient]) => [mul(gradient!, mul(twice ? y! : y!.detach(), factor))],
    });
    return (x) => op([x]);
  };

  test("moduleGradientLaw finds a gradient that is off by a hundredth", async () => {
    fc.assert(moduleGradientLaw(specsOf(moduleOf(grows(1, true)))), runs);
    expect((await findingOf(moduleGradientLaw(specsOf(moduleOf(grows(1.01, true)))))).says).toMatch(
      /^the gradient of the input is wrong: along a random direction in the input it is \S+, the finite difference/,
    );
  });

  test("moduleGradientLaw names the parameter whose gradient is wrong", async () => {
    class Scaled extends Module {
      readonly offset = new Parameter(ones([1]));
      readonly scale = new Parameter(ones([1]));

      forward(x: Tensor): Tensor {
        return add(mul(x, grows(1.5, true)(this.scale)), this.offset);
      }
    }
    expect((await findingOf(moduleGradientLaw(specsOf(Scaled)))).says).toMatch(
      /^the gradient of scale is wrong: along a random direction in offset, scale, the input it is/,
    );
  });

  test("moduleSecondGradientLaw finds a gradient that cannot be differentiated", async () => {
    fc.assert(moduleSecondGradientLaw(specsOf(moduleOf(grows(1, true)))), runs);
    fc.assert(moduleGradientLaw(specsOf(moduleOf(grows(1, false)))), runs);
    expect((await findingOf(moduleSecondGradientLaw(specsOf(moduleOf(grows(1, false)))))).says).toMatch(
      /^the gradient of the input is wrong: along a random direction in the input it is \S+, the finite difference/,
    );
  });
});

describe("agreement and files", () => {
  test("deviceAgreement finds a layer that looks at the device, and puts the device back", async () => {
    const Partial = moduleOf((x) => add(x, deviceReport().device === "wasm" ? 0 : 1));
    const before = deviceReport().requested;
    const law = deviceAgreement(specsOf(Partial), { devices: ["wasm", "gpu:cpu"] });
    expect((await findingOf(law)).says).toMatch(
      /^the output in train mode differs on wasm and on gpu:cpu: \d+ of \d+ values differ.*; the worst is element \d+.*: expected .*, got /,
    );
    expect(deviceReport().requested).toBe(before);
  });

  test("currentDeviceIndependence finds a layer that makes tensors where it should not", async () => {
    fc.assert(currentDeviceIndependence(specsOf(moduleOf((x) => add(x, onesLike(x))))), runs);
    const mixed = await findingOf(currentDeviceIndependence(specsOf(moduleOf((x) => add(x, ones(x.shape))))));
    expect(mixed.says).toMatch(/^add: tensors live on different devices/);
    const stray = await findingOf(currentDeviceIndependence(specsOf(moduleOf((x) => ones(x.shape)))));
    expect(stray.says).toMatch(/^the output in train mode lives on float64, the input on/);
  });

  describe("on wasm", () => {
    let before: ReturnType<typeof deviceReport>;
    beforeAll(async () => {
      before = deviceReport();
      await useDevice("wasm");
    });
    afterAll(() => useDevice(before.requested));

    test("threadCountAgreement finds a layer that looks at the number of threads, and puts it back", async () => {
      setThreads(2);
      const Counting = moduleOf((x) => mul(x, 1 + 2 ** -20 * deviceReport().threads));
      const { says } = await findingOf(threadCountAgreement(specsOf(Counting)));
      expect(says).toMatch(
        /^the output in train mode differs between 1 and 2 threads: \d+ of \d+ values differ.*; the worst is element \d+.*: expected .*, got /,
      );
      expect(deviceReport().threads).toBe(2);
      setThreads(before.threads);
    });
  });

  test("roundTripIdentity finds a format that loses −0, and one that loses a name", async () => {
    const copied = async (state: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> =>
      new Map([...state].map(([name, x]) => [name, clone(x)]));
    await fc.assert(roundTripIdentity(stateDicts(), copied), runs);
    const viaText = async (state: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> => {
      const entries = [...state].map(([name, x]): [string, Tensor] => {
        const values = x.dataSync();
        const texts = Array.from(values, String).map(Number);
        return [name, fromHost(x.dtype === "int32" ? Int32Array.from(texts) : Float32Array.from(texts), x.shape)];
      });
      return new Map(entries);
    };
    const { says, of } = await findingOf(roundTripIdentity(stateDicts(), viaText));
    expect(says).toMatch(/^after the round trip, element \d+ of .* is 0, it was -0$/);
    expect(of).toMatch(/float32 \[[\d, ]*\] = \[.*-0/);
    const losing = async (state: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> =>
      new Map([...state].filter(([name]) => name !== "bias"));
    expect((await findingOf(roundTripIdentity(stateDicts(), losing))).says).toBe(
      'after the round trip, "bias" is missing and nothing is new',
    );
  });
});

test("a law says which method a module lacks, rather than fail within", async () => {
  const lacking = { make: () => ({ forward: (x: Tensor) => x, eval: () => undefined }), input: () => ones([1, 1]) };
  const subjects = fc.constant(lacking as never);
  for (const [law, methods] of [
    [evalChangesNothing(subjects), "evalChangesNothing: Object has no stateDict(), loadStateDict(), train()"],
    [
      trainingMovesStatisticsOnly(subjects),
      "trainingMovesStatisticsOnly: Object has no namedParameters(), namedBuffers()",
    ],
    [evalIgnoresTheBatch(subjects), "evalIgnoresTheBatch: Object has no train()"],
    [batchPermutationEquivariance(subjects), "batchPermutationEquivariance: Object has no train()"],
    [moduleGradientLaw(subjects), "moduleGradientLaw: Object has no namedParameters(), train()"],
    [deviceAgreement(subjects, { devices: ["wasm"] }), "deviceAgreement: Object has no namedParameters()"],
  ] as const)
    expect((await findingOf(law as fc.IRawProperty<unknown>)).says).toContain(methods);
});

test.each([
  ["Dropout", {}, "Dropout(0.5)) of [1, 1, 1, 1]"],
  ["BatchNorm2d", { minExtent: 3 }, "BatchNorm2d(1)) of [1, 1, 3, 3]"],
])("the smallest network that holds a layer is %s alone", async (name, options, description) => {
  const law = fc.property(architectures(options), (spec) => {
    if (
      spec
        .make()
        .children()
        .some((layer) => layer.constructor.name === name)
    )
      throw new Error("found one");
  });
  expect((await findingOf(law)).of).toBe(`[Sequential(${description}]`);
});

test("layers describe themselves as PyTorch's users write them", () => {
  const found = fc.sample(layers({ kinds: ["Conv2d", "Linear", "BatchNorm2d"] }), 200).map(String);
  expect(found.some((text) => /^Conv2d\(\d+→\d+, \d×\d, .*stride \d×\d.*\) of \[\d, \d+, \d+, \d+\]$/.test(text))).toBe(
    true,
  );
  expect(found.some((text) => /^Linear\(\d→\d\) of/.test(text))).toBe(true);
  expect(found.some((text) => /momentum null, affine/.test(text) || /affine.*momentum null/.test(text))).toBe(true);
});

/** 1 for the first of `count` channels, 0 for the others. */
function firstOf(count: number): Tensor {
  const values = new Float32Array(count);
  values[0] = 1;
  return fromHost(values, [count, 1, 1]);
}
