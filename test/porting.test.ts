import { readFileSync } from "node:fs";
import { Identity } from "@tapegrad/nn";
import { SGD, StepLR } from "@tapegrad/optim";
import { tensor } from "@tapegrad/tensor";
import { expect, test } from "vitest";
import { fillGuide, modulesOfLists, namesOfTables, type TorchNames } from "../scripts/porting/fill-guide.ts";
import { findName } from "../scripts/porting/find-name.ts";

const guide = readFileSync(new URL("../docs/porting-from-pytorch.md", import.meta.url), "utf8");

const { names: torch } = JSON.parse(
  readFileSync(new URL("../scripts/porting/torch-names.json", import.meta.url), "utf8"),
) as { readonly names: TorchNames };

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

test("the guide has a row for every name of PyTorch that is here, and lists all others: npm run porting", () => {
  expect(fillGuide(guide, torch, findName)).toBe(guide);
});

test("each name of PyTorch stands in a table or in a list", () => {
  const inTables = namesOfTables(guide);
  const lists = guide.split("<!-- PyTorch's names that are not here: ").slice(1);
  const inLists = new Set(
    lists.flatMap((text) => [...text.split("<!-- end")[0]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)),
  );
  const all = Object.entries(torch).flatMap(([module, names]) => names.map((name) => [module, name] as const));
  expect(all.length).toBeGreaterThan(1200);
  expect(all.filter(([module, name]) => !inTables.has(`${module}.${name}`) && !inLists.has(name))).toEqual([]);
  const complete = Object.keys(torch).filter((module) =>
    torch[module]!.every((name) => inTables.has(`${module}.${name}`)),
  );
  expect([...new Set([...modulesOfLists(guide), ...complete])].sort()).toEqual(Object.keys(torch).sort());
});

test("recurrent layers and attention are said to be out of scope where layers are listed", () => {
  const layers = guide.slice(guide.indexOf("## Modules"), guide.indexOf("## Losses"));
  expect(layers).toMatch(/^- recurrent layers are out of scope: .*`GRU`.*`LSTM`/m);
  expect(layers).toMatch(/^- attention is out of scope: .*`MultiheadAttention`/m);
});

test("a name that has come to PyTorch or to an export shows", () => {
  const more = { ...torch, "torch.nn": [...torch["torch.nn"]!, "Linear4d", "LSTMPlus"] };
  const find = (module: string, name: string): string | null =>
    name === "Linear4d" ? "Linear4d" : findName(module, name);
  const filled = fillGuide(guide, more, find);
  expect(filled).toContain("\n| `Linear4d` | `Linear4d` | |\n");
  expect(filled).toMatch(/^- recurrent layers are out of scope: .*`LSTMPlus`/m);
});
