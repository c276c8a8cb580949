import { tensor } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

test("values within the tolerance pass, others are counted and the worst is shown", () => {
  expectClose([1, 100], [1.00009, 100.009]);
  expect(() => expectClose([1, 2, 3], [1.001, 2, 3.01])).toThrow(
    "2 of 3 values differ by more than 0.00001 + 0.0001 · |expected|; the worst is element 2: expected 3.01, got 3",
  );
});

test("NaN equals only NaN, and an infinity only itself", () => {
  expectClose([NaN, Infinity, -Infinity], [NaN, Infinity, -Infinity]);
  for (const [a, b] of [
    [NaN, 1],
    [1, NaN],
    [Infinity, 1],
    [1, Infinity],
    [Infinity, -Infinity],
    [NaN, Infinity],
  ]) {
    expect(() => expectClose([0, a!], [0, b!])).toThrow(/element 1/);
  }
});

test("shapes must agree where both sides have one, and lengths in any case", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expectClose(x, [1, 2, 3, 4]);
  expectClose(x, { dtype: "float64", shape: [2, 2], data: [1, 2, 3, 4] });
  expect(() => expectClose(x, tensor([1, 2, 3, 4]))).toThrow("expected shape [4], got [2, 2]");
  expect(() => expectClose(x, [1, 2, 3])).toThrow("expected 3 values, got 4");
});

test("zero tolerance means bit for bit, but for the sign of zero", () => {
  expectClose([0.1, 0], [0.1, -0], { rtol: 0, atol: 0 });
  expect(() => expectClose([0.1 + 0.2], [0.3], { rtol: 0, atol: 0 })).toThrow(/element 0/);
});
