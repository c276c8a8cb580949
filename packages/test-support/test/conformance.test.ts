import { add, argmax, cast, type Generator, mul, randn, square, type Tensor } from "@tapegrad/tensor";
import { conformance, type ConformanceRow } from "@tapegrad/test-support";
import { checkForward } from "@tapegrad/test-support/conformance-checks";
import { expect, test } from "vitest";

const inputs = (generator: Generator): Tensor[] => [randn([3, 4], { generator })];

conformance([
  { name: "square", inputs, fn: (x) => square(x), oracle: (x) => Float64Array.from(x.data, (value) => value * value) },
  { name: "argmax", case: "last axis", inputs, fn: (x) => argmax(x, 1), gradients: false },
]);

const judge = (row: Partial<ConformanceRow>): Promise<void> =>
  checkForward({ name: "row", inputs, fn: (x) => square(x), ...row });

test("values that differ from double precision are found", async () => {
  let calls = 0;
  await expect(judge({ fn: (x) => mul(x, 1 + ++calls / 1000) })).rejects.toThrow(/12 of 12 values differ/);
});

test("values that differ from the oracle are found", async () => {
  const wrong = judge({ oracle: ({ data }) => Float64Array.from(data, (value) => value * value + 0.001) });
  await expect(wrong).rejects.toThrow(/expectClose/);
  await judge({ oracle: ({ data }) => Float64Array.from(data, (value) => value * value) });
});

test("another number of outputs, and another dtype, are found", async () => {
  let calls = 0;
  await expect(judge({ fn: (x) => (calls++ === 0 ? [x, x] : [x]) })).rejects.toThrow("expected 1 outputs, got 2");
  calls = 0;
  await expect(judge({ fn: (x) => (calls++ === 0 ? cast(x, "int32") : add(x, 0)) })).rejects.toThrow(
    /expected float32, got int32/,
  );
});
