import { readFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runExample } from "./run-example.ts";

const train = (args: readonly string[], interruptAt?: string) => runExample("train-digits.ts", args, interruptAt);

describe("npm start", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tapegrad-train-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("learns what the README says, checks its claim and writes its results", { timeout: 240_000 }, async () => {
    const json = join(folder, "results.json");
    const { code, output } = await train(["--device", "wasm", "--json", json]);
    expect(code, output).toBe(0);
    const results = JSON.parse(await readFile(json, "utf8"));
    expect(results).toMatchObject({ device: "wasm", reason: "wasm was asked for", seed: 0, epochs: { length: 5 } });
    expect(results.testAccuracy).toBe(results.epochs[4].testAccuracy);
    // Relaxed SIMD, from Node 22 on, rounds otherwise, and so trains another network.
    const slack = Number(process.versions.node.split(".")[0]) < 22 ? 0.05 : 3;
    const told = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const percent = (row: string): number => Number(new RegExp(`^\\| ${row} \\| (.*)% \\|$`, "m").exec(told)![1]);
    expect(Math.abs(100 * results.testAccuracy - percent("eval mode"))).toBeLessThanOrEqual(slack);
    expect(Math.abs(100 * results.trainModeAccuracy - percent("train mode, one image at a time"))).toBeLessThanOrEqual(
      slack,
    );
    for (const key of ["msPerStep", "peakRssMB"]) expect(results[key]).toBeGreaterThan(0);
    expect(await readdir(folder)).toEqual(["results.json"]);
  });

  test("fails if the claim fails", async () => {
    // So few, so large steps cannot learn the digits.
    const { code, output } = await train(["--epochs", "1", "--device", "wasm", "--batch-size", "3000"]);
    expect(output).toContain("FAILS");
    expect(code).toBe(1);
  });

  test.skipIf(process.platform === "win32")("Ctrl-C ends the run with what was learned so far", async () => {
    const json = join(folder, "interrupted.json");
    const { code, output } = await train(["--epochs", "1000", "--device", "wasm", "--json", json], "epoch 1:");
    expect(code, output).toBe(130);
    expect(output).toContain("test accuracy, eval mode");
    expect(output).toContain("stopped after");
    expect(JSON.parse(await readFile(json, "utf8")).epochs.length).toBeLessThan(10);
  });

  test.each([
    [["--epochs", "0"], '--epochs: expected a whole number of at least 1, got "0"'],
    [["--seed", "1.5"], '--seed: expected a whole number of at least 0, got "1.5"'],
    [["--device", "abacus"], '--device: unknown device "abacus"; expected one of auto, wasm'],
    [["--data", "no-such-folder"], "--data: there is no folder no-such-folder"],
    [
      ["--data", "examples"],
      "FormatError: examples: found neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz",
    ],
    [["--json", "no-such-folder/results.json"], "--json: there is no folder no-such-folder"],
    [["--batch-size", "7000"], "dropLast leaves nothing of 6000 examples in batches of 7000"],
    [["--colour", "red"], "Unknown option '--colour'"],
  ])("%s is refused with a message and exit code 2", async (args, message) => {
    const { code, output } = await train(args);
    expect(output).toContain(message);
    expect(code).toBe(2);
  });
});
