// Packs every package as it would be published, checks the tarballs with publint and attw, installs them into an empty folder
// outside the workspace, says what came with them, tries to import helpers there, and builds, runs and tests: in JavaScript,
// strict TypeScript, node:test, Jest.
// `examples/template` is trained and tested there too.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportsOf, valuesOf } from "./exports.ts";
import { createProject, packAll } from "./pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** The oldest TypeScript that the types are for; the newest is the workspace's. */
const OLDEST_TYPESCRIPT = "5.0";
/** What installing the largest package may bring, and what the packages that all need may take on disk, in MB. */
const MOST_MEGABYTES = 10;

const work = mkdtempSync(join(tmpdir(), "tapegrad pack "));
try {
  const tarballs = packAll(join(work, "tarballs"));
  for (const [name, tarball] of Object.entries(tarballs)) {
    run(binary(root, "publint"), ["--strict", tarball], root);
    run(binary(root, "attw"), ["--profile", "esm-only", "--no-emoji", tarball], root);
    console.log(`${name}: publint and attw find nothing`);
  }
  const app = createProject(join(work, "app"), tarballs);
  listInstalled(app, Object.keys(tarballs));
  writeFileSync(join(app, "public-names.json"), JSON.stringify(publicNames(Object.keys(tarballs))));
  for (const program of ["subpaths.js", "train.js", "devices.js", "require.cjs"])
    process.stdout.write(run("node", [program], app));
  run("node", ["--test", "runner.node-test.js"], app);
  console.log("node:test: what the packages promise there holds");
  // The template's vitest is the workspace's.
  const { version: vitest } = JSON.parse(readFileSync(join(root, "node_modules/vitest/package.json"), "utf8"));
  install(app, ["jest@30.5.2", `vitest@${vitest}`]);
  const template = join(app, "template");
  cpSync(join(root, "examples/template"), template, { recursive: true });
  for (const script of ["start", "test"]) run("npm", ["run", "--silent", script], template);
  console.log("examples/template: trains, and its tests pass");
  const env = { ...process.env, NODE_OPTIONS: "--experimental-vm-modules --no-warnings" };
  for (const fakes of ["false", "true"])
    run(binary(app, "jest"), ["--silent", "--runInBand", `--fakeTimers={"enableGlobally":${fakes}}`], app, { env });
  console.log("Jest: what the packages promise there holds, with its fake timers too");
  install(app, [`typescript-oldest@npm:typescript@${OLDEST_TYPESCRIPT}`, "@types/node@20"]);
  for (const compiler of [
    join(app, "node_modules/typescript-oldest/bin/tsc"),
    join(root, "node_modules/typescript/bin/tsc"),
  ])
    for (const project of ["tsconfig.nodenext.json", "tsconfig.bundler.json"]) {
      run("node", [compiler, "--project", project], app);
      console.log(`${run("node", [compiler, "--version"], app).trim()}, ${project}: strict TypeScript finds nothing`);
    }
  process.stdout.write(run("node", ["out/train.js"], app));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** A program that is installed; npx would start npm first. */
function binary(folder, name) {
  return join(folder, "node_modules/.bin", name);
}

/** By what a program imports: the names that it must find there. */
function publicNames(packages) {
  return Object.fromEntries(
    packages.flatMap((name) =>
      Object.entries(exportsOf(basename(name)).names).map(([subpath, names]) => [
        `${name}${subpath.slice(1)}`,
        valuesOf(names),
      ]),
    ),
  );
}

function install(folder, names) {
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...names], folder);
}

/** Prints what is in node_modules, and fails where that is native, runs a script, or is too much. */
function listInstalled(folder, own) {
  const modules = join(folder, "node_modules");
  const names = readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : name,
    );
  let others = 0;
  for (const name of names) {
    const path = join(modules, name);
    const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const { held, onDisk } = sizeOf(path);
    if (!own.includes(name)) others += held;
    console.log(`  ${name}@${manifest.version}: ${held.toFixed(2)} MB, ${onDisk.toFixed(2)} MB on disk`);
    for (const script of ["preinstall", "install", "postinstall"])
      if (manifest.scripts?.[script] !== undefined)
        throw new Error(`${name} runs a script when it is installed: ${script}`);
    const native = readdirSync(path, { recursive: true }).find((file) =>
      /\.(node|so|dll|dylib)$|binding\.gyp$/.test(file),
    );
    if (native !== undefined) throw new Error(`${name} is native: ${native}`);
    if (own.includes(name)) {
      for (const file of ["LICENSE", "README.md"])
        if (!existsSync(join(path, file))) throw new Error(`${name} has no ${file}`);
      for (const field of ["repository", "homepage", "keywords", "description", "license"])
        if (manifest[field] === undefined) throw new Error(`${name} has no ${field}`);
    }
  }
  const [tensor, nn] = ["tensor", "nn"].map((name) => sizeOf(join(modules, "@tapegrad", name)));
  console.log(`  what tapegrad depends on: ${others.toFixed(2)} MB`);
  for (const [what, megabytes] of Object.entries({
    "@tapegrad/tensor and all dependencies hold": tensor.held + others,
    "@tapegrad/tensor takes on disk": tensor.onDisk,
    "@tapegrad/nn and @tapegrad/tensor take on disk": nn.onDisk + tensor.onDisk,
  }))
    if (megabytes > MOST_MEGABYTES) throw new Error(`${what} ${megabytes} MB, more than ${MOST_MEGABYTES}`);
}

/** In MB: the bytes of all files, and the blocks of 4 kB that they and their folders take, which `du` counts. */
function sizeOf(folder) {
  const stats = readdirSync(folder, { recursive: true }).map((file) => statSync(join(folder, file)));
  const held = stats.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  const blocks = stats.reduce((sum, stat) => sum + (stat.isFile() ? Math.ceil(stat.size / 4096) : 1), 1);
  return { held: held / 1e6, onDisk: (4096 * blocks) / 1e6 };
}

function run(command, args, cwd, options = {}) {
  return execFileSync(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", ...options });
}
