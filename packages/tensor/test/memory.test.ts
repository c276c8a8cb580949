import { PerformanceObserver, constants } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  add,
  cat,
  DisposedError,
  exp,
  fromHost,
  keep,
  memoryStats,
  mul,
  ones,
  scope,
  sum,
  tensor,
  type Tensor,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test, vi } from "vitest";

eachDevice(() => {
  test("a scope frees what it made and does not return", () => {
    const before = memoryStats();
    const kept = scope(() => mul(add(ones([100]), 1), exp(zeros([100]))));
    expect(memoryStats()).toMatchObject({ buffers: before.buffers + 1, bytes: before.bytes + 400 });
    expectClose(kept, new Array<number>(100).fill(2));
    kept.dispose();
    expect(memoryStats()).toMatchObject({ buffers: before.buffers, bytes: before.bytes });
  });

  test("disposed memory is used again", () => {
    const once = (): void => mul(ones([1000]), 2).dispose();
    scope(once);
    const { reservedBytes } = memoryStats();
    for (let i = 0; i < 200; i++) scope(once);
    expect(memoryStats().reservedBytes).toBe(reservedBytes);
  });
});

describe("scope", () => {
  test("finds the tensors to keep in arrays, objects, maps and sets", () => {
    const make = (): Tensor => mul(ones([2]), 3);
    const found = scope(() => {
      make();
      return { list: [make(), [make()]], map: new Map([["a", make()]]), set: new Set([make()]), count: 1 };
    });
    const tensors = [found.list[0] as Tensor, (found.list[1] as Tensor[])[0]!, found.map.get("a")!, ...found.set];
    for (const each of tensors) expectClose(each, [3, 3]);
    expect(tensors).toHaveLength(4);
  });

  test("keeps what keep was told to keep, and what an outer scope made", () => {
    const outer = scope(() => {
      const mine = ones([2]);
      let lost: Tensor | undefined;
      const held = scope(() => {
        lost = mul(mine, 5);
        return [keep(mul(mine, 7))];
      });
      expect(lost!.storage.disposed).toBe(true);
      expectClose(held[0]!, [7, 7]);
      return { mine, held };
    });
    expectClose(outer.mine, [1, 1]);
    expectClose(outer.held[0]!, [7, 7]);
  });

  test("an inner scope's result belongs to the outer one", () => {
    let inner: Tensor | undefined;
    scope(() => {
      inner = scope(() => ones([2]));
      expectClose(inner, [1, 1]);
    });
    expect(() => inner!.dataSync()).toThrow(DisposedError);
  });

  test("frees also when it throws, and when it is asynchronous", async () => {
    const before = memoryStats().buffers;
    expect(() =>
      scope(() => {
        ones([2]);
        throw new Error("thrown inside");
      }),
    ).toThrow("thrown inside");
    expect(memoryStats().buffers).toBe(before);
    const kept = await scope(async () => {
      ones([2]);
      await Promise.resolve();
      zeros([3]);
      return mul(ones([2]), 4);
    });
    expect(memoryStats().buffers).toBe(before + 1);
    expectClose(kept, [4, 4]);
  });
});

describe("dispose", () => {
  test("using frees at the end of the block", () => {
    const before = memoryStats().buffers;
    {
      using x = ones([10]);
      expect(memoryStats().buffers).toBe(before + 1);
      expectClose(x, new Array<number>(10).fill(1));
    }
    expect(memoryStats().buffers).toBe(before);
  });

  test("a disposed tensor cannot be used", async () => {
    const x = tensor([1, 2]);
    x.dispose();
    x.dispose();
    expect(() => x.dataSync()).toThrow(DisposedError);
    expect(() => mul(x, 2)).toThrow(DisposedError);
    await expect(x.data()).rejects.toThrow(DisposedError);
  });

  test("a view keeps the values until the last one is disposed", () => {
    const before = memoryStats().buffers;
    const x = tensor([1, 2]);
    const view = x.detach();
    x.dispose();
    expectClose(view, [1, 2]);
    view.dispose();
    expect(memoryStats().buffers).toBe(before);
  });
});

test("memoryStats counts live buffers and their bytes", () => {
  const before = memoryStats();
  const x = ones([3, 5]);
  const after = memoryStats();
  expect([after.buffers - before.buffers, after.bytes - before.bytes]).toEqual([1, 60]);
  expect(after.reservedBytes).toBeGreaterThanOrEqual(after.bytes);
  x.dispose();
});

const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a task that never waits", () => {
  const million = 2 ** 20;
  /** Uploaded, so in memory at once; most kernels' results wait until they are read. */
  const filled = (value: number): Tensor => fromHost(new Float32Array(2 * million).fill(value), [2 * million]);

  test("is told of it once, if it leaves half a million tensors to it, and not if it frees them", async () => {
    await nextTask();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    try {
      const values = new Float32Array(1);
      for (let i = 0; i < 530_000; i++) fromHost(values, [1]).dispose();
      expect(warn).not.toHaveBeenCalled();
      for (let i = 0; i < 530_000; i++) fromHost(values, [1]);
      expect(warn).toHaveBeenCalledOnce();
      expect(warn.mock.calls[0]![0]).toMatch(
        /^wasm: 524288 tensors were made in one task and not freed.*await loss\.item/,
      );
    } finally {
      warn.mockRestore();
      await nextTask();
    }
  });

  test("leaves old tensors in linear memory, and keeps what it made within 256 MB there", async () => {
    const old = filled(0.5);
    expect(sum(old).itemSync()).toBe(million);
    await nextTask();
    const before = memoryStats().bytes;
    for (let i = 0; i < 40; i++) {
      filled(i);
      expect(memoryStats().bytes - before).toBeLessThanOrEqual(256 * million);
    }
    // A tensor that was moved out comes back when a kernel reads it; this one only makes room for its sum.
    const { buffers } = memoryStats();
    const total = sum(old);
    expect(total.itemSync()).toBe(million);
    expect(memoryStats().buffers).toBe(buffers + 1);
  });

  test("may read what was moved out", async () => {
    await nextTask();
    const made = Array.from({ length: 40 }, (_, i) => filled(i));
    const sums = made.map((each) => sum(each).itemSync() / (2 * million));
    expect(sums).toEqual(made.map((_, i) => i));
    for (const each of made) each.dispose();
  });

  test("looks past what was moved out before, where a kernel needs so much that all else must go", async () => {
    await nextTask();
    const made = Array.from({ length: 40 }, (_, i) => filled(i));
    const few = made.slice(0, 18);
    const joined = cat(few, 0);
    expect(sum(joined).itemSync()).toBe(2 * million * few.reduce((total, _, i) => total + i, 0));
    for (const each of [...made, joined]) each.dispose();
  });
});

/** Counts the collections that were asked for: whole ones, or those of young garbage. */
function countCollections(kind: "MAJOR" | "MINOR"): { count: number; disconnect(): void } {
  const forced = constants.NODE_PERFORMANCE_GC_FLAGS_FORCED;
  const wanted = constants[`NODE_PERFORMANCE_GC_${kind}`];
  const counted = { count: 0, disconnect: () => observer.disconnect() };
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as (PerformanceEntry & { detail: { kind: number; flags: number } })[])
      if (detail.kind === wanted && detail.flags & forced) counted.count++;
  });
  observer.observe({ entryTypes: ["gc"] });
  return counted;
}

test("values that are read at once share one collection", async () => {
  const whole = countCollections("MAJOR");
  // More than is ever let pass, and all of it alive.
  const made = Array.from({ length: 100 }, () => fromHost(new Float32Array(2 ** 18), [2 ** 18]));
  await Promise.all(made.map((each) => each.data()));
  await new Promise((resolve) => setTimeout(resolve, 20));
  whole.disconnect();
  expect(whole.count).toBeGreaterThan(0);
  expect(whole.count).toBeLessThan(5);
  for (const each of made) each.dispose();
});

test("young garbage is collected while values are waited for", async () => {
  const young = countCollections("MINOR");
  const value = ones([]);
  const garbage: unknown[] = [];
  // A collection that other programs make long puts off the next.
  for (let step = 0; step < 20_000 && young.count < 3; step++) {
    garbage.length = 0;
    for (let i = 0; i < 5000; i++) garbage.push({ i });
    await value.item();
    await nextTask();
  }
  young.disconnect();
  expect(young.count).toBeGreaterThanOrEqual(3);
});

test("what was alive and is freed lets no garbage pile up in its place", async () => {
  const made = Array.from({ length: 50 }, () => zeros([2 ** 20]));
  await Promise.all(made.map((each) => each.data()));
  for (const each of made) each.dispose();
  const before = memoryStats().bytes;
  for (let i = 0; i < 100; i++) await fromHost(new Float32Array(2 ** 18), [2 ** 18]).data();
  expect(memoryStats().bytes - before).toBeLessThan(96 * 2 ** 20);
});

describe("lost tensors", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;

  /** Collects garbage and lets finalizers run until no more than `buffers` are alive. */
  async function expectReclaimed(buffers: number): Promise<void> {
    for (let attempt = 0; attempt < 20 && memoryStats().buffers > buffers; attempt++) {
      collectGarbage();
      await nextTask();
    }
    expect(memoryStats().buffers).toBeLessThanOrEqual(buffers);
  }

  test("are reclaimed after a registry was lost before its finalizers ran", async () => {
    const before = memoryStats().buffers;
    const doomed = { registry: null as FinalizationRegistry<null> | null };
    (() => {
      doomed.registry = new FinalizationRegistry(() => {});
      doomed.registry.register({}, null);
    })();
    await nextTask();
    collectGarbage();
    doomed.registry = null;
    collectGarbage();
    await nextTask();
    (() => Array.from({ length: 1000 }, () => ones([10])))();
    await expectReclaimed(before);
  });

  test("a chain of 50,000 recorded ops is reclaimed when it is garbage, without overflowing a stack", async () => {
    const before = memoryStats().buffers;
    const build = (): number => {
      let y = tensor([1], { requiresGrad: true });
      for (let i = 0; i < 50_000; i++) y = add(y, 1);
      return y.itemSync();
    };
    expect(build()).toBe(50_001);
    await expectReclaimed(before);
  });

  test("a chain of 50,000 recorded ops is freed by the scope around it, but for the result", () => {
    const before = memoryStats().buffers;
    const result = scope(() => {
      let y = tensor([1], { requiresGrad: true });
      for (let i = 0; i < 50_000; i++) y = add(y, 1);
      return y.detach();
    });
    expect(memoryStats().buffers).toBe(before + 1);
    expectClose(result, [50_001], { rtol: 0, atol: 0 });
  });
});
