import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mutated } from "../scripts/mutants/drawn-mutant.ts";
import { equivalent } from "../scripts/mutants/equivalent.ts";
import { mutants } from "../scripts/mutants/index.ts";
import { wasmMutants, wasmTests } from "../scripts/mutants/wasm-mutants.ts";

const root = new URL("../", import.meta.url);

test("there are at least 40 mutants, each with a name of its own", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(40);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  "%s applies to one place and changes it",
  (_, { file, find, replace }) => {
    const source = readFileSync(new URL(file, root), "utf8");
    expect(source.split(find).length - 1).toBe(1);
    expect(replace).not.toBe(find);
  },
);

test("the tests that should notice a mutant exist", () => {
  const files = new Set(mutants.flatMap(({ tests }) => tests));
  expect([...files].filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
});

describe("drawn mutants", () => {
  const source = (file: string): string => readFileSync(new URL(file, root), "utf8");

  test("of the kernels are in all of their files, each changes one place, and has tests that exist", () => {
    const drawn = wasmMutants();
    for (const folder of ["", "lib/"]) {
      const files = readdirSync(new URL(`packages/tensor/wasm-src/${folder}`, root)).filter((name) =>
        name.endsWith(".ts"),
      );
      // What only exports or declares has nothing to break.
      const none = files.filter((name) => !drawn.some(({ file }) => file.endsWith(`wasm-src/${folder}${name}`)));
      expect(none).toEqual(folder === "" ? ["batch-norm.ts", "elementwise.ts"] : []);
    }
    for (let i = 0; i < drawn.length; i += 97) {
      const before = source(drawn[i]!.file);
      const after = mutated(before, drawn[i]!);
      expect(after).not.toBe(before);
      expect(after.split("\n").length).toBe(before.split("\n").length);
    }
    const tests = new Set([...new Set(drawn.map(({ file }) => file))].flatMap(wasmTests));
    expect([...tests].filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });

  test("lines count from 1, columns from 0", () => {
    const mutant = { part: "nn", file: "a.ts", start: { line: 2, column: 1 }, end: { line: 3, column: 2 } };
    expect(mutated("one\ntwo\nthree", { ...mutant, replacement: "X" })).toBe("one\ntXree");
  });

  test("those that are said to change nothing are still there", () => {
    for (const { file, find } of equivalent) expect(source(file)).toContain(find);
  });
});
