// Runs the core of the tests on other versions of Node, and a program from the packed packages on all engines.
//
//   npm run engines                         all of them
//   npm run engines -- --only node@26,deno
//   npm run engines -- --only node@26:256      with kernels of 256 bits: what those compute
//   npm run engines -- --only node@20.19:program   the program alone, where `npm test` has run on the same version
//
// The engines are npm packages, installed into node_modules/.cache/engines.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createProject, packAll } from "./pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules/.cache/engines");
/** What every Node must pass: ops on all devices, gradients, layers, optimizers, laws, golden values. */
const core = ["tensor", "autograd", "nn", "optim", "testing"].map((name) => `packages/${name}/test`);
/** What kernels of 256 bits compute, and what is built on it. */
const wide = [
  ...["simd", "matmul", "conv2d", "winograd", "torch-edges"].map((name) => `packages/tensor/test/${name}.test.ts`),
  ...["autograd/test", "nn/test/golden.test.ts", "nn/test/laws.test.ts"].map((path) => `packages/${path}`),
];
const node = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const engines = {
  ...nodes("20.19", core),
  ...nodes("20.19", [], "program"),
  ...nodes("22", core),
  ...nodes("24", core),
  ...nodes("24", wide, 256),
  ...nodes("26", core),
  ...nodes("26", [], "program"),
  ...nodes("26", wide, 256),
  deno: { package: "deno@2", binary: ".bin/deno", args: ["run", "--allow-all"], tests: [] },
  bun: { package: "bun@1", binary: ".bin/bun", args: [], tests: [] },
};

const { values } = parseArgs({ options: { only: { type: "string" } } });
const chosen = values.only?.split(",") ?? Object.keys(engines).filter((name) => !name.endsWith(":program"));
for (const name of chosen)
  if (!(name in engines)) throw new Error(`--only: there is no ${name}; there are ${Object.keys(engines).join(", ")}`);

const work = mkdtempSync(join(tmpdir(), "tapegrad-engines-"));
const failed = [];
try {
  const app = createProject(join(work, "app"), packAll(join(work, "tarballs")));
  for (const name of chosen) {
    const { args, tests, env } = engines[name];
    const binary = install(name);
    check(`${name}: a program`, binary, [...args, "train.js"], app, env);
    if (tests.length > 0)
      check(`${name}: tests`, binary, ["node_modules/vitest/vitest.mjs", "run", "--reporter=dot", ...tests], root, env);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(failed.length === 0 ? `${chosen.join(", ")}: all pass` : `failed: ${failed.join("; ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** A version of Node, and which tests it must pass; a number as `variant` has kernels work on so many bits. */
function nodes(version, tests, variant) {
  const engine = { package: `${node}@${version}`, binary: `${node}/bin/node`, args: [], tests };
  const env = typeof variant === "number" ? { TAPEGRAD_SIMD: String(variant) } : {};
  return { [`node@${version}${variant === undefined ? "" : `:${variant}`}`]: { ...engine, env } };
}

/** The path of an engine's binary, which is fetched from the registry if it is not there. */
function install(name) {
  // One of each version, whatever it runs with.
  const folder = join(cache, name.split(":")[0]);
  const binary = join(folder, "node_modules", engines[name].binary);
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", engines[name].package], folder);
  return binary;
}

function check(what, command, args, cwd, env) {
  console.log(`\n== ${what}`);
  if (!run(command, args, cwd, env)) failed.push(what);
}

function run(command, args, cwd, env) {
  const options = { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "inherit"] };
  return spawnSync(command, args, options).status === 0;
}
