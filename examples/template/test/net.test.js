import "@tapegrad/testing/vitest";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { overfitOneBatch } from "@tapegrad/inspect";
import { CrossEntropyLoss } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { randn } from "@tapegrad/tensor";
import { evalChangesNothing, evalIgnoresTheBatch, saveLoadIdentity } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Net } from "../src/net.js";

/** Networks as they are made, and inputs for them; every run draws other weights and values. */
const nets = fc.constant({ make: () => new Net(), input: () => randn([3, 1, 28, 28]) });
const few = { numRuns: 5 };

test("what it says of a picture does not depend on the others, and changes nothing", () => {
  fc.assert(evalIgnoresTheBatch(nets), few);
  fc.assert(evalChangesNothing(nets), few);
});

test("what is saved is what is loaded", () => {
  fc.assert(saveLoadIdentity(nets), few);
});

test("it can learn: one batch by heart", async () => {
  const net = new Net();
  const optimizer = new Adam(net.parameters(), { lr: 1e-2 });
  const loader = new DataLoader(syntheticDigits({ count: 16 }), { batchSize: 16 });
  const { learned, withoutGradient } = await overfitOneBatch(net, { loss: new CrossEntropyLoss(), optimizer, loader });
  expect(withoutGradient).toEqual([]);
  expect(learned).toBe(true);
});
