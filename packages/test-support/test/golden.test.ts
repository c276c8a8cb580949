import { goldenNames, goldenTensor, goldenValues, loadGolden } from "@tapegrad/test-support";
import { expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

test("a golden case is found by name and has the kind that was asked for", () => {
  const golden = loadGolden("fn_add_broadcast", "function");
  expect(golden).toMatchObject({ op: "add_broadcast", code: "a+b", torch: "1.13.0" });
  expect(() => loadGolden("fn_add_broadcast", "loss")).toThrow("is of kind function, expected loss");
  expect(() => loadGolden("fn_no_such_case")).toThrow();
});

test("names are listed by prefix", () => {
  expect(goldenNames("fn_second_")).toEqual(["fn_second_batchnorm", "fn_second_conv", "fn_second_cube"]);
  expect(goldenNames()).toHaveLength(182);
});

test("non-finite numbers and integers survive", () => {
  expect(goldenValues({ dtype: "float64", shape: [3], data: [1, "NaN", "-Infinity"] })).toEqual([1, NaN, -Infinity]);
  const labels = goldenTensor({ dtype: "int64", shape: [2], data: [3, 1] });
  expect(labels.dtype).toBe("int32");
  expectClose(labels, [3, 1]);
  expect(goldenTensor({ dtype: "float64", shape: [1], data: [0.5] }, { requiresGrad: true }).requiresGrad).toBe(true);
});
