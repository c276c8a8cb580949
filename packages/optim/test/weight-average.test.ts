import { WeightAverage } from "@tapegrad/optim";
import { ValueError, tensor, zeros } from "@tapegrad/tensor";
import { eachDevice, expectClose, gridValues } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

eachDevice(() => {
  const histories = fc.array(gridValues(3), { minLength: 1, maxLength: 6 });

  test("is the mean of all weights that were taken in", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const weights = zeros([3]);
        const average = new WeightAverage([weights]);
        for (const values of history) {
          weights.assign(tensor(values));
          average.update();
        }
        average.swap();
        expectClose(
          weights,
          [0, 1, 2].map((i) => history.reduce((sum, values) => sum + values[i]!, 0) / history.length),
        );
      }),
    );
  });

  test("with a decay, follows decay·average + (1 − decay)·weight from the first weights on", () => {
    fc.assert(
      fc.property(histories, fc.double({ min: 0, max: 0.99, noNaN: true }), (history, decay) => {
        const weights = zeros([3]);
        const average = new WeightAverage([weights], { decay });
        let expected = [...history[0]!];
        history.forEach((values, step) => {
          weights.assign(tensor(values));
          average.update();
          if (step > 0) expected = expected.map((old, i) => decay * old + (1 - decay) * values[i]!);
        });
        expectClose(average.stateDict().averages[0]!, expected);
      }),
    );
  });

  test("swapping twice gives the weights back", () => {
    const weights = tensor([1, 2]);
    const average = new WeightAverage([weights]);
    average.update();
    weights.assign(tensor([3, 6]));
    average.update();
    average.swap();
    expectClose(weights, [2, 4]);
    average.swap();
    expectClose(weights, [3, 6], { rtol: 0, atol: 0 });
  });

  test("a loaded average goes on where the saved one was", () => {
    const weights = tensor([1]);
    const average = new WeightAverage([weights]);
    average.update();
    const loaded = new WeightAverage([weights]);
    loaded.loadStateDict(average.stateDict());
    weights.assign(tensor([2]));
    loaded.update();
    expectClose(loaded.stateDict().averages[0]!, [1.5]);
    expectClose(average.stateDict().averages[0]!, [1]);
  });
}, ["wasm", "gpu:webasm"]);

describe("errors", () => {
  test("refuses decays out of range, no parameters, and averages of other shapes", () => {
    expect(() => new WeightAverage([zeros([1])], { decay: 1 })).toThrow(
      new ValueError("WeightAverage: decay must lie in [0, 1), got 1"),
    );
    expect(() => new WeightAverage([])).toThrow("WeightAverage: got an empty parameter list");
    expect(() => new WeightAverage([zeros([1])]).loadStateDict({ count: 1, averages: [zeros([2])] })).toThrow(
      "WeightAverage.loadStateDict: averages: 0 has shape [2], its parameter [1]",
    );
  });
});
