// Bundles programs from the packed packages with rollup, vite, webpack and esbuild, which must have nothing to say, and runs
// what vite made in Chromium, served with and without the headers that matter. Exit status 2 if there is no Chromium.
//
//   npm run check-browsers
//
// The bundlers are installed into node_modules/.cache/bundlers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright";
import { chromiumPath, collectFlag, quietFlags, softwareFlags } from "../vitest.browser.config.ts";
import { createProject, packAll } from "./pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules/.cache/bundlers");
const bundlers = {
  rollup: "4.68.8",
  "@rollup/plugin-node-resolve": "16.0.3",
  "@rollup/plugin-commonjs": "29.0.3",
  vite: "8.4.0",
  webpack: "5.113.0",
  esbuild: "0.28.2",
};
/** A name inside gpu.js that no minifier changes. */
const MARK_OF_GPU_JS = "combineKernels";

const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const strict = "script-src 'self' 'wasm-unsafe-eval'";

/** A bundler, fetched from the registry if it is not there. */
async function load(name) {
  if (!existsSync(join(cache, "node_modules", name))) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, "package.json"), JSON.stringify({ private: true, dependencies: bundlers }));
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: cache, stdio: "inherit" });
  }
  const require = createRequire(join(cache, "package.json"));
  const module = await import(pathToFileURL(require.resolve(name)));
  return module.default ?? module;
}

/** Bundles all packages with every bundler, and the page with vite. Their warnings are failures. */
async function bundle(app) {
  const entry = join(app, "everything.js");
  const { version: _, ...vite } = await import(pathToFileURL(join(await folderOf("vite"), "dist/node/index.js")));
  const build = {
    async rollup() {
      const warnings = [];
      const [{ rollup }, nodeResolve, commonjs] = await Promise.all([
        load("rollup"),
        load("@rollup/plugin-node-resolve"),
        load("@rollup/plugin-commonjs"),
      ]);
      const plugins = [nodeResolve({ browser: true }), commonjs()];
      const made = await rollup({ input: entry, plugins, onwarn: ({ message }) => warnings.push(message) });
      await made.write({ dir: join(app, "out/rollup"), format: "es" });
      return warnings;
    },
    async vite() {
      const input = { rolldownOptions: { input: entry } };
      return buildWithVite(vite, app, { outDir: "out/vite", ...input });
    },
    async webpack() {
      const webpack = await load("webpack");
      const output = { path: join(app, "out/webpack") };
      const options = { context: app, entry, output, mode: "production", optimization: { minimize: false } };
      const stats = await new Promise((resolve, reject) => {
        webpack({ ...options, performance: { hints: false } }, (error, made) =>
          error ? reject(error) : resolve(made),
        );
      });
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      return [...errors, ...warnings].map(({ message }) => message);
    },
    async esbuild() {
      const { build: run } = await load("esbuild");
      const options = { bundle: true, minify: true, format: "esm", splitting: true, logLevel: "silent" };
      const { errors, warnings } = await run({ ...options, entryPoints: [entry], outdir: join(app, "out/esbuild") });
      return [...errors, ...warnings].map(({ text }) => text);
    },
  };
  for (const [name, run] of Object.entries(build)) {
    assert.deepEqual(await run(), [], `${name} warns`);
    const marked = chunks(join(app, "out", name)).filter(({ text }) => text.includes(MARK_OF_GPU_JS));
    assert.equal(marked.length, 1, `${name}: gpu.js must be in one chunk`);
    assert(!marked[0].text.includes("kaimingUniform"), `${name}: gpu.js must be in a chunk of its own`);
    console.log(`${name} ${bundlers[name]}: no warnings; gpu.js is in a chunk of its own`);
  }
  const page = { outDir: "out/page", rolldownOptions: { input: join(app, "index.html") } };
  assert.deepEqual(await buildWithVite(vite, app, page), [], "vite warns of the page");
}

async function folderOf(name) {
  await load("rollup");
  return join(cache, "node_modules", name);
}

async function buildWithVite({ build, createLogger }, app, options) {
  const warnings = [];
  const logger = createLogger("warn");
  logger.warn = (message) => warnings.push(message);
  logger.warnOnce = logger.warn;
  // The size of gpu.js is no news, nor that plugins take long on a busy machine.
  const rolldownOptions = { ...options.rolldownOptions, checks: { bundlerTimings: false } };
  const settings = { chunkSizeWarningLimit: 2000, ...options, rolldownOptions };
  await build({
    root: app,
    base: "./",
    configFile: false,
    customLogger: logger,
    logLevel: "warn",
    build: settings,
    worker: { format: "es" },
  });
  return warnings;
}

function chunks(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".js"))
    .map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
}

/** Runs the page under the headers that browsers look at. */
async function check(folder) {
  const args = [...quietFlags, ...softwareFlags, collectFlag];
  const browser = await chromium.launch({ executablePath: chromiumPath, args });
  try {
    await visit(browser, folder, isolated, async ({ here, inWorker, requests }) => {
      const opened = await here({ task: "open", device: "wasm" });
      const processors = Math.min(16, await here({ task: "processors" }).then(({ count }) => count));
      assert.equal(opened.threads, processors);
      const { first } = await here({ task: "time", threads: processors, steps: 1 });
      console.log(`the first step of 64 digits takes ${ms(first)}`);
      console.log(`wasm opens with ${opened.threads} threads; the page was held up for ${ms(opened.longest)} at most`);
      const { accuracy, losses } = await here({ task: "learn", count: 3000, epochs: 4 });
      console.log(`LeNet after ${losses.length} steps: ${accuracy * 100}% of unseen digits`);
      assert(accuracy >= 0.95, `LeNet recognises ${accuracy * 100}% only`);
      for (const [where, perform] of Object.entries({ page: here, Worker: inWorker })) {
        const one = await perform({ task: "time", threads: 1, steps: 100 });
        const two = await perform({ task: "time", threads: 2, steps: 100 });
        assert.equal(two.running, 2);
        assert.deepEqual(two.losses, one.losses, "two threads compute other bits than one");
        console.log(
          `a step of 64 digits in a ${where}: ${ms(one.best)} on one thread, ${ms(two.best)} on two (${(one.best / two.best).toFixed(2)} times as fast)`,
        );
      }
      const { halfway, end, reserved } = await here({ task: "remember", steps: 2000 });
      console.log(`1,000 steps leave ${mb(halfway)}, 2,000 leave ${mb(end)}, and reserve ${mb(reserved)}`);
      assert(end - halfway < 2 ** 12, "memory grows");
      assert(reserved <= 2 ** 26, "garbage piles up");
      assert.deepEqual(requests.filter((text) => text.includes(MARK_OF_GPU_JS)).length, 0, "gpu.js was loaded unasked");
      const { losses: expected } = await here({ task: "follow", device: "wasm", steps: 5 });
      for (const device of ["gpu:webgl2", "gpu:webgpu"]) {
        const { losses: got, error, message } = await here({ task: "follow", device, steps: 5 });
        assert.equal(error, undefined, message);
        for (const [i, loss] of got.entries()) assert(Math.abs(loss / expected[i] - 1) < 1e-3, `${device}: ${got}`);
        console.log(`five steps on ${device} have the losses of wasm`);
      }
    });
    await visit(browser, folder, {}, async ({ here }) => {
      const { threads, threadsReason } = await here({ task: "open", device: "wasm" });
      assert.equal(threads, 1);
      assert.match(threadsReason, /not cross-origin isolated.*Cross-Origin-Opener-Policy/);
      console.log("a page that is not isolated has one thread, and is told why");
    });
    await visit(browser, folder, { ...isolated, ...policy(`${strict}; worker-src 'self' blob:`) }, async ({ here }) => {
      const { threads } = await here({ task: "time", threads: 2, steps: 2 });
      assert.equal((await here({ task: "open", device: "wasm" })).threads, 2, threads);
      console.log(`${strict} and worker-src blob: suffice for threads`);
    });
    await visit(browser, folder, { ...isolated, ...policy(strict) }, async ({ here }) => {
      const { threads, threadsReason } = await here({ task: "open", device: "wasm" });
      assert.equal(threads, 1);
      assert.match(threadsReason, /worker-src blob:/);
      const { losses } = await here({ task: "learn", count: 100, epochs: 1 });
      assert.equal(losses.length, 2);
      const gpu = await here({ task: "open", device: "gpu:cpu" });
      assert.equal(gpu.error, "DeviceError");
      assert.match(gpu.message, /unsafe-eval/);
      console.log(`${strict} suffices for one thread; gpu.js says that it needs 'unsafe-eval'`);
    });
    await visit(browser, folder, policy("script-src 'self'"), async ({ here }) => {
      const { error, message } = await here({ task: "open", device: "wasm" });
      assert.equal(error, "DeviceError");
      assert.match(message, /'wasm-unsafe-eval'/);
      console.log("without 'wasm-unsafe-eval' wasm is a DeviceError that says so");
    });
  } finally {
    await browser.close();
  }
}

const policy = (text) => ({ "Content-Security-Policy": text });
const ms = (time) => `${time.toFixed(1)} ms`;
const mb = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** Serves a folder with these headers, opens it, and lets `use` perform tasks there. */
async function visit(browser, folder, headers, use) {
  const requests = [];
  const types = { ".html": "text/html", ".js": "text/javascript" };
  const server = createServer(({ url }, response) => {
    const path = join(folder, new URL(url, "http://page").pathname.replace(/\/$/, "/index.html"));
    if (!existsSync(path)) return response.writeHead(404).end();
    const content = readFileSync(path);
    requests.push(content.toString());
    return response.writeHead(200, { "Content-Type": types[extname(path)] ?? "text/plain", ...headers }).end(content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => "performInWorker" in globalThis);
    const caller = (name) => (task) => page.evaluate(([fn, arg]) => globalThis[fn](arg), [name, task]);
    await use({ here: caller("performHere"), inWorker: caller("performInWorker"), requests });
  } finally {
    await page.close();
    server.close();
  }
}

const work = mkdtempSync(join(tmpdir(), "tapegrad-browsers-"));
try {
  const app = createProject(join(work, "app"), packAll(join(work, "tarballs")));
  cpSync(join(root, "scripts/check-browsers"), app, { recursive: true });
  await bundle(app);
  if (existsSync(chromiumPath)) await check(join(app, "out/page"));
  else {
    console.error(`check-browsers: there is no Chromium at ${chromiumPath}, so that nothing was run in it`);
    process.exitCode = 2;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
