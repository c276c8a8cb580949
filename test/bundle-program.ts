import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { nodeBundle } from "../scripts/node-bundle.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Makes one file of a program and of the workspace's packages, as a bundler does, but for what the program loads later. It starts in
 * a tenth of the time that a program of hundreds of TypeScript files takes. Packages are found from `folder`, so that a program
 * imports only what it may.
 *
 * @param out the file that is written, beside others.
 */
export async function bundleProgram(code: string, folder: string, out: string): Promise<void> {
  await bundlePrograms(new Map([[basename(out, ".mjs"), code]]), folder, dirname(out));
}

/**
 * Makes files of many programs as `bundleProgram` does of one, in little more than its time: what they share is read once.
 *
 * @param programs by the paths of their files within `out`, without ".mjs".
 */
export async function bundlePrograms(
  programs: ReadonlyMap<string, string>,
  folder: string,
  out: string,
): Promise<void> {
  const given: Plugin = {
    name: "programs",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^program:/ }, ({ path }) => ({ path: path.slice("program:".length), namespace: "program" }));
      onLoad({ filter: /./, namespace: "program" }, ({ path }) => ({
        contents: programs.get(path)!,
        resolveDir: folder,
        loader: "ts",
      }));
    },
  };
  await build({
    ...nodeBundle,
    entryPoints: [...programs.keys()].map((path) => ({ in: `program:${path}`, out: path })),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    external: [...nodeBundle.external, "vitest"],
    plugins: [given, ownPlaces],
    logLevel: "silent",
  });
}

/** Sources that look for files beside themselves go on finding them. */
const ownPlaces: Plugin = {
  name: "own places",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const code = await readFile(path, "utf8");
      if (!path.startsWith(root) || !code.includes("import.meta.")) return null;
      const contents = code
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path)))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
      return { contents, loader: "ts" };
    });
  },
};
