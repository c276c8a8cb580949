import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { Generator } from "@tapegrad/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOptions } from "../examples/cifar/options.ts";
import { pngChunk, pngFile } from "../packages/data/test/png-chunk.ts";
import { example } from "./run-example.ts";

const shared = process.env["TAPEGRAD_DATA"] ?? fileURLToPath(new URL("../../shared/data", import.meta.url));
const cifar = join(shared, "cifar10-jpg");

const train = example("train-cifar", ["--device", "wasm"]);

/** A picture of noise in which one of the colours is stronger. */
function tinted(colour: number, generator: Generator): Uint8Array {
  const rows = Array.from({ length: 32 }, () => [
    0,
    ...Array.from({ length: 96 }, (_, i) => 60 + generator.integer(100) + (i % 3 === colour ? 60 : 0)),
  ]);
  return pngFile({ width: 32, height: 32 }, [pngChunk("IDAT", deflateSync(Uint8Array.from(rows.flat())))]);
}

describe("npm run cifar", () => {
  let folder: string;
  let data: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tapegrad-cifar-"));
    data = join(folder, "pictures");
    const generator = new Generator("tinted pictures");
    for (const [split, count] of [
      ["train", 66],
      ["test", 20],
    ] as const) {
      for (const [colour, name] of ["red", "green", "blue"].entries()) {
        await mkdir(join(data, split, name), { recursive: true });
        for (let i = 0; i < count; i++) await writeFile(join(data, split, name, `${i}.png`), tinted(colour, generator));
      }
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("learns, checks its claim and writes its results", async () => {
    const json = join(folder, "results.json");
    const { code, output } = await train(["--data", data, "--epochs", "6", "--seed", "2", "--json", json]);
    expect(code, output).toBe(0);
    expect(output).toContain("resnet8: 198 pictures of 3 classes to learn from, 60 to be judged by; device wasm");
    const results = JSON.parse(await readFile(json, "utf8"));
    expect(results).toMatchObject({ model: "resnet8", device: "wasm", seed: 2, testAccuracy: expect.any(Number) });
    const losses = results.epochs.map(({ loss }: { readonly loss: number }) => loss);
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)).toBeLessThan(losses[0] / 3);
    expect(results.testAccuracy).toBe(results.epochs.at(-1).testAccuracy);
    expect(results.testAccuracy).toBeGreaterThan(0.95);
    expect(results.trainModeAccuracy).toBeLessThan(results.testAccuracy);
    for (const key of ["msPerStep", "peakRssMB"]) expect(results[key]).toBeGreaterThan(0);
    expect((await readdir(folder)).sort()).toEqual(["pictures", "results.json"]);
  });

  test("fails if the claim fails", async () => {
    // One step cannot teach it the colours.
    const { code, output } = await train(["--data", data, "--epochs", "1", "--limit", "22"]);
    expect(output).toContain("66 pictures of 3 classes to learn from, 60 to be judged by");
    expect(output).toContain("FAILS");
    expect(code).toBe(1);
  });

  test.skipIf(process.platform === "win32")("Ctrl-C ends the run with what was learned so far", async () => {
    const { code, output } = await train(["--data", data, "--epochs", "1000"], { interruptAt: "epoch 1/1000:" });
    expect(code, output).toBe(130);
    expect(output).toContain("test accuracy, eval mode");
    expect(output).not.toContain("epoch 9/1000:");
  });

  test.skipIf(!existsSync(cifar))("reads CIFAR-10's pictures", async () => {
    const { code, output } = await train(["--data", cifar, "--epochs", "1", "--limit", "10"]);
    expect(output).toContain("100 pictures of 10 classes to learn from, 100 to be judged by");
    expect(output).toMatch(/epoch 1\/1: loss 2\.\d+ · validation loss .* · accuracy/);
    expect(code).not.toBe(2);
  });

  test("other classes to be judged by than to learn from are refused with exit code 2", async () => {
    const odd = join(folder, "odd");
    for (const name of ["train/cat", "test/dog"]) {
      await mkdir(join(odd, name), { recursive: true });
      await writeFile(join(odd, name, "1.png"), new Uint8Array());
    }
    const { code, output } = await train(["--data", odd]);
    expect(output).toContain("FormatError");
    expect(output).toContain("expected the classes of train (cat), got dog");
    expect(code).toBe(2);
  });

  test.each([
    [[], "--data is missing: a folder with train and test in it"],
    [["--data", "no-such-folder"], "--data: there is no folder no-such-folder"],
    [["--data", "examples", "--epochs", "0"], '--epochs: expected a whole number of at least 1, got "0"'],
    [["--data", "examples", "--seed", "-1"], "Option '--seed' argument is ambiguous"],
    [["--data", "examples", "--limit", "0"], '--limit: expected a whole number of at least 1, got "0"'],
    [["--data", "examples", "--threads", "all"], '--threads: expected a whole number of at least 1, got "all"'],
    [["--data", "examples", "--model", "resnet9"], '--model: unknown model "resnet9"; expected one of resnet8, '],
    [["--data", "examples", "--device", "abacus"], '--device: unknown device "abacus"; expected one of auto, wasm'],
    [["--data", "examples", "--json", "none/results.json"], "--json: there is no folder none"],
    [["--data", "examples", "--resume"], "--resume: say with --run which run"],
    [["--data", "examples", "--colour", "red"], "Unknown option '--colour'"],
  ])("%s is refused", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
