// In node:test: deep equality fails where it cannot look, timers that are mocked hold nothing up, and eachDevice declares tests.
import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { Linear } from "@tapegrad/nn";
import { add, fromHost, tensor } from "@tapegrad/tensor";
import { eachDevice, expectClose, useTestRunner } from "@tapegrad/testing";

useTestRunner({ describe, test, beforeAll: before, afterAll: after });
eachDevice((name) => test(`on ${name}`, () => expectClose(add(tensor([1]), 1), [2])));

test("different tensors and modules are not equal", () => {
  const told = /compare with expectClose of @tapegrad\/testing/;
  assert.throws(() => assert.deepEqual(tensor([1, 2]), tensor([1, 3])), told);
  assert.throws(() => assert.deepEqual(new Linear(2, 2), new Linear(2, 2)), told);
});

test("mocked timers hold nothing up", async () => {
  mock.timers.enable({ apis: ["setImmediate", "setTimeout", "setInterval"] });
  for (let i = 0; i < 20; i++) await add(fromHost(new Float32Array(2 ** 20), [2 ** 20]), 1).data();
  mock.timers.reset();
});
