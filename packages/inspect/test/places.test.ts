import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Places, placeIn } from "../src/recorder/places.ts";
import { SourceMaps } from "../src/recorder/source-maps.ts";
import { parseStack } from "../src/recorder/stack-frames.ts";

describe("stacks", () => {
  const [app, tapegrad] = [
    "https://site.org/app/train.js",
    "https://site.org/node_modules/@tapegrad/train/dist/loop/learn.js",
  ];
  test.each([
    [
      "V8",
      `Error\n    at learn (${tapegrad}:1:2)\n    at async Object.run [as go] (${app}:31:18)\n    at ${app}:40:1\n    at process.x (node:internal/x:1:2)`,
    ],
    ["Firefox", `learn@${tapegrad}:1:2\nasync*run@${app}:31:18\n@${app}:40:1\n`],
    ["Safari", `learn@${tapegrad}:1:2\n[native code]\nrun@${app}:31:18\nmodule code@${app}:40:1`],
  ])("of %s name the innermost line of the program", (_, stack) => {
    const frames = parseStack(stack);
    expect(frames.map(({ line, column }) => [line, column])).toEqual([
      [1, 2],
      [31, 18],
      [40, 1],
    ]);
    expect(placeIn(frames, new SourceMaps())).toBe("/app/train.js:31:18");
  });

  test("skip tapegrad wherever it is installed, and say so where nothing else is left", () => {
    for (const file of [
      "/x/node_modules/.pnpm/@tapegrad+nn@1.0.0/node_modules/@tapegrad/nn/dist/a.js",
      "https://cdn.org/@tapegrad/nn@1/dist/a.js",
      "C:\\x\\node_modules\\@tapegrad\\nn\\dist\\a.js",
    ])
      expect(placeIn(parseStack(`Error\n    at fit (${file}:1:2)`), new SourceMaps())).toBe(
        "inside fit, which no line of the program called",
      );
    expect(placeIn([], new SourceMaps())).toBe("unknown");
    expect(placeIn(parseStack("Error\n    at <anonymous> (native:1:11)\n"), new SourceMaps())).toBe("unknown");
    const inEval =
      "Error\n    at f (eval at g (C:\\app\\my (old) run.js:3:4), <anonymous>:1:1)\n    at g (C:\\app\\run.js:5:6)";
    expect(parseStack(inEval).at(-1)).toEqual({ name: "g", file: "C:\\app\\run.js", line: 5, column: 6 });
  });

  test("above a function name who called that, each place under one number, and cost no text but the first time", () => {
    const places = new Places();
    const prepare = vi.fn(
      (_error: Error, sites: readonly unknown[]) =>
        `Error\n${sites.map((site) => `    at ${String(site)}`).join("\n")}`,
    );
    const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace")!;
    Object.defineProperty(Error, "prepareStackTrace", { value: prepare, configurable: true, writable: true });
    const inner = (): number => places.take(outer);
    const outer = (): number => inner() + 0;
    const numbers: number[] = [];
    try {
      for (let i = 0; i < 3; i++) numbers.push(outer());
      numbers.push(outer());
    } finally {
      Object.defineProperty(Error, "prepareStackTrace", before);
    }
    expect(numbers).toEqual([0, 0, 0, 1]);
    expect(prepare).toHaveBeenCalledTimes(2);
    const [first, second] = [0, 1].map((number) => /places\.test\.\w+:(\d+):\d+$/.exec(places.text(number)));
    expect(Number(second![1])).toBe(Number(first![1]) + 1);
    expect(places.text(7)).toMatch(/^elsewhere/);
  });
});

describe("source maps", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "tapegrad places "))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** From the third line of a compiled file to line 3, column 2 of its source. */
  const map = (source: string): string =>
    JSON.stringify({ version: 3, sources: [source], names: [], mappings: ";;AAEC" });

  test("beside a file, or in it, lead to its source, at addresses and paths", () => {
    writeFileSync(join(folder, "out.js"), "\n\nrun();\n//# sourceMappingURL=maps%20of/..%2Fout.js.map\n");
    writeFileSync(
      join(folder, "beside.js"),
      "\n\nrun();\n//# sourceMappingURL=old.map\n/*# sourceMappingURL=beside.js.map */\n",
    );
    writeFileSync(join(folder, "beside.js.map"), map("../src/train.ts"));
    const inline = `data:application/json;base64,${Buffer.from(map("src/é.ts")).toString("base64")}`;
    writeFileSync(join(folder, "inline.js"), `\n\nrun();\n//# sourceMappingURL=${inline}`);
    const sections = [
      { offset: { line: 0, column: 0 }, map: { ...JSON.parse(map("large.ts")), sourcesContent: ["x".repeat(2e6)] } },
    ];
    const large = Buffer.from(JSON.stringify({ version: 3, sections })).toString("base64");
    writeFileSync(join(folder, "large.js"), `\n\nrun();\n//# sourceMappingURL=data:application/json;base64,${large}`);
    const maps = new SourceMaps();
    const at = (file: string): string => placeIn([{ name: "", file, line: 3, column: 1 }], maps);
    expect(at(join(folder, "beside.js"))).toBe(`${join(folder, "../src/train.ts")}:3:2`);
    expect(at(pathToFileURL(join(folder, "beside.js")).href)).toBe(`${join(folder, "../src/train.ts")}:3:2`);
    expect(at(join(folder, "inline.js"))).toBe(`${join(folder, "src/é.ts")}:3:2`);
    expect(at(join(folder, "large.js"))).toBe(`${join(folder, "large.ts")}:3:2`);
    expect(at(join(folder, "out.js"))).toBe(`${join(folder, "out.js")}:3:1`);
    expect(at(join(folder, "none.js"))).toBe(`${join(folder, "none.js")}:3:1`);
  });

  test("tell tapegrad's lines in a bundle from the program's", () => {
    const bundle = {
      version: 3,
      names: [],
      mappings: "AAAA;ACAA;",
      sources: ["../node_modules/@tapegrad/train/src/fit.ts", "../app/train.ts"],
    };
    writeFileSync(join(folder, "bundle.js"), "fit();\nrun();\n//# sourceMappingURL=bundle.js.map");
    writeFileSync(join(folder, "bundle.js.map"), JSON.stringify(bundle));
    const frames = [1, 2].map((line) => ({ name: "", file: join(folder, "bundle.js"), line, column: 1 }));
    expect(placeIn(frames, new SourceMaps())).toBe(`${join(folder, "../app/train.ts")}:1:1`);
    rmSync(join(folder, "bundle.js.map"));
    expect(placeIn(frames, new SourceMaps())).toBe(`${join(folder, "bundle.js")}:1:1`);
  });

  test("of pages are fetched", async () => {
    const pages: Record<string, string> = {
      "https://site.org/app.js": "\n\nrun();\n//# sourceMappingURL=maps/app.js.map",
      "https://site.org/maps/app.js.map": map("webpack://shop/./src/train.ts"),
    };
    const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async (url) => {
      const text = pages[String(url)];
      return new Response(text ?? "", { status: text === undefined ? 404 : 200 });
    });
    const maps = new SourceMaps();
    const at = (file: string): string => placeIn([{ name: "", file, line: 3, column: 1 }], maps);
    expect(at("https://site.org/app.js")).toBe("/app.js:3:1");
    await maps.fetch(["https://site.org/app.js", "https://site.org/app.js", "https://site.org/gone.js"]);
    expect(at("https://site.org/app.js")).toBe("src/train.ts:3:2");
    expect(at("https://site.org/gone.js")).toBe("/gone.js:3:1");
    expect(fetched).toHaveBeenCalledTimes(3);
    fetched.mockRestore();
  });
});
