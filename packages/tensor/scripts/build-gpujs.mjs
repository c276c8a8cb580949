// Bundles gpu.js and the parser that it needs into src/devices/gpu/generated/gpu-js.ts, so that the published package
// depends on none of gpu.js's native packages. Run on install; an unchanged version is kept.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What gpu.js's webasm mode does for every kernel and need not, with what stands in. */
const replacements = [
  // A memory for each kernel costs address space and garbage collections: the device has one for all.
  [
    "new WebAssembly.Memory({ initial, maximum });",
    "this.takeMemory?.(initial) ?? new WebAssembly.Memory({ initial, maximum });",
  ],
  // Making the module validates it too.
  ["!WebAssembly.validate(bytes)", "false"],
];

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const outFile = join(root, "src/devices/gpu/generated/gpu-js.ts");
const manifestFile = require.resolve("gpu.js/package.json");
const { version } = JSON.parse(readFileSync(manifestFile, "utf8"));
const digest = createHash("sha256")
  .update(readFileSync(new URL(import.meta.url)))
  .digest("hex")
  .slice(0, 16);
const stamp = `gpu.js ${version}, bundled by ${digest}`;

if (!readIfThere(outFile).includes(stamp)) {
  const { outputFiles } = await build({
    stdin: { contents: 'export { GPU } from "gpu.js";', resolveDir: root },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["main"],
    target: "es2022",
    write: false,
    legalComments: "none",
    minifyWhitespace: true,
    plugins: [{ name: "from-node", setup: replaceModules }],
  });
  const licences = ["gpu.js", "acorn"].map((name) => `${name}\n\n${licenceOf(name)}`).join("\n\n");
  const [, bundle, exported] = /^([^]*)export\s*\{\s*(\w+) as GPU\s*\};\s*$/.exec(outputFiles[0].text);
  mkdirSync(dirname(outFile), { recursive: true });
  writeFileSync(
    outFile,
    [
      "// @ts-nocheck",
      `/* ${stamp}.`,
      "",
      licences.replaceAll("*/", "* /"),
      "*/",
      // Not a `require` by name: a bundler would follow it to native packages.
      "const requireFromNode = (name) => {",
      '  const load = globalThis.process?.getBuiltinModule?.("node:module")?.createRequire(import.meta.url);',
      "  if (load === undefined) throw new Error(`${name} is there in Node only`);",
      "  return load(name);",
      "};",
      bundle,
      `const engine: unknown = ${exported};`,
      "export { engine as GPU };",
      "",
    ].join("\n"),
  );
  console.log(`gpu.js ${version}: ${bundle.length} characters`);
}

/** Modules of Node and the optional `gl` are looked for when gpu.js loads; its mock of a GPU is not used. */
function replaceModules({ onResolve, onLoad }) {
  onResolve({ filter: /^(gl|os|worker_threads)$/ }, ({ path }) => ({ path, namespace: "from-node" }));
  onResolve({ filter: /^gpu-mock\.js$/ }, ({ path }) => ({ path, namespace: "absent" }));
  onLoad({ filter: /./, namespace: "from-node" }, ({ path }) => ({
    contents: `module.exports = requireFromNode(${JSON.stringify(path)});`,
  }));
  onLoad({ filter: /web-assembly[\\/]kernel\.js$/ }, ({ path }) => ({
    contents: replaced(readFileSync(path, "utf8")),
  }));
  onLoad({ filter: /./, namespace: "absent" }, () => ({ contents: "exports.gpuMock = null;" }));
}

/** The source with the replacements made, each in the one place that it is meant for. */
function replaced(source) {
  for (const [find, replace] of replacements) {
    if (source.split(find).length !== 2)
      throw new Error(`gpu.js ${version}: ${JSON.stringify(find)} is not there once`);
    source = source.replace(find, replace);
  }
  return source;
}

/** The text of a package's licence. */
function licenceOf(name) {
  const from = name === "gpu.js" ? manifestFile : createRequire(manifestFile).resolve(`${name}/package.json`);
  return readFileSync(join(dirname(from), "LICENSE"), "utf8").trim();
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
