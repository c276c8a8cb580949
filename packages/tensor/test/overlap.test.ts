import { DisposedError, memoryStats, mul, ones, OverlapError, scope, type Tensor } from "@tapegrad/tensor";
import { Nesting } from "@tapegrad/tensor/internal";
import { expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** An asynchronous scope that ends when told to, with what it made first. */
function start(): { readonly ended: Promise<Tensor>; readonly end: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  const ended = scope(async () => {
    const made = ones([2]);
    await promise;
    return made;
  });
  return { ended, end: resolve };
}

/** Whether what is made now belongs to a scope. */
function isInScope(): boolean {
  let inner: Tensor | null = null;
  const result = scope(() => (inner = ones([1])));
  result.dispose();
  return inner === null;
}

describe("asynchronous scopes", () => {
  test("nest, also with synchronous ones, at any depth", async () => {
    const before = memoryStats().buffers;
    const kept = await scope(async () => {
      const one = await scope(async () => {
        await Promise.resolve();
        const inner = scope(() => mul(ones([2]), 2));
        return scope(async () => mul(inner, 3));
      });
      await Promise.resolve();
      const two = await scope(async () => mul(one, 2));
      return two;
    });
    expectClose(kept, [12, 12]);
    expect(memoryStats().buffers).toBe(before + 1);
    kept.dispose();
  });

  test("that follow one another are no overlap", async () => {
    const results = [];
    for (let i = 0; i < 3; i++) results.push(await scope(async () => mul(ones([1]), i)));
    expectClose(results[2]!, [2]);
  });

  test("a scope that is called before the last one was awaited is refused, and does not run", async () => {
    const first = start();
    let ran = false;
    const second = (): void => scope(() => void (ran = true));
    expect(second).toThrow(OverlapError);
    expect(second).toThrow(/^scope: an asynchronous call before this one is still running; await it/);
    expect(() => start()).toThrow(OverlapError);
    expect(ran).toBe(false);
    first.end();
    expectClose(await first.ended, [1, 1]);
    second();
    expect(ran).toBe(true);
  });

  test("Promise.all of two is refused", async () => {
    const both = async (): Promise<Tensor[]> =>
      Promise.all([scope(async () => ones([1])), scope(async () => ones([1]))]);
    await expect(both()).rejects.toThrow(OverlapError);
    await Promise.resolve();
    expectClose(await scope(async () => ones([1])), [1]);
  });

  test("one that ends before another that began later is refused; that one keeps its results, and no scope is left", async () => {
    const first = start();
    await Promise.resolve();
    const second = start();
    first.end();
    await expect(first.ended).rejects.toThrow(/^scope: this call ended while an asynchronous one was running/);
    second.end();
    const result = await second.ended;
    const after = ones([2]);
    scope(() => ones([2]));
    await scope(async () => ones([2]));
    expectClose(result, [1, 1]);
    expectClose(after, [1, 1]);
  });

  test("an error inside is what the promise is rejected with, also where scopes overlap", async () => {
    const first = scope(async () => {
      await Promise.resolve();
      await Promise.resolve();
      throw new RangeError("mine");
    });
    await Promise.resolve();
    const second = start();
    await expect(first).rejects.toThrow(RangeError);
    second.end();
    expectClose(await second.ended, [1, 1]);
  });

  test("what an overlapping scope made inside another still belongs to the outermost", async () => {
    let inside: Tensor | null = null;
    await scope(async () => {
      const first = start();
      await Promise.resolve();
      const second = start();
      first.end();
      await first.ended.catch(() => null);
      second.end();
      inside = await second.ended;
      expectClose(inside, [1, 1]);
    });
    expect(() => inside!.dataSync()).toThrow(DisposedError);
    expect(isInScope()).toBe(false);
  });
});

test("however calls nest and overlap, exactly those that end early are refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(100), { minLength: 1, maxLength: 6 }), async (ends) => {
      const nesting = new Nesting<null>("test");
      const state: number[] = [];
      const calls = [];
      for (const [i, endsAt] of ends.entries()) {
        let resolve!: (value: number) => void;
        const promise = new Promise<number>((settle) => (resolve = settle));
        state.push(i);
        const ended = nesting.run(
          null,
          () => promise,
          () => void state.splice(state.indexOf(i), 1),
        );
        calls.push({ i, endsAt, ended, end: () => resolve(i) });
        await Promise.resolve();
      }
      for (const call of calls.toSorted((a, b) => a.endsAt - b.endsAt)) {
        const early = state.at(-1) !== call.i;
        call.end();
        if (early) await expect(call.ended).rejects.toThrow(OverlapError);
        else expect(await call.ended).toBe(call.i);
      }
      expect(state).toEqual([]);
      expect(
        nesting.run(
          null,
          () => 3,
          () => undefined,
        ),
      ).toBe(3);
    }),
  );
});
