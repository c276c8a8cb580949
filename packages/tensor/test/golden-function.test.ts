import { goldenNames, loadGolden } from "@tapegrad/test-support";
import { eachDevice } from "@tapegrad/testing";
import { expect, test } from "vitest";
import { checkGoldenFunction, goldenFunctions } from "./golden-functions.ts";

test("every golden function is tried", () => {
  const ops = goldenNames("fn_").map((name) => loadGolden(name, "function").op);
  expect(Object.keys(goldenFunctions).sort()).toEqual(ops.sort());
});

eachDevice(() => {
  for (const op of Object.keys(goldenFunctions)) {
    const { code } = loadGolden(`fn_${op}`, "function");
    test(`${code} and its gradients are PyTorch's`, () => checkGoldenFunction(op));
  }
}, ["wasm", "gpu:webasm"]);
