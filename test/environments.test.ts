// Engines and processes that lack something: each device works there or says what it lacks.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeBundle } from "../scripts/node-bundle.ts";

const program = `
import { matmul, ones, setThreads, sum, useDevice, withDevice, deviceReport } from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";

const wanted = process.argv.slice(2);
const results = {};
async function attempt(name, run) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  try {
    results[name] = await run();
  } catch (error) {
    results[name] = error.constructor.name + ": " + error.message;
  }
}
await attempt("default", () => sum(ones([100_000])).item());
await attempt("float64", () => withDevice(new Float64Device(), () => sum(ones([100_000])).itemSync()));
await attempt("product", () => matmul(ones([200, 200]), ones([200, 200])).dataSync()[39_999]);
await attempt("threads", () => deviceReport().threads);
await attempt("setThreads(4)", () => setThreads(4));
await attempt("4 threads", () => matmul(ones([300, 300]), ones([300, 300])).dataSync()[0]);
await attempt("setThreads(1)", () => setThreads(1));
await attempt("1 thread", () => matmul(ones([300, 300]), ones([300, 300])).dataSync()[0]);
await attempt("garbage", async () => {
  let total = 0;
  for (let i = 0; i < 20; i++) {
    Array.from({ length: 50_000 }, (_, k) => ({ k }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    total += await ones([1]).item();
  }
  return total;
});
for (const name of ["wasm", "gpu:cpu", "auto"])
  await attempt(name, async () => (await useDevice(name)).name + " " + (await sum(ones([1000])).item()));
console.log(JSON.stringify(results));
`;
const works = { default: 100_000, float64: 100_000, product: 200, "1 thread": 300 };
const devices = { wasm: "wasm 1000", "gpu:cpu": "gpu:cpu 1000" };

describe("a process", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tapegrad environments "));
    await build({
      ...nodeBundle,
      stdin: { contents: program, resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
      outfile: join(folder, "program.mjs"),
      logLevel: "error",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What the program computes under these options of Node, and before it in the same process, `setUp`. */
  function resultsIn(flags: readonly string[], setUp = ""): Record<string, unknown> {
    writeFileSync(join(folder, "set-up.mjs"), setUp);
    return resultsOf(process.execPath, [...flags, "--import", "./set-up.mjs", "program.mjs"]);
  }

  function resultsOf(command: string, args: readonly string[]): Record<string, unknown> {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", timeout: 50_000 });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, unknown>;
  }

  test("without WebAssembly has gpu:cpu and float64", () => {
    const refused = expect.stringMatching(/^DeviceError: wasm: this engine has no WebAssembly/);
    expect(resultsIn(["--jitless"])).toMatchObject({
      default: refused,
      float64: 100_000,
      wasm: refused,
      "gpu:cpu": "gpu:cpu 1000",
      auto: refused,
    });
  });

  test("that may not compile WebAssembly is told so", () => {
    const setUp = `WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError("refused"); } };`;
    const refused = expect.stringMatching(/^DeviceError: wasm: .*'wasm-unsafe-eval': refused/);
    expect(resultsIn([], setUp)).toMatchObject({ default: refused, float64: 100_000, wasm: refused });
  });

  test("that may not start workers computes on one thread", () => {
    const permission = process.allowedNodeEnvironmentFlags.has("--permission")
      ? "--permission"
      : "--experimental-permission";
    expect(resultsIn([permission, "--allow-fs-read=*"])).toMatchObject({
      ...works,
      ...devices,
      threads: 1,
      "setThreads(4)": expect.stringMatching(/^DeviceError: setThreads: 4 threads .*may not start workers/),
    });
  });

  test("without SharedArrayBuffer computes on one thread", () => {
    expect(resultsIn([], "delete globalThis.SharedArrayBuffer;")).toMatchObject({
      ...works,
      ...devices,
      threads: 1,
      "setThreads(4)": "DeviceError: setThreads: 4 threads cannot be had, since this engine lacks SharedArrayBuffer",
    });
  });

  test("in which workers cannot be started is told so, and computes on one thread", () => {
    const setUp = `process.getBuiltinModule("node:worker_threads").Worker = class { constructor() { throw new Error("EAGAIN"); } };`;
    expect(resultsIn([], setUp)).toMatchObject({
      "4 threads": "DeviceError: wasm: of 4 threads, not all could be started (EAGAIN); setThreads(1) does without",
      "1 thread": 300,
      ...devices,
    });
  });

  test("whose engine takes no flags, as in Bun, computes although it collects nothing", () => {
    const setUp = `process.getBuiltinModule("node:v8").setFlagsFromString = () => { throw new Error("not implemented"); };`;
    expect(resultsIn([], setUp)).toMatchObject({ ...works, ...devices, garbage: 20 });
  });

  test("that may not read its environment, as in Deno, works without", () => {
    const setUp = `
      const refused = (name) => { if (name.startsWith("TAPEGRAD_")) throw new Error("NotCapable: " + name); };
      const env = new Proxy(process.env, { get: (env, name) => refused(String(name)) ?? env[name] });
      Object.defineProperty(process, "env", { value: env });
    `;
    expect(resultsIn([], setUp)).toMatchObject({ ...works, ...devices });
  });

  test.runIf(process.platform === "linux")("with few addresses makes do with them, or is told so", () => {
    // Node itself takes one to six GiB, by its version; WebAssembly wants ten more, or four.
    const limited = ["-c", 'ulimit -v 9000000 && exec "$0" "$@"', process.execPath, "program.mjs", "wasm", "gpu:cpu"];
    const results = resultsOf("sh", limited);
    expect(results["gpu:cpu"]).toBe("gpu:cpu 1000");
    expect(results["wasm"]).toMatch(/^wasm 1000$|^DeviceError: wasm: this process cannot reserve/);
  });
});
