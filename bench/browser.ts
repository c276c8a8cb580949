// Times the reference training steps in Chromium: tapegrad, TensorFlow.js and jax-js, each on WebAssembly in a page of its own, in turn.
//
//   npm run bench:browser -- [--workload lenet or resnet] [--rounds 3] [--steps 20] [--json FILE]
//
// The peers must be there: npm install --ignore-scripts in bench/peers.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { build, type Plugin } from "esbuild";
import { chromium } from "playwright";
import { chromiumPath, quietFlags } from "../vitest.browser.config.ts";

interface Timing {
  readonly medianMs: number;
  readonly minMs: number;
}

/** A program in a page, how many threads it is told to use, and by how much fewer steps it gets, being slower. */
interface Entry {
  readonly name: string;
  readonly file: string;
  readonly threads: number;
  readonly slowness: number;
}

const { values } = parseArgs({
  options: {
    workload: { type: "string", default: "lenet" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "20" },
    json: { type: "string" },
  },
});
const [rounds, steps] = [Number(values.rounds), Number(values.steps)];
const peers = join(import.meta.dirname, "peers");
if (values.workload !== "lenet" && values.workload !== "resnet")
  throw new Error(`--workload: expected lenet or resnet, got ${values.workload}`);
if (!existsSync(chromiumPath)) throw new Error(`there is no Chromium at ${chromiumPath}; CHROME_PATH names another`);
if (!existsSync(join(peers, "node_modules"))) throw new Error("npm install --ignore-scripts in bench/peers first");

const entries: readonly Entry[] = [
  { name: "tapegrad, 1 thread", file: "browser/tapegrad.ts", threads: 1, slowness: 1 },
  { name: "tapegrad, 2 threads", file: "browser/tapegrad.ts", threads: 2, slowness: 1 },
  { name: "TensorFlow.js wasm, 1 thread", file: "peers/tfjs.mjs", threads: 1, slowness: 2 },
  { name: "TensorFlow.js wasm, 2 threads", file: "peers/tfjs.mjs", threads: 2, slowness: 2 },
  { name: "jax-js wasm", file: "peers/jax-js.mjs", threads: 1, slowness: 10 },
];

const folder = mkdtempSync(join(tmpdir(), "tapegrad-bench-browser-"));
try {
  await bundleAll(folder);
  const timings = await race(folder);
  const least = (name: string): number => Math.min(...timings.get(name)!.map(({ medianMs }) => medianMs));
  for (const { name } of entries)
    console.log(
      `${name.padEnd(32)} ${least(name).toFixed(1).padStart(8)} ms   ${(least(name) / least(entries[0]!.name)).toFixed(1)}`,
    );
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(Object.fromEntries(timings), null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What the peers' programs need of Node, for a page. */
function inPlaceOfNode(): Plugin {
  const path = (file: string): string => join(import.meta.dirname, "browser", file);
  return {
    name: "in place of Node",
    setup({ onResolve }) {
      onResolve({ filter: /^node:module$/ }, () => ({ path: path("node-module.js") }));
      onResolve({ filter: /timing\.mjs$/ }, () => ({ path: path("timing.js") }));
    },
  };
}

async function bundleAll(outdir: string): Promise<void> {
  await build({
    entryPoints: [...new Set(entries.map(({ file }) => join(import.meta.dirname, file)))],
    outdir,
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    mainFields: ["browser", "module", "main"],
    target: "es2022",
    nodePaths: [join(peers, "node_modules")],
    plugins: [inPlaceOfNode()],
    logLevel: "error",
  });
}

/** Lets all run in turn, round by round. */
async function race(bundles: string): Promise<Map<string, Timing[]>> {
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url!, "http://page");
    const file = pathname.startsWith("/node_modules/") ? join(peers, pathname) : join(bundles, pathname);
    if (pathname !== "/" && !existsSync(file)) return response.writeHead(404).end();
    const types: Record<string, string> = { "": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
    return response
      .writeHead(200, {
        "Content-Type": types[extname(pathname)] ?? "text/plain",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      })
      .end(pathname === "/" ? "" : readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...quietFlags] });
  const timings = new Map(entries.map(({ name }) => [name, [] as Timing[]]));
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const { name, file, threads, slowness } of entries) {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${port}/`);
        const argv = ["", "", values.workload, String(threads), String(Math.max(3, Math.round(steps / slowness)))];
        const program = `/${file.replace(/^.*\//, "").replace(/\.[a-z]+$/, ".js")}`;
        // As text, since what compiles this file changes functions.
        const timing: Timing = await page.evaluate(
          `globalThis.process = { argv: ${JSON.stringify(argv)}, env: {}, exit() {} };` +
            `import("${program}").then(() => globalThis.result)`,
        );
        timings.get(name)!.push(timing);
        console.log(`round ${round}: ${name} ${timing.medianMs.toFixed(1)} ms`);
        await page.close();
      }
    }
  } finally {
    await browser.close();
    server.close();
  }
  return timings;
}
