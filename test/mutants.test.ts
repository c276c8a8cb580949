import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutants } from "../scripts/mutants/index.ts";

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
