import {
  adamStep,
  type AdamStepOptions,
  fromHost,
  ones,
  randn,
  setThreads,
  sgdStep,
  type SgdStepOptions,
  ShapeError,
  type Tensor,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose, gridValues } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const sizes = fc.array(fc.integer({ min: 0, max: 21 }), { minLength: 1, maxLength: 3 });
/** For parameters of several sizes, start values and the gradients of three steps. */
const problems = sizes.chain((lengths) => {
  const values = fc.tuple(...lengths.map((length) => gridValues(length, { step: 1 / 16, max: 2 })));
  return fc.record({ start: values, gradients: fc.tuple(values, values, values) });
});

const sgdOptions: fc.Arbitrary<Omit<SgdStepOptions, "first">> = fc
  .record({
    lr: fc.constantFrom(0.01, 0.5),
    momentum: fc.constantFrom(0, 0.9),
    dampening: fc.constantFrom(0, 0.25),
    weightDecay: fc.constantFrom(0, 0.125),
    maximize: fc.boolean(),
    nesterov: fc.boolean(),
  })
  .map((options) => ({ ...options, nesterov: options.nesterov && options.momentum > 0 && options.dampening === 0 }));

const adamOptions: fc.Arbitrary<Omit<AdamStepOptions, "step">> = fc.record({
  lr: fc.constantFrom(0.001, 0.1),
  beta1: fc.constantFrom(0, 0.9),
  beta2: fc.constantFrom(0.5, 0.999),
  eps: fc.constantFrom(1e-8, 0.1),
  weightDecay: fc.constantFrom(0, 0.125),
  amsgrad: fc.boolean(),
  maximize: fc.boolean(),
  decoupled: fc.boolean(),
});

const close = { rtol: 2e-5, atol: 2e-6 };

function upload(values: readonly (readonly number[])[]): Tensor[] {
  return values.map((list) => fromHost(Float32Array.from(list), [list.length]));
}

eachDevice((name) => {
  const parameters = { numRuns: name === "gpu:cpu" ? 30 : 100 };

  test("SGD does to many parameters at once what the formula does to each number", () => {
    fc.assert(
      fc.property(problems, sgdOptions, ({ start, gradients }, options) => {
        const { lr, momentum, dampening, weightDecay, maximize, nesterov } = options;
        const tensors = upload(start);
        const buffers = tensors.map(({ shape }) => (momentum === 0 ? null : zeros(shape)));
        const expected = start.map((list) => list.map((value) => ({ p: value, m: 0 })));
        gradients.forEach((step, t) => {
          const made = upload(step);
          sgdStep(
            tensors.map((parameter, i) => ({ parameter, gradient: made[i]!, momentumBuffer: buffers[i]! })),
            { ...options, first: t === 0 },
          );
          expected.forEach((list, i) =>
            list.forEach((state, j) => {
              let g = (maximize ? -1 : 1) * step[i]![j]! + weightDecay * state.p;
              if (momentum !== 0) {
                state.m = t === 0 ? g : momentum * state.m + (1 - dampening) * g;
                g = nesterov ? g + momentum * state.m : state.m;
              }
              state.p -= lr * g;
            }),
          );
        });
        tensors.forEach((parameter, i) =>
          expectClose(
            parameter,
            expected[i]!.map(({ p }) => p),
            close,
          ),
        );
        buffers.forEach(
          (buffer, i) =>
            buffer !== null &&
            expectClose(
              buffer,
              expected[i]!.map(({ m }) => m),
              close,
            ),
        );
      }),
      parameters,
    );
  });

  test("Adam and AdamW do to many parameters at once what the formula does to each number", () => {
    fc.assert(
      fc.property(problems, adamOptions, ({ start, gradients }, options) => {
        const { lr, beta1, beta2, eps, weightDecay, amsgrad, maximize, decoupled } = options;
        const tensors = upload(start);
        const states = tensors.map(({ shape }) => ({
          expAvg: zeros(shape),
          expAvgSq: zeros(shape),
          maxExpAvgSq: amsgrad ? zeros(shape) : null,
        }));
        const expected = start.map((list) => list.map((value) => ({ p: value, m: 0, v: 0, largest: 0 })));
        gradients.forEach((step, t) => {
          const made = upload(step);
          adamStep(
            tensors.map((parameter, i) => ({ parameter, gradient: made[i]!, ...states[i]! })),
            { ...options, step: t + 1 },
          );
          expected.forEach((list, i) =>
            list.forEach((state, j) => {
              let g = (maximize ? -1 : 1) * step[i]![j]!;
              if (decoupled) state.p *= 1 - lr * weightDecay;
              else g += weightDecay * state.p;
              state.m = beta1 * state.m + (1 - beta1) * g;
              state.v = beta2 * state.v + (1 - beta2) * g * g;
              state.largest = Math.max(state.largest, state.v);
              const root = Math.sqrt(amsgrad ? state.largest : state.v) / Math.sqrt(1 - beta2 ** (t + 1));
              state.p -= ((lr / (1 - beta1 ** (t + 1))) * state.m) / (root + eps);
            }),
          );
        });
        tensors.forEach((parameter, i) =>
          expectClose(
            parameter,
            expected[i]!.map(({ p }) => p),
            close,
          ),
        );
        states.forEach(({ expAvg, expAvgSq, maxExpAvgSq }, i) => {
          expectClose(
            expAvg,
            expected[i]!.map(({ m }) => m),
            close,
          );
          expectClose(
            expAvgSq,
            expected[i]!.map(({ v }) => v),
            close,
          );
          if (maxExpAvgSq !== null)
            expectClose(
              maxExpAvgSq,
              expected[i]!.map(({ largest }) => largest),
              close,
            );
        });
      }),
      parameters,
    );
  });

  test("what a momentum buffer holds before the first step does not matter", () => {
    const parameter = ones([5]);
    const momentumBuffer = fromHost(new Float32Array(5).fill(NaN), [5]);
    const options = {
      lr: 0.5,
      momentum: 0.9,
      dampening: 0.5,
      nesterov: false,
      weightDecay: 0,
      maximize: false,
      first: true,
    };
    sgdStep([{ parameter, gradient: ones([5]), momentumBuffer }], options);
    expectClose(parameter, new Float32Array(5).fill(0.5));
    expectClose(momentumBuffer, new Float32Array(5).fill(1));
  });

  test("a view sees the new values", () => {
    const parameter = ones([3]);
    const view = parameter.detach();
    sgdStep([{ parameter, gradient: ones([3]), momentumBuffer: null }], plain);
    expectClose(view, [0, 0, 0]);
  });
});

const plain: SgdStepOptions = {
  lr: 1,
  momentum: 0,
  dampening: 0,
  nesterov: false,
  weightDecay: 0,
  maximize: false,
  first: true,
};

describe("threads", () => {
  test("results are the same to the last bit for any number of threads", () => {
    const [start, gradient] = [randn([50_001]).dataSync() as Float32Array, randn([50_001])];
    const run = (threads: number): ArrayLike<number> => {
      setThreads(threads);
      const parameter = fromHost(start, [50_001]);
      sgdStep([{ parameter, gradient, momentumBuffer: zeros([50_001]) }], { ...plain, lr: 0.1, momentum: 0.9 });
      return parameter.dataSync();
    };
    expect(run(3)).toEqual(run(1));
  });
});

test("a gradient of another shape, or a missing buffer, is refused", () => {
  const parameter = ones([3]);
  expect(() => sgdStep([{ parameter, gradient: ones([2]), momentumBuffer: null }], plain)).toThrow(ShapeError);
  expect(() =>
    sgdStep([{ parameter, gradient: ones([3]), momentumBuffer: null }], { ...plain, momentum: 0.9 }),
  ).toThrow("these options need momentumBuffer");
});
