// Writes the `exports` maps of all packages: `npm run exports`. A file is public if the package's index exports a value
// of it, or if it is named here; nothing else can be imported. Folders that only order files are no part of a subpath:
// src/layers/conv/conv2d.ts is `@tapegrad/nn/conv2d`. Of a file that exports helpers of its siblings too, what the indices
// export is public: it is published behind a facade, a file that hands on no more than that.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const packages = fileURLToPath(new URL("../packages/", import.meta.url));

/** Where facades are in a package. */
const facades = "./dist/public/";

/** What is said of a package beside its index. */
interface Rule {
  /** Folders that are part of subpaths. */
  readonly folders?: readonly string[];
  /** Files that the index leaves out, by subpath. All that they export is public. */
  readonly entries?: Readonly<Record<string, string>>;
  /** Those entries that are an index in turn. */
  readonly indices?: readonly string[];
  /** Whether what the index exports has a subpath only in one of the folders. @default false */
  readonly only?: boolean;
}

const rules: Readonly<Record<string, Rule>> = {
  autograd: { folders: ["functional"] },
  data: { folders: ["transforms"], entries: { download: "download/download.ts" } },
  formats: {
    folders: ["npy", "onnx", "safetensors", "torch"],
    entries: { "write-atomically": "io/write-atomically.ts" },
  },
  inspect: { entries: { internal: "internal.ts" } },
  models: {},
  nn: {
    folders: ["init"],
    entries: { functional: "functional.ts", init: "init.ts", internal: "internal.ts" },
    indices: ["functional", "init"],
  },
  optim: { entries: { internal: "internal.ts" } },
  tensor: {
    folders: ["ops"],
    only: true,
    entries: {
      arguments: "checks/arguments.ts",
      "devices/float64": "devices/float64/device.ts",
      errors: "errors.ts",
      internal: "internal.ts",
      ops: "ops.ts",
      random: "tensor/host-random.ts",
    },
  },
  "test-support": {
    entries: {
      "bad-arguments": "bad-arguments.ts",
      "conformance-checks": "conformance-checks.ts",
      "fuzz/fuzz-files": "fuzz/fuzz-files.ts",
      "fuzz/fuzz-target": "fuzz/fuzz-target.ts",
    },
  },
  testing: {
    folders: ["arbitraries", "laws"],
    entries: { jest: "jest.ts", vitest: "vitest.ts" },
  },
  train: {
    entries: {
      "csv-log": "views/csv-log.ts",
      "html-report": "views/report/html-report.ts",
      "json-lines-log": "views/json-lines-log.ts",
      "live-page": "views/live/live-page.ts",
      "tensorboard-log": "views/tensorboard/tensorboard-log.ts",
      "terminal-view": "views/terminal-view.ts",
    },
  },
};

/** The text of an index, with those of the lists that it hands on as a whole; files that declare what they export are no lists. */
export function listOf(index: string): string {
  return readFileSync(index, "utf8").replace(/^export \* from "\.\/([^"]+)";$/gm, (line, file: string) => {
    const list = listOf(posix.join(posix.dirname(index), file));
    if (!/^export [^;]*? from "/m.test(list)) return line;
    return list.replaceAll(/ from "\.\/([^"]+)"/g, (_, path) => ` from "./${posix.join(posix.dirname(file), path)}"`);
  });
}

/** The public subpaths of a package, with the source of each. */
function publicFiles(name: string): [subpath: string, file: string][] {
  const { folders = [], entries = {}, indices = [], only = false } = rules[name]!;
  const found = new Map([[".", "index.ts"]]);
  const add = (subpath: string, file: string): void => {
    if ((found.get(subpath) ?? file) !== file)
      throw new Error(`${name}: ${subpath} is ${found.get(subpath)} and ${file}`);
    found.set(subpath, file);
  };
  for (const [subpath, file] of Object.entries(entries)) add(`./${subpath}`, file);
  for (const index of ["index.ts", ...indices.map((subpath) => entries[subpath]!)]) {
    for (const match of listOf(`${packages}${name}/src/${index}`).matchAll(
      /^export (?!type\b)[^;]*? from "\.\/([^"]+)";/gm,
    )) {
      const file = match[1]!;
      const folder = file.split("/", 1)[0]!;
      const base = posix.basename(file, ".ts");
      if (Object.values(entries).includes(file)) continue;
      if (folders.includes(folder)) add(`./${folder}/${base}`, file);
      else if (!only) add(`./${base}`, file);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The names that a source exports, and of each whether it is a type alone. */
type Names = ReadonlyMap<string, boolean>;

function namesIn(file: string): Names {
  const text = readFileSync(file, "utf8");
  const names = new Map<string, boolean>();
  for (const [, others] of text.matchAll(/^export (?:type )?\* from "(\.[^"]+)";/gm))
    for (const [name, isType] of namesIn(posix.join(posix.dirname(file), others!))) names.set(name, isType);
  for (const [, allTypes, list] of text.matchAll(/^export (type )?\{([^}]*)\}/gm))
    for (const [, type, name] of list!.matchAll(/(type )?(?:[\w$]+ as )?([\w$]+)\s*(?:,|$)/g))
      names.set(name!, (allTypes ?? type) !== undefined);
  for (const [, kind, name] of text.matchAll(
    /^export (?:declare |abstract |async )*(function\*?|class|const|let|interface|type|enum|\* as) ([\w$]+)/gm,
  ))
    // A value and a type may have the same name.
    names.set(name!, names.get(name!) !== false && (kind === "interface" || kind === "type"));
  return names;
}

/** `types` and JavaScript of a subpath. */
export interface PublishedFile {
  readonly types: string;
  readonly default: string;
}

/** By subpath. */
export interface Exports {
  readonly sources: Readonly<Record<string, string>>;
  readonly published: Readonly<Record<string, string | PublishedFile>>;
  /** What is public there. */
  readonly names: Readonly<Record<string, Names>>;
}

/** The `exports` of a package, of its sources and as it is published. */
export function exportsOf(name: string): Exports {
  const { entries = {}, indices = [] } = rules[name]!;
  const namesOf = (file: string): Names => namesIn(`${packages}${name}/src/${file}`);
  const indexed = new Set(
    ["index.ts", ...indices.map((subpath) => entries[subpath]!)].flatMap((f) => [...namesOf(f).keys()]),
  );
  const whole = new Set(["index.ts", ...Object.values(entries)]);
  const sources: Record<string, string> = {};
  const published: Record<string, string | PublishedFile> = {};
  const names: Record<string, Names> = {};
  for (const [subpath, file] of publicFiles(name)) {
    const all = namesOf(file);
    const shown = whole.has(file) ? all : new Map([...all].filter(([each]) => indexed.has(each)));
    const target = shown.size === all.size ? `./dist/${file.replace(/\.ts$/, "")}` : `${facades}${subpath.slice(2)}`;
    sources[subpath] = `./src/${file}`;
    published[subpath] = { types: `${target}.d.ts`, default: `${target}.js` };
    names[subpath] = shown;
  }
  sources["./package.json"] = published["./package.json"] = "./package.json";
  return { sources, published, names };
}

/** Writes the facades of a package that is built. */
export function writeFacades(name: string): void {
  const { sources, published, names } = exportsOf(name);
  for (const [subpath, shown] of Object.entries(names)) {
    const { types, default: code } = published[subpath] as PublishedFile;
    if (!code.startsWith(facades)) continue;
    const from = posix.relative(
      posix.dirname(code),
      sources[subpath]!.replace("./src/", "./dist/").replace(/\.ts$/, ".js"),
    );
    const texts = {
      [code]: valuesOf(shown),
      [types]: [...shown].map(([each, isType]) => (isType ? `type ${each}` : each)),
    };
    for (const [path, list] of Object.entries(texts)) {
      mkdirSync(posix.dirname(`${packages}${name}/${path}`), { recursive: true });
      writeFileSync(`${packages}${name}/${path}`, `export { ${list.join(", ")} } from "${from}";\n`);
    }
  }
}

/** The names among them that are there when a program runs. */
export function valuesOf(names: Names): string[] {
  return [...names].filter(([, isType]) => !isType).map(([name]) => name);
}

function write(name: string): void {
  const path = `${packages}${name}/package.json`;
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Record<"exports", object> & {
    publishConfig?: { exports: object };
  };
  const { sources, published } = exportsOf(name);
  manifest.exports = sources;
  if (manifest.publishConfig) manifest.publishConfig.exports = published;
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) for (const name of Object.keys(rules)) write(name);
