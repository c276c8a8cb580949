import { conformance } from "@tapegrad/test-support";
import { eachDevice } from "@tapegrad/testing";
import { test } from "vitest";
import { checkGoldenFunction, goldenFunctions } from "../../packages/tensor/test/golden-functions.ts";
import { browserDevices, rows } from "./checks.ts";

conformance(rows, browserDevices);

eachDevice(() => {
  test.each(Object.keys(goldenFunctions))("%s and its gradients are PyTorch's", (op) => checkGoldenFunction(op));
}, browserDevices);
