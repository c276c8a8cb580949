// Writes the tarball of every package, as it would be published: npm run pack -- --to DIR
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { writeFacades } from "./exports.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packs every package that is published into `folder`; gives the paths of the tarballs by name. */
export function packAll(folder) {
  mkdirSync(folder, { recursive: true });
  const packages = readdirSync(join(root, "packages")).filter((name) => !manifestOf(name).private);
  // What was built of sources that are gone would be packed too.
  for (const name of packages) rmSync(join(root, "packages", name, "dist"), { recursive: true, force: true });
  run(process.execPath, ["node_modules/typescript/bin/tsc", "--build", "--force"]);
  for (const name of packages) writeFacades(name);
  const manifests = packages.map(manifestOf);
  const chosen = manifests.map(({ name }) => `--filter=${name}`);
  run("npx", [
    "--yes",
    "pnpm@10.34.9",
    "--config.ignore-scripts=true",
    ...chosen,
    "pack",
    "--pack-destination",
    folder,
  ]);
  return Object.fromEntries(
    manifests.map(({ name, version }) => [name, join(folder, `${name.slice(1).replace("/", "-")}-${version}.tgz`)]),
  );
}

/** A project in a new folder with the tarballs installed and the programs of `check-packages/` in it; gives the folder. */
export function createProject(folder, tarballs) {
  cpSync(join(root, "scripts/check-packages"), folder, { recursive: true });
  const dependencies = Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]));
  const jest = { testMatch: ["**/*.jest.js"], transform: {}, testTimeout: 30_000 };
  const manifest = { private: true, type: "module", dependencies, overrides: dependencies, jest };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  return folder;
}

function manifestOf(name) {
  return JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
}

function run(command, args, cwd = root) {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { to: { type: "string" } } });
  if (values.to === undefined) {
    console.error("expected a folder: npm run pack -- --to DIR");
    process.exit(2);
  }
  for (const tarball of Object.values(packAll(resolve(values.to)))) console.log(tarball);
}
