import { add, exp, logSoftmax, softmax, sum, tensor } from "@tapegrad/tensor";
import { eachDevice, expectClose, gridValues } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const nan = Number.NaN;

eachDevice((device) => {
  test("equal entries share 1, and a difference of ln 3 means three times as much", () => {
    expectClose(
      softmax(
        tensor([
          [5, 5],
          [0, Math.log(3)],
        ]),
        1,
      ),
      [0.5, 0.5, 0.25, 0.75],
    );
    expectClose(
      logSoftmax(tensor([7, 7, 7, 7]), 0),
      Array.from({ length: 4 }, () => -Math.log(4)),
    );
  });

  test("large entries do not overflow", () => {
    expectClose(softmax(tensor([1e4, 1e4, -1e4]), 0), [0.5, 0.5, 0]);
    expectClose(logSoftmax(tensor([1e4, 0, -1e4]), 0), [0, -1e4, -2e4]);
  });

  test("rows with infinities are torch's", () => {
    const x = tensor([
      [-Infinity, 0, -Infinity],
      [-Infinity, -Infinity, -Infinity],
      [Infinity, 0, 0],
    ]);
    expectClose(softmax(x, 1), [0, 1, 0, nan, nan, nan, nan, nan, nan]);
    expectClose(logSoftmax(x, 1), [-Infinity, 0, -Infinity, nan, nan, nan, nan, nan, nan]);
  });

  test("along any axis, entries add up to 1, a shift changes nothing, and the logarithm agrees", () => {
    const cases = fc
      .tuple(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: device === "wasm" ? 23 : 6 }),
        fc.integer({ min: 1, max: 6 }),
      )
      .chain(([outer, length, inner]) =>
        fc.tuple(fc.constant([outer, length, inner]), gridValues(outer * length * inner, { max: 30 })),
      );
    fc.assert(
      fc.property(cases, ([shape, values]) => {
        const x = tensor(values, { shape });
        for (const dim of [0, 1, 2]) {
          const y = softmax(x, dim);
          expectClose(
            sum(y, dim),
            Array.from({ length: sum(y, dim).size }, () => 1),
            { rtol: 1e-6, atol: 0 },
          );
          expectClose(softmax(add(x, 64), dim), y, { rtol: 1e-6, atol: 0 });
          expectClose(exp(logSoftmax(x, dim)), y, { rtol: 1e-5, atol: 0 });
          expectClose(y, exactly(values, shape, dim), { rtol: 1e-5, atol: 1e-30 });
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** By the definition, in double precision. */
function exactly(values: readonly number[], shape: readonly number[], dim: number): number[] {
  const inner = shape.slice(dim + 1).reduce((product, extent) => product * extent, 1);
  const length = shape[dim]!;
  return values.map((value, flat) => {
    const start = Math.floor(flat / (inner * length)) * inner * length + (flat % inner);
    let total = 0;
    for (let k = 0; k < length; k++) total += Math.exp(values[start + k * inner]! - value);
    return 1 / total;
  });
}

test("int32 is refused", () => {
  expect(() => softmax(tensor([1], { dtype: "int32" }), 0)).toThrow("softmax: expected a float32 x, got int32");
});

test("an axis that does not exist is refused", () => {
  expect(() => logSoftmax(tensor([1]), 1)).toThrow("logSoftmax: dimension 1 is out of range");
});
