import { readFileSync } from "node:fs";
import { Identity } from "@tapegrad/nn";
import { SGD, StepLR } from "@tapegrad/optim";
import { tensor } from "@tapegrad/tensor";
import { expect, test } from "vitest";

const guide = readFileSync(new URL("../docs/porting-from-pytorch.md", import.meta.url), "utf8");

const weight = tensor([1], { requiresGrad: true });
const optimizer = new SGD([weight], { lr: 1 });
/** Members are looked for in an object of the class. */
const objects: Readonly<Record<string, object>> = {
  Tensor: weight,
  Module: new Identity(),
  SGD: optimizer,
  StepLR: new StepLR(optimizer, 1),
};

/** The names in the second column of each table, whose head is the package. */
const names = [...guide.matchAll(/^\|[^|\n]*\| `(@tapegrad\/\w+)` \|.*\n\| ---.*\n((?:\|.*\n)+)/gm)].flatMap(
  ([, from, rows]) =>
    rows!
      .trimEnd()
      .split("\n")
      .flatMap((row) => [...row.split("|")[2]!.matchAll(/`([^`]*)`/g)].map(([, name]) => [from!, name!] as const)),
);

test("the guide names most of what there is", () => {
  expect(new Set(names.map(([, name]) => name)).size).toBeGreaterThan(250);
});

test.each([...new Set(names.map(([from]) => from))])(
  "every name that the guide says is in %s is there",
  async (from) => {
    const exports: Readonly<Record<string, unknown>> = await import(from);
    const absent = names.filter(([owner, name]) => owner === from && !isThere(exports, name));
    expect(absent.map(([, name]) => name)).toEqual([]);
  },
);

function isThere(exports: Readonly<Record<string, unknown>>, name: string): boolean {
  const [first, member] = name.split(".") as [string, string?];
  if (!(first in exports)) return false;
  return member === undefined || member in (objects[first] ?? (exports[first] as object));
}

test("every table names a package, has three columns, and is in order", () => {
  const rows = guide.split("\n").filter((line) => line.startsWith("|"));
  expect(rows.filter((row) => row.split(/(?<!\\)\|/).length !== 5)).toEqual([]);
  expect(guide.match(/^\| ---/gm)!.length).toBe(
    new Set([...guide.matchAll(/^## .*\n\n\| .* \| `@tapegrad/gm)].map(({ index }) => index)).size,
  );
});
