import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import {
  ColorJitter,
  Compose,
  DataLoader,
  Normalize,
  type Picture,
  PictureFiles,
  prefetch,
  RandomCrop,
  RandomHorizontalFlip,
  ToTensor,
  type Transform,
  WorkerError,
} from "@tapegrad/data";
import { FormatError, type Generator, scope, ValueError } from "@tapegrad/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PrefetchPool } from "../src/prefetch/prefetch-pool.ts";
import { plainPng } from "./png-chunk.ts";

const count = 23;
let folder: string;
let files: { file: string; target: number }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapegrad-prefetch-"));
  files = Array.from({ length: count }, (_, i) => ({ file: join(folder, `${i}.png`), target: i }));
  for (const { file, target } of files) await writeFile(file, plainPng(4, 4, [10 * target, 255 - target, 7]));
});
afterAll(() => rm(folder, { recursive: true }));

/** Darkens at random; not known to other threads. */
class Shade implements Transform<Picture, Picture> {
  apply(picture: Picture, generator: Generator): Picture {
    const factor = generator.next();
    return { ...picture, data: picture.data.map((level) => level * factor) };
  }
}

const portable = new Compose([
  new RandomCrop(4, { padding: 2 }),
  new RandomHorizontalFlip(),
  new ColorJitter({ brightness: 0.5, hue: 0.3 }),
  new ToTensor(),
]);
const own = new Compose([
  new RandomCrop(4, { padding: 2 }),
  new Shade(),
  new RandomHorizontalFlip(),
  new ToTensor(),
  new Normalize([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
]);

/** Everything that two shuffled epochs bring. */
async function epochs(dataset: PictureFiles): Promise<number[][]> {
  const loader = new DataLoader(dataset, { batchSize: 5, shuffle: true, seed: 3 });
  const seen: number[][] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    for await (const { inputs, targets } of prefetch(loader))
      seen.push([...(await targets.data()), ...(await inputs.data())]);
  }
  return seen;
}

describe("pictures from threads", () => {
  test.each([
    ["tapegrad's transforms", portable],
    ["a transform of one's own among them", own],
  ])("are the same for any number of threads, with %s", async (_, transform) => {
    const alone = await epochs(new PictureFiles(files, { transform, workers: 0, seed: "s" }));
    expect(alone.length).toBe(10);
    for (const workers of [1, 3]) {
      const dataset = new PictureFiles(files, { transform, workers, seed: "s" });
      expect(await epochs(dataset)).toEqual(alone);
      await dataset.close();
    }
  });

  test("change from epoch to epoch and from seed to seed, and come again when an epoch is repeated", async () => {
    const dataset = new PictureFiles(files, { transform: portable, workers: 1 });
    const first = await dataset.get(4, 0);
    expect(await dataset.get(4, 0)).toEqual(first);
    expect(await dataset.get(4, 1)).not.toEqual(first);
    const other = new PictureFiles(files, { transform: portable, workers: 0, seed: 1 });
    expect(await other.get(4, 0)).not.toEqual(first);
    await dataset.close();
  });

  test("a subclass of a known transform is not mistaken for it", async () => {
    class NeverFlip extends RandomHorizontalFlip {
      override apply(picture: Picture): Picture {
        return picture;
      }
    }
    await writeFile(join(folder, "two.png"), plainPng(1, 1, [1, 2, 3]));
    const transform = new Compose([
      new RandomCrop([1, 2], { padding: [0, 0, 1, 0] }),
      new NeverFlip(1),
      new ToTensor(),
    ]);
    const dataset = new PictureFiles([{ file: join(folder, "two.png"), target: 0 }], { transform, workers: 1 });
    expect((await dataset.get(0)).input.values[0]).toBeCloseTo(1 / 255);
    await dataset.close();
  });

  test("a damaged picture is refused by name, and the next ones come", async () => {
    const damaged = join(folder, "damaged.png");
    await writeFile(damaged, plainPng(4, 4, [0, 0, 0]).subarray(0, 50));
    const dataset = new PictureFiles([...files, { file: damaged, target: 0 }], { workers: 2 });
    const error: unknown = await dataset.getBatch([0, count, 1]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ file: damaged, reason: expect.stringContaining("truncated") });
    expect((await dataset.getBatch([0, 1])).inputs.shape).toEqual([2, 3, 4, 4]);
    await dataset.close();
  });

  test("a transform's refusal keeps its class", async () => {
    const dataset = new PictureFiles(files, {
      transform: new Compose([new RandomCrop(9), new ToTensor()]),
      workers: 1,
    });
    const error: unknown = await dataset.get(0).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValueError);
    expect((error as Error).message).toContain("is smaller than 9×9");
    await dataset.close();
  });

  test("a thread that dies fails what it had, and another takes its place", async () => {
    const started: Worker[] = [];
    const note = (worker: Worker): unknown => started.push(worker);
    process.on("worker", note);
    const dataset = new PictureFiles(files, { workers: 1 });
    const lost = dataset.getBatch([0, 1, 2]).catch((error: unknown) => error);
    // Threads are announced a turn later than they are made.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("worker", note);
    await started[0]!.terminate();
    expect(await lost).toBeInstanceOf(WorkerError);
    expect(await lost).toMatchObject({
      message: expect.stringContaining("a thread that loads pictures died (exit code"),
    });
    expect((await dataset.getBatch([0, 1, 2])).targets.shape).toEqual([3]);
    await dataset.close();
  });

  test("threads end once nobody can ask any more, after what they owe", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    let running = 0;
    const count = (worker: Worker): void => {
      running++;
      worker.once("exit", () => running--);
    };
    process.on("worker", count);
    const last = await (async () => {
      const dataset = new PictureFiles(files, { workers: 2 });
      await dataset.getBatch([0, 1, 2, 3]);
      return dataset.getBatch([4, 5]);
    })();
    expect([...(await last.targets.data())]).toEqual([4, 5]);
    expect(running).toBe(2);
    for (let i = 0; i < 200 && running > 0; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.off("worker", count);
    expect(running).toBe(0);
  });

  test("a thread that cannot start says why", async () => {
    const pool = new PrefetchPool(1, { specs: [{ name: "Sharpen", options: [] }], limits: {} });
    await expect(pool.load([{ file: files[0]!.file, seed: "" }])).rejects.toThrow("unknown transform Sharpen");
  });

  test("closing fails what is under way", async () => {
    const dataset = new PictureFiles(files, { workers: 1 });
    const loading = expect(dataset.getBatch([0, 1])).rejects.toThrow("closed before the pictures were loaded");
    await dataset.close();
    await loading;
  });

  test("many requests at once wait their turn and all come", async () => {
    const dataset = new PictureFiles(files, { workers: 2 });
    const samples = await Promise.all(Array.from({ length: 300 }, (_, i) => dataset.get(i % count)));
    expect(samples.map(({ target }) => target)).toEqual(Array.from({ length: 300 }, (_, i) => i % count));
    await dataset.close();
  });
});

describe("threads that cannot be had", () => {
  test("are done without where Node may not start workers", async () => {
    Object.defineProperty(process, "permission", { value: { has: () => false }, configurable: true });
    try {
      const { targets } = await new PictureFiles(files).getBatch([0, 1, 2]);
      expect(Array.from(await targets.data())).toEqual([0, 1, 2]);
    } finally {
      Reflect.deleteProperty(process, "permission");
    }
  });

  test("fail the requests that wait for them, and no later ones", async () => {
    const threads = process.getBuiltinModule("node:worker_threads");
    const { Worker } = threads;
    const dataset = new PictureFiles(files, { workers: 1 });
    threads.Worker = function () {
      throw new Error("no memory");
    } as unknown as typeof Worker;
    try {
      const refused = dataset.get(0);
      await expect(refused).rejects.toThrow(WorkerError);
      await expect(refused).rejects.toThrow("could not be started (no memory)");
    } finally {
      threads.Worker = Worker;
    }
    expect((await dataset.get(1)).target).toBe(1);
    await dataset.close();
  });
});

describe("threads in a program of its own", () => {
  const run = promisify(execFile);
  const tsx = createRequire(import.meta.url).resolve("tsx/cli");
  const program = `
    import { PictureFiles } from "@tapegrad/data";
    const files = ${"__FILES__"};
    const dataset = new PictureFiles(files, { workers: 2 });
    const { targets } = await dataset.getBatch([0, 1, 2, 3]);
    console.log(Array.from(await targets.data()).join());
    void dataset.getBatch([4, 5]).catch(() => undefined);
  `;

  test("run from TypeScript under tsx, and let the program end without being closed", async () => {
    const file = fileURLToPath(new URL(`./ends-by-itself-${process.pid}.mts`, import.meta.url));
    await writeFile(file, program.replace("__FILES__", JSON.stringify(files)));
    const { stdout } = await run(process.execPath, [tsx, file], { timeout: 50_000 }).finally(() => rm(file));
    expect(stdout.trim()).toBe("0,1,2,3");
  });
});

describe("prefetch", () => {
  async function* numbers(log: string[], length = 6): AsyncGenerator<number> {
    try {
      for (let i = 0; i < length; i++) {
        log.push(`make ${i}`);
        yield i;
      }
    } finally {
      log.push("ended");
    }
  }

  test("keeps order and contents, and is at most `depth` ahead", async () => {
    const log: string[] = [];
    const seen: number[] = [];
    for await (const i of prefetch(numbers(log), { depth: 2 })) {
      seen.push(i);
      expect(log.filter((line) => line.startsWith("make")).length).toBeLessThanOrEqual(i + 3);
      if (i < 3) expect(log).toContain(`make ${i + 2}`);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("ends its source when the loop is left", async () => {
    const log: string[] = [];
    for await (const i of prefetch(numbers(log))) if (i === 1) break;
    expect(log.at(-1)).toBe("ended");
    expect(log).not.toContain("make 5");
  });

  test("throws an error when its batch is due, not before", async () => {
    const seen: number[] = [];
    async function* failing(): AsyncGenerator<number> {
      yield 0;
      yield 1;
      throw new RangeError("no more");
    }
    await expect(
      (async () => {
        for await (const i of prefetch(failing(), { depth: 4 })) {
          seen.push(i);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })(),
    ).rejects.toThrow(new RangeError("no more"));
    expect(seen).toEqual([0, 1]);
  });

  test("batches made while a step's scope is open outlive it", async () => {
    const dataset = new PictureFiles(files, { workers: 1 });
    let batches = 0;
    for await (const { targets } of prefetch(new DataLoader(dataset, { batchSize: 4 }), { depth: 1 })) {
      await scope(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
      expect((await targets.data())[0]).toBe(4 * batches++);
    }
    expect(batches).toBe(6);
    await dataset.close();
  });

  test("has asked for the next batch before the loop's next, perhaps long, computation", async () => {
    let asked = 0;
    const note = (worker: Worker): void => {
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message) => {
        asked++;
        post(message);
      };
    };
    process.on("worker", note);
    const dataset = new PictureFiles(files, { workers: 1 });
    // The first request comes before the thread is announced.
    await dataset.get(0);
    process.off("worker", note);
    asked = 0;
    let batches = 0;
    for await (const _ of prefetch(new DataLoader(dataset, { batchSize: 1 }))) {
      batches++;
      expect(asked).toBeGreaterThanOrEqual(Math.min(count, batches + 1));
      expect(asked).toBeLessThanOrEqual(batches + 2);
    }
    expect(asked).toBe(count);
    await dataset.close();
  });

  test("refuses a depth that is not a positive integer", () => {
    expect(() => prefetch(numbers([]), { depth: 0 })).toThrow(ValueError);
  });
});

const shared = process.env["TAPEGRAD_DATA"] ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const cifar = join(shared, "cifar10-jpg", "test", "cat");
describe.skipIf(!existsSync(cifar))(`JPEGs (skipped without ${cifar})`, () => {
  test("are decoded in threads as on the calling one", async () => {
    const { readdir } = await import("node:fs/promises");
    await mkdir(folder, { recursive: true });
    const pictures = (await readdir(cifar)).slice(0, 40).map((name) => ({ file: join(cifar, name), target: 3 }));
    const threads = new PictureFiles(pictures, { workers: 2 });
    const alone = new PictureFiles(pictures, { workers: 0 });
    const all = pictures.map((_, i) => i);
    expect(await (await threads.getBatch(all)).inputs.data()).toEqual(await (await alone.getBatch(all)).inputs.data());
    await threads.close();
  });
});
