import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "node:worker_threads";
import {
  DeviceError,
  matmul,
  randn,
  setThreads,
  useDevice,
  ValueError,
  manualSeed,
  conv2d,
  sum,
} from "@tapegrad/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { engine } from "../src/devices/wasm/engine.ts";
import { elementwiseModule } from "../src/devices/wasm/generated/elementwise.ts";
import { compile, instantiate } from "../src/devices/wasm/instantiate.ts";
import { LinearMemory } from "../src/devices/wasm/memory.ts";
import { ThreadPool } from "../src/devices/wasm/threads.ts";

const tsx = fileURLToPath(import.meta.resolve("tsx/cli"));

describe("threads of the wasm device", () => {
  beforeAll(() => useDevice("wasm"));

  test("refuse a count that is not a positive integer", () => {
    for (const count of [0, -1, 1.5, NaN, Infinity]) expect(() => setThreads(count)).toThrow(ValueError);
  });

  test("compute the same bits for any count", async () => {
    const results: number[][] = [];
    for (const count of [1, 2, 3, 5]) {
      setThreads(count);
      manualSeed(3);
      const product = matmul(randn([151, 97]), randn([97, 203]));
      const image = conv2d(randn([9, 3, 23, 19]), randn([8, 3, 3, 3]), null, { padding: 1 });
      results.push([...(await product.data()), ...(await image.data()), await sum(image).item()]);
    }
    for (const each of results) expect(each).toEqual(results[0]);
  });

  test("never keep the process alive", () => {
    const program = `
      import { matmul, randn, setThreads } from "@tapegrad/tensor";
      setThreads(3);
      console.log(matmul(randn([300, 300]), randn([300, 300])).dataSync().length);
    `;
    const { status, stdout, error } = spawnSync(process.execPath, [tsx, "--input-type=module", "-e", program], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(error).toBeUndefined();
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: "90000" });
  });

  test("that fail surface as an error, and the next call works", async () => {
    const { memory } = new LinearMemory();
    const pool = new ThreadPool(engine, memory, 3, compile);
    const { unary } = instantiate(compile(elementwiseModule), memory, 0);
    const ones = [0, 1 << 20, 1 << 20, 0, 0];
    // Opcode 31 does not exist: every thread that takes a piece traps.
    expect(() => pool.run(elementwiseModule, "unary", unary!, 1 << 16, 4, [31, ...ones.slice(1)])).toThrow();
    expect(() => pool.run(elementwiseModule, "unary", unary!, 1 << 16, 4, ones)).not.toThrow();
    pool.destroy();
  });

  test("that die are reported by the next call, and replaced for the one after", async () => {
    const threads = process.getBuiltinModule("node:worker_threads");
    const { Worker } = threads;
    const workers: InstanceType<typeof Worker>[] = [];
    threads.Worker = class extends Worker {
      constructor(program: string | URL, options?: WorkerOptions) {
        super(program, options);
        workers.push(this);
      }
    };
    const { memory } = new LinearMemory();
    const pool = new ThreadPool(engine, memory, 2, compile);
    const { unary } = instantiate(compile(elementwiseModule), memory, 0);
    const run = (): void => pool.run(elementwiseModule, "unary", unary!, 1 << 16, 4, [0, 1 << 20, 1 << 20, 0, 0]);
    try {
      run();
      expect(workers).toHaveLength(1);
      await workers[0]!.terminate();
      expect(run).toThrow(DeviceError);
      expect(run).not.toThrow();
      expect(workers).toHaveLength(2);
    } finally {
      pool.destroy();
      threads.Worker = Worker;
    }
  });
});
