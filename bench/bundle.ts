// Makes JavaScript of a benchmark and of the packages that it uses, as users of published packages run it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { nodeBundle } from "../scripts/node-bundle.ts";

const folder = join(import.meta.dirname, ".bundles");

/** Path of the bundle of `bench/NAME.ts`. What is imported on demand stays in files of its own. */
export async function bundle(...names: readonly string[]): Promise<(name: string) => string> {
  rmSync(folder, { recursive: true, force: true });
  await build({
    ...nodeBundle,
    entryPoints: names.map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    logLevel: "error",
  });
  return (name) => join(folder, `${name}.mjs`);
}
