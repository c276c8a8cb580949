import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { type Exports, exportsOf, listOf } from "../scripts/exports.ts";

const packagesDir = fileURLToPath(new URL("../packages", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly sideEffects: boolean | readonly string[];
  readonly exports: Exports["sources"];
  readonly private?: boolean;
  readonly publishConfig?: {
    readonly exports: Exports["published"];
  };
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

/** What each subpath of each package shows, by what a program imports. */
const publicNames: ReadonlyMap<string, ReadonlyMap<string, boolean>> = new Map(
  readdirSync(packagesDir).flatMap((folder) =>
    Object.entries(exportsOf(folder).names).map(
      ([subpath, names]) => [`@tapegrad/${folder}${subpath.slice(1)}` as string, names] as const,
    ),
  ),
);

const packages = readdirSync(packagesDir).map((folder) => ({
  folder: join(packagesDir, folder),
  manifest: JSON.parse(readFileSync(join(packagesDir, folder, "package.json"), "utf8")) as Manifest,
}));

/** What people write: a bundled library has the word `import` in its texts. */
function sources(folder: string): string[] {
  return readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.split(sep).includes("generated"))
    .map((file) => join(folder, "src", file));
}

/** Module names that a source imports, statically or not. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8")
    .replaceAll(/^\s*(\*|\/\/).*$/gm, "")
    .replaceAll(/\b(typeof\s+import|import\s+type)\b[^;]*/g, "");
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"\n]+)"/g)].map((match) => match[1]!);
}

/** Which names a source imports from other packages, and from where. */
function namesImportedBy(file: string): { readonly from: string; readonly name: string }[] {
  const lists = readFileSync(file, "utf8").matchAll(
    /^(?:import|export) (?:type )?\{([^}]*)\} from "(@tapegrad\/[^"]+)"/gm,
  );
  return [...lists].flatMap(([, names, from]) =>
    [...names!.matchAll(/(?:type )?([\w$]+)(?: as [\w$]+)?\s*(?:,|$)/g)].map(([, name]) => ({
      from: from!,
      name: name!,
    })),
  );
}

/** Own files whose values a source needs while it loads: types and dynamic imports do not count. */
function neededBy(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export)\b(?!\s+type\b)[^;]*?\bfrom\s+"(\.[^"\n]+)"/gm)].map(([, name]) =>
    join(file, "..", name!),
  );
}

/** The first circle of imports that is met from one of the files, if there is one. */
function findCircle(files: readonly string[]): readonly string[] | null {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const needed of neededBy(file)) {
      const circle = visit(needed, [...path, file]);
      if (circle !== null) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of files) {
    const circle = visit(file, []);
    if (circle !== null) return circle;
  }
  return null;
}

interface Declaration {
  readonly file: string;
  readonly name: string;
  /** The text of the file up to it; null if it is not there. */
  readonly before: string | null;
}

/** Where the names are declared that a package's index hands on, and what its other public files declare. */
function publicDeclarations(folder: string, files: readonly string[]): Declaration[] {
  const index = join(folder, "src/index.ts");
  const declared = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file))
    .flatMap((file) => [...declarationsIn(readFileSync(file, "utf8")).keys()].map((name) => ({ file, name })));
  return [...handedOnBy(index, listOf(index)), ...declared].map(({ file, name }) => findDeclaration(file, name));
}

/** What a source exports of the package's other files. */
function handedOnBy(
  source: string,
  text = readFileSync(source, "utf8"),
): { readonly file: string; readonly name: string }[] {
  const lists = text.matchAll(/^export (?:type )?(?:\{([^}]*)\}|\*) from "(\.[^"]+)"/gm);
  return [...lists].flatMap(([, names, path]) => {
    const file = join(dirname(source), path!);
    if (names === undefined)
      return [...declarationsIn(readFileSync(file, "utf8")).keys()].map((name) => ({ file, name }));
    return [...names.matchAll(/(?:type )?([\w$]+)(?:,|\s*$)/g)].map(([, name]) => ({ file, name: name! }));
  });
}

function findDeclaration(file: string, name: string): Declaration {
  const before = declarationsIn(readFileSync(file, "utf8")).get(name);
  if (before !== undefined) return { file, name, before };
  const next = handedOnBy(file).find((other) => other.name === name);
  return next === undefined ? { file, name, before: null } : findDeclaration(next.file, name);
}

/** The text before each name that a source declares and exports; of overloads, before the first. */
function declarationsIn(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(
    /^export (?:declare |abstract |async )*(?:function\*?|class|const|let|interface|type|enum) ([\w$]+)/gm,
  );
  return new Map([...found].reverse().map((match) => [match[1]!, text.slice(0, match.index)]));
}

describe.each(packages)("$manifest.name", ({ folder, manifest }) => {
  test("imports only its own files and its declared dependencies", () => {
    const allowed = new Set([
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.peerDependencies ?? {}),
    ]);
    const strays = sources(folder).flatMap((file) =>
      importsOf(file)
        .filter((name) => !name.startsWith("node:") && !name.startsWith("#"))
        .filter((name) => {
          if (name.startsWith(".")) return relative(join(folder, "src"), join(file, "..", name)).startsWith("..");
          return !allowed.has(
            name
              .split("/")
              .slice(0, name.startsWith("@") ? 2 : 1)
              .join("/"),
          );
        })
        .map((name) => `${relative(folder, file)} imports ${name}`),
    );
    expect(strays).toEqual([]);
  });

  test("has no circular imports, of which bundlers warn", () => {
    expect(findCircle(sources(folder))?.map((file) => relative(folder, file)) ?? null).toBeNull();
  });

  test("imports modules of Node only where nothing but Node gets: bundlers for browsers do not find them", () => {
    const strays = sources(folder)
      .filter((file) => importsOf(file).some((name) => name.startsWith("node:")))
      .filter((file) => manifest.private !== true && !/prefetch-worker\.ts$|\bsrc.download\b/.test(file));
    expect(strays.map((file) => relative(folder, file))).toEqual([]);
  });

  test("has folders and files that can be taken in: at most 25 files, at most 300 lines but for data", () => {
    const files = sources(folder).map((file) => relative(folder, file).replaceAll(sep, "/"));
    const sizes = new Map<string, number>();
    for (const file of files) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
    expect(
      [...sizes].filter(([, size]) => size > 25),
      "what belongs together may have a folder of its own",
    ).toEqual([]);
    const lines = (file: string): number => readFileSync(join(folder, file), "utf8").trimEnd().split("\n").length;
    expect(files.filter((file) => !file.endsWith("/digit-strokes.ts") && lines(file) > 300)).toEqual([]);
  });

  test("lists what is public, in its sources and as it is published", () => {
    const { sources, published } = exportsOf(basename(folder));
    expect(manifest.exports, "run npm run exports").toEqual(sources);
    expect(manifest.publishConfig?.exports).toEqual(manifest.private === true ? undefined : published);
  });

  test("keeps its helpers to itself", () => {
    const isPublic = new Set(Object.values(manifest.exports));
    const helpers = sources(folder)
      .map((file) => relative(join(folder, "src"), file).replaceAll(sep, "/"))
      .filter((file) => !isPublic.has(`./src/${file}`));
    for (const file of helpers)
      for (const subpath of [file, file.replace(/\.ts$/, ""), `src/${file}`])
        expect(() => import.meta.resolve(`${manifest.name}/${subpath}`), subpath).toThrow('not defined by "exports"');
  });

  test("imports from others no helper that a public file exports beside what is public", () => {
    const tests = readdirSync(join(folder, "test"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(folder, "test", file));
    const helpers = [...sources(folder), ...tests].flatMap((file) =>
      namesImportedBy(file)
        .filter(({ from, name }) => publicNames.get(from)?.has(name) !== true)
        .map(({ from, name }) => `${relative(folder, file)} imports ${name} of ${from}`),
    );
    expect(helpers).toEqual([]);
  });

  test("writes out the names of its errors, which minifiers would shorten", () => {
    for (const file of sources(folder)) {
      const text = readFileSync(file, "utf8");
      for (const [, name] of text.matchAll(/class (\w+) extends (?:TapegradError|Error)\b/g))
        expect(text).toContain(`override get name(): string {\n    return "${name}";`);
    }
  });

  test("says of each public name what it is, in a docstring", () => {
    const bare = publicDeclarations(folder, Object.values(manifest.exports)).filter(
      ({ before }) => before === null || !/\*\/\s*$/.test(before),
    );
    expect(bare.map(({ file, name }) => `${relative(folder, file)}: ${name}`)).toEqual([]);
  });

  test("says which of its files are imported for their effect: those that set up a test runner", () => {
    const setUps = ["vitest", "jest"].flatMap((name) => [`./src/${name}.ts`, `./dist/${name}.js`]);
    expect(manifest.sideEffects).toEqual(manifest.name === "@tapegrad/testing" ? setUps : false);
  });

  test("can be loaded with require(): no source awaits before it has run", async () => {
    // esbuild refuses to make a CommonJS module of one that does.
    for (const file of sources(folder))
      await transform(readFileSync(file, "utf8"), {
        loader: "ts",
        format: "cjs",
        sourcefile: file,
        logLevel: "silent",
      });
  });
});

test("files whose exports are not all public are published behind a facade, which hands on what is", () => {
  const { published, names } = exportsOf("nn");
  const file = (path: string) => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` });
  expect(published).toMatchObject({
    "./internal": file("internal"),
    "./linear": file("layers/linear"),
    "./load-state-dict": file("public/load-state-dict"),
    "./init/gain": file("public/init/gain"),
  });
  expect([...names["./load-state-dict"]!].sort()).toEqual([
    ["LoadOptions", true],
    ["LoadResult", true],
    ["StateDict", true],
    ["StateDictError", false],
  ]);
});

test("the template depends on what is published, in versions that are here", () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const read = (
    path: string,
  ): Record<string, string> & Manifest & { readonly devDependencies: Record<string, string> } =>
    JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
  const { dependencies, devDependencies } = read("examples/template");
  const used = new Set(
    ["src/net.js", "src/train.js", "test/net.test.js"]
      .flatMap((file) => importsOf(join(root, "examples/template", file)))
      .filter((name) => !/^(\.|node:)/.test(name))
      .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/")),
  );
  const wanted = { ...dependencies, ...devDependencies };
  expect(Object.keys(wanted).sort()).toEqual([...used].sort());
  const here = read(".").devDependencies;
  for (const [name, range] of Object.entries(wanted)) {
    const own = packages.find(({ manifest }) => manifest.name === name)?.manifest;
    if (own === undefined) expect(`^${here[name]}`, name).toBe(range);
    else
      expect([`^${(own as Manifest & { readonly version: string }).version}`, own.private ?? false], name).toEqual([
        range,
        false,
      ]);
  }
});

test("lists of numbers that are compared at once are equal where vitest says so, and only there", () => {
  const list = [1, NaN, -0];
  expect(list).toEqual([1, NaN, -0]);
  expect(list).not.toEqual([1, NaN, 0]);
  expect(list).not.toEqual([1, NaN]);
  expect(list).not.toEqual([1, NaN, "-0"]);
  expect([list, "a"]).toStrictEqual([[1, NaN, -0], "a"]);
  expect([list]).not.toEqual([[1, 2, -0]]);
  expect(Float32Array.from(list)).toEqual(Float32Array.from(list));
  expect(Float32Array.from(list)).not.toEqual(Float64Array.from(list));
  expect(Float32Array.from(list)).not.toEqual(Float32Array.of(1, NaN, 0));
  for (const numbers of [[], [1], Float32Array.of(1)])
    expect(Object.assign(numbers.slice(), { name: "loss" }), "what a list has beside its numbers").not.toEqual(numbers);
  expect(Array(1)).not.toStrictEqual([undefined]);
});
