import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ones } from "@tapegrad/tensor";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { lessons } from "../site/lessons/lessons.ts";
import { type Check, runCheck } from "../site/lessons/runner/run-check.ts";
import { show } from "../site/lessons/runner/show.ts";

const folder = fileURLToPath(new URL("../site/lessons", import.meta.url));

async function checkOf(lesson: string): Promise<Check> {
  return ((await import(`${folder}/${lesson}/check.js`)) as { default: Check }).default;
}

/** Runs one of a lesson's programs, and then its check on what the program exports. */
async function attempt(lesson: string, program: "start" | "solution"): Promise<string> {
  return runCheck(await checkOf(lesson), (await import(`${folder}/${lesson}/${program}.js`)) as object);
}

beforeEach(() => {
  for (const level of ["log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});

describe.each(lessons)("$title", ({ name, title }) => {
  test("is a page that shows its program", () => {
    const page = readFileSync(`${folder}/${name}/index.md`, "utf8");
    expect(page.startsWith(`# ${title}\n`)).toBe(true);
    expect(page).toContain(`\n<Lesson name="${name}" />\n`);
  });

  test("passes its check when it is mended, and only then", async () => {
    expect(await attempt(name, "solution")).toMatch(/\.$/);
    const failure: unknown = await attempt(name, "start").then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure), "not a slip in the program").not.toMatch(/(Syntax|Type|Reference)Error/);
  });

  test("says which export is missing", async () => {
    await expect(runCheck(await checkOf(name), {})).rejects.toThrow(
      /^the check needs \w+: the program must export it$/,
    );
  });
});

test("a check that cannot use what a program exports says so", async () => {
  await expect(runCheck(await checkOf("the-pit"), { model: 3, predict: 4 })).rejects.toThrow(
    /^while the check used the program: TypeError: model\.at is not a function$/,
  );
});

test("all lessons are listed", () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map((entry) => entry.name).filter((name) => name !== "runner");
  expect(lessons.map(({ name }) => name).sort()).toEqual(names.sort());
});

describe("what a lesson's console.log writes", () => {
  const ring: Record<string, unknown> = { name: "ring" };
  ring["inside"] = [ring];

  test.each([
    ["text and numbers", ["loss", 0.5], "loss 0.5"],
    [
      "what is inside",
      [{ a: ["b", new Map([["c", 1]])], d: new Set([null]) }],
      '{ a: ["b", Map { "c" => 1 }], d: Set { null } }',
    ],
    ["what holds itself", [ring], '{ name: "ring", inside: [[itself]] }'],
    ["an object without a prototype", [Object.assign(Object.create(null), { a: 1 })], "{ a: 1 }"],
    ["more than a hundred values", [new Float32Array(1000)], `Float32Array [${"0, ".repeat(100)}… 900 more]`],
    ["a big set", [new Set(Array(101).keys())], `Set { ${[...Array(100).keys()].join(", ")}, … 1 more }`],
    ["a tensor", [ones([2])], "tensor([1., 1.], shape=[2], dtype=float32, device=wasm)"],
  ])("%s", (_, values, expected) => {
    expect(show(values)).toBe(expected);
  });
});
