// Whoever tests a program that uses tapegrad may replace the timers: nothing here waits for them.
import { mock } from "node:test";
import { add, fromHost, memoryStats, profile, scope, tensor, useDevice } from "@tapegrad/tensor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

/** Makes garbage, as a loop does that awaits values, until collections must have been asked for. */
async function makeGarbage(megabytes: number, tapegrad = { add, fromHost }): Promise<number> {
  let total = 0;
  for (let i = 0; i < megabytes / 4; i++) {
    const ones = tapegrad.add(tapegrad.fromHost(new Float32Array(2 ** 19), [2 ** 19]), 1);
    total += (await ones.data())[0]!;
  }
  return total;
}

const fakes = {
  "vitest's": {
    install: () =>
      void vi.useFakeTimers({ toFake: ["queueMicrotask", "setImmediate", "setTimeout", "Date", "performance"] }),
    remove: () => void vi.useRealTimers(),
  },
  "node:test's": {
    install: () => mock.timers.enable({ apis: ["setImmediate", "setTimeout", "setInterval", "Date"] }),
    remove: () => mock.timers.reset(),
  },
  // As Jest's do, which are vitest's otherwise.
  "mocks as": {
    install: () => void vi.stubGlobal("setImmediate", vi.fn()),
    remove: () => void vi.unstubAllGlobals(),
  },
};

describe.each(Object.entries(fakes))("under %s timers", (_, { install, remove }) => {
  beforeEach(install);
  afterEach(remove);

  test("values are read, and memory of lost tensors is given back", async () => {
    await useDevice("wasm");
    expect(await makeGarbage(320)).toBe(80);
    expect(memoryStats().bytes).toBeLessThan(240 * 2 ** 20);
  });

  test("so they are if the timers were replaced before the package was loaded", async () => {
    vi.resetModules();
    const late = await import("@tapegrad/tensor");
    expect(late.add).not.toBe(add);
    expect(await makeGarbage(320, late)).toBe(80);
    expect(late.memoryStats().bytes).toBeLessThan(240 * 2 ** 20);
  });

  test("asynchronous scopes inside each other do not overlap", async () => {
    const two = (): Promise<number> => scope(async () => add(tensor(1), 1).item());
    expect(await scope(async () => (await two()) + (await two()))).toBe(4);
  });

  test("profile measures real time", async () => {
    const { totalMs } = await profile(() => makeGarbage(8));
    expect(totalMs).toBeGreaterThan(0);
  });
});
