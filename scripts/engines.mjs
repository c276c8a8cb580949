// Runs the core of the tests on other versions of Node, and a program from the packed packages on all engines.
//
//   npm run engines                         all of them
//   npm run engines -- --only node@26,deno
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
const node = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const engines = {
  "node@20.19": { package: `${node}@20.19`, binary: `${node}/bin/node`, args: [], tests: true },
  "node@22": { package: `${node}@22`, binary: `${node}/bin/node`, args: [], tests: true },
  "node@24": { package: `${node}@24`, binary: `${node}/bin/node`, args: [], tests: true },
  "node@26": { package: `${node}@26`, binary: `${node}/bin/node`, args: [], tests: true },
  deno: { package: "deno@2", binary: ".bin/deno", args: ["run", "--allow-all"], tests: false },
  bun: { package: "bun@1", binary: ".bin/bun", args: [], tests: false },
};

const { values } = parseArgs({ options: { only: { type: "string" } } });
const chosen = values.only?.split(",") ?? Object.keys(engines);
for (const name of chosen)
  if (!(name in engines)) throw new Error(`--only: there is no ${name}; there are ${Object.keys(engines).join(", ")}`);

const work = mkdtempSync(join(tmpdir(), "tapegrad-engines-"));
const failed = [];
try {
  const app = createProject(join(work, "app"), packAll(join(work, "tarballs")));
  for (const name of chosen) {
    const { args, tests } = engines[name];
    const binary = install(name);
    check(`${name}: a program`, binary, [...args, "train.js"], app);
    if (tests)
      check(`${name}: tests`, binary, ["node_modules/vitest/vitest.mjs", "run", "--reporter=dot", ...core], root);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(failed.length === 0 ? `${chosen.join(", ")}: all pass` : `failed: ${failed.join("; ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** The path of an engine's binary, which is fetched from the registry if it is not there. */
function install(name) {
  const folder = join(cache, name);
  const binary = join(folder, "node_modules", engines[name].binary);
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", engines[name].package], folder);
  return binary;
}

function check(what, command, args, cwd) {
  console.log(`\n== ${what}`);
  if (!run(command, args, cwd)) failed.push(what);
}

function run(command, args, cwd) {
  return spawnSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}
