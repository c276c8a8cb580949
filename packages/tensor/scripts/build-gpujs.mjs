// Bundles gpu.js and the parser that it needs into src/devices/gpu/generated/gpu-js.ts, so that the published package
// depends on none of gpu.js's native packages. Run on install; an unchanged version is kept.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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
  onLoad({ filter: /./, namespace: "absent" }, () => ({ contents: "exports.gpuMock = null;" }));
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
