import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressTable } from "../src/devices/wasm/address-table.ts";
import { ALIGNMENT, Allocator } from "../src/devices/wasm/allocator.ts";
import { DerivedValues } from "../src/devices/wasm/derived.ts";
import type { Residence } from "../src/devices/wasm/handle.ts";
import { LinearMemory } from "../src/devices/wasm/memory.ts";
import { DeviceError } from "../src/errors.ts";

const START = 1000;

/** An allocator over memory that grows by what is missing, and how far it grew. */
function allocatorOver(limit: number): { readonly allocator: Allocator; readonly reached: () => number } {
  let end = limit;
  const allocator = new Allocator(START, limit, (bytes) => (end += bytes));
  return { allocator, reached: () => end };
}

/** Sizes to allocate, and after each of them which of the living blocks is freed, if any. */
const histories = fc.array(
  fc.record({ bytes: fc.integer({ min: 0, max: 3000 }), victim: fc.option(fc.nat(), { freq: 2 }) }),
  { maxLength: 60 },
);

describe("blocks of linear memory", () => {
  test("are aligned, lie apart and inside what exists, with room to read past them", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { allocator, reached } = allocatorOver(4096);
        const alive: { readonly ptr: number; readonly bytes: number }[] = [];
        for (const { bytes, victim } of history) {
          alive.push({ ptr: allocator.allocate(bytes), bytes });
          if (victim !== null) allocator.free(alive.splice(victim % alive.length, 1)[0]!.ptr);
          const sorted = [...alive].sort((a, b) => a.ptr - b.ptr);
          for (const [i, block] of sorted.entries()) {
            expect(block.ptr % ALIGNMENT).toBe(0);
            expect(block.ptr).toBeGreaterThanOrEqual(START);
            expect(block.ptr + block.bytes + 64).toBeLessThanOrEqual(sorted[i + 1]?.ptr ?? reached());
          }
        }
      }),
    );
  });

  test("are all given back, in whatever order they are freed", () => {
    fc.assert(
      fc.property(histories, fc.infiniteStream(fc.nat()), (history, order) => {
        const { allocator } = allocatorOver(4096);
        const alive: number[] = [];
        for (const { bytes } of history) alive.push(allocator.allocate(bytes));
        while (alive.length > 0) allocator.free(alive.splice(order.next().value! % alive.length, 1)[0]!);
        expect(allocator.usedBytes).toBe(0);
        allocator.mergeWaiting();
        expect(allocator.extent).toBe(0);
      }),
    );
  });

  test("are used again: the smallest free one that is large enough, and what is left of it", () => {
    const { allocator } = allocatorOver(2 ** 20);
    const [large, , small] = [300_000, 10, 150_000, 10].map((bytes) => allocator.allocate(bytes));
    const { extent } = allocator;
    allocator.free(large!);
    allocator.free(small!);
    expect(allocator.allocate(100_000)).toBe(small);
    expect(allocator.allocate(100_000)).toBe(large);
    expect(allocator.allocate(100_000)).toBe(large! + 100_096);
    expect(allocator.extent).toBe(extent);
  });

  test("that are small are merged before memory grows", () => {
    const { allocator, reached } = allocatorOver(START + 10_000);
    const blocks = Array.from({ length: 8 }, () => allocator.allocate(1000));
    for (const ptr of blocks) allocator.free(ptr);
    allocator.allocate(8000);
    expect(reached()).toBe(START + 10_000);
  });

  test("are as they were after memory could not grow", () => {
    const allocator = new Allocator(START, START + 4096, () => {
      throw new Error("no more");
    });
    const kept = allocator.allocate(100);
    const { usedBytes, extent } = allocator;
    for (let i = 0; i < 3; i++) expect(() => allocator.allocate(5000)).toThrow("no more");
    expect([allocator.usedBytes, allocator.extent]).toEqual([usedBytes, extent]);
    expect(allocator.allocate(100)).toBe(kept + 192);
  });
});

test("a table of addresses answers as a map does, up to 4 GiB", () => {
  const address = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 2 ** 26 - 600, max: 2 ** 26 }));
  const changes = fc.array(fc.tuple(address, fc.option(fc.nat(2 ** 26))), { maxLength: 900, size: "max" });
  fc.assert(
    fc.property(changes, (list) => {
      const [table, map] = [new AddressTable(), new Map<number, number>()];
      for (const [key, value] of list) {
        if (value === null) {
          table.delete(64 * key);
          map.delete(64 * key);
        } else {
          table.set(64 * key, 64 * value);
          map.set(64 * key, 64 * value);
        }
      }
      for (const [key] of list) {
        expect(table.get(64 * key)).toBe(map.get(64 * key));
        expect(table.has(64 * key)).toBe(map.has(64 * key));
      }
    }),
    { numRuns: 60 },
  );
});

describe("scratch memory", () => {
  test("that cannot be had leaves nobody with memory that another may get", () => {
    const memory = new LinearMemory();
    memory.scratch(1000);
    expect(() => memory.scratch(2 ** 33)).toThrow(DeviceError);
    memory.endScratch();
    const scratch = memory.scratch(1000);
    const block = memory.allocate(1000);
    expect(Math.abs(scratch - block)).toBeGreaterThanOrEqual(1000);
  });

  test("is given back at once where it is large, and where a block finds no room beside it", () => {
    const memory = new LinearMemory();
    memory.scratch(2 ** 30);
    memory.endScratch();
    expect(memory.usedBytes).toBe(0);
    memory.free(memory.allocate(2 ** 30));
    memory.scratch(2 ** 20);
    memory.endScratch();
    expect(memory.usedBytes).toBeGreaterThan(2 ** 20);
    const most = 2 ** 32 - 2 ** 16 - 64;
    expect(memory.allocate(most)).toBe(2 ** 16);
    expect(() => memory.allocate(1)).toThrow(`out of memory: ${most + 64} bytes are in use, and 128 more`);
  });
});

describe("what is derived from an operand", () => {
  const place = (): Residence => ({ ptr: 0, bytes: 4, task: 0, derived: null });

  test("is kept from the second time on, by its key, until it is forgotten", () => {
    const memory = new LinearMemory();
    const derived = new DerivedValues(memory);
    const owner = place();
    const made: string[] = [];
    const ask = (key: string): number => {
      const at = derived.get(owner, key, 1000, () => made.push(key));
      memory.endScratch();
      return at;
    };
    const used = memory.usedBytes;
    ask("a");
    ask("b");
    const kept = ask("a");
    expect([ask("a"), ask("a")]).toEqual([kept, kept]);
    expect(made).toEqual(["a", "b", "a"]);
    const scratch = memory.usedBytes;
    derived.forget(owner);
    expect(memory.usedBytes).toBeLessThan(scratch);
    ask("a");
    expect(made).toEqual(["a", "b", "a", "a"]);
    expect(memory.usedBytes - used).toBeLessThanOrEqual(2 ** 17);
  });

  test("is kept in four ways at most, and up to 64 MB of all operands", () => {
    const memory = new LinearMemory();
    const derived = new DerivedValues(memory);
    const owner = place();
    const ask = (key: number, bytes: number): boolean => {
      let made = false;
      derived.get(owner, key, bytes, () => (made = true));
      memory.endScratch();
      return made;
    };
    for (let round = 0; round < 2; round++) for (let key = 0; key < 4; key++) ask(key, 64);
    expect([0, 1, 2, 3].map((key) => ask(key, 64))).toEqual([false, false, false, false]);
    ask(4, 64);
    expect([1, 2, 3].map((key) => ask(key, 64))).toEqual([false, false, false]);
    expect(ask(0, 64)).toBe(true);
    derived.forget(owner);
    for (let round = 0; round < 3; round++) expect(ask(5, 65 * 2 ** 20)).toBe(true);
  });

  test("without an operand is made each time", () => {
    const derived = new DerivedValues(new LinearMemory());
    let made = 0;
    for (let i = 0; i < 3; i++) derived.get(undefined, "a", 64, () => made++);
    expect(made).toBe(3);
  });
});
