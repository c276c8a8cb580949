import { readFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { example } from "./run-example.ts";

const train = example("train-digits");

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
    expect(results.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(folder)).toEqual(["results.json"]);
  });

  test.skipIf(process.platform === "win32")(
    "a run that is killed goes on to the same weights",
    { timeout: 240_000 },
    async () => {
      const run = (name: string): string[] => ["--run", join(folder, name), "--device", "wasm", "--epochs", "2"];
      const json = (name: string): string => join(folder, `${name}.json`);
      const straight = await train([...run("straight"), "--json", json("straight")]);
      expect(straight.code, straight.output).toBe(0);
      const killed = await train(run("killed"), { interruptAt: "epoch 1/2:", signal: "SIGKILL" });
      expect(killed.code, killed.output).toBe(null);
      const refused = await train(run("killed"));
      expect(refused.output).toContain("holds a run already");
      expect(refused.code).toBe(2);
      const resumed = await train([...run("killed"), "--resume", "--json", json("resumed")]);
      expect(resumed.code, resumed.output).toBe(0);
      const [a, b] = [
        JSON.parse(await readFile(json("straight"), "utf8")),
        JSON.parse(await readFile(json("resumed"), "utf8")),
      ];
      expect(b.weightsSha256).toBe(a.weightsSha256);
      expect(b.testAccuracy).toBe(a.testAccuracy);
      expect(await readFile(join(folder, "killed/metrics.jsonl"), "utf8")).toBe(
        await readFile(join(folder, "straight/metrics.jsonl"), "utf8"),
      );
    },
  );

  test("fails if the claim fails", async () => {
    // So few, so large steps cannot learn the digits.
    const { code, output } = await train(["--epochs", "1", "--device", "wasm", "--batch-size", "3000"]);
    expect(output).toContain("FAILS");
    expect(code).toBe(1);
  });

  test.skipIf(process.platform === "win32")("Ctrl-C ends the run with what was learned so far", async () => {
    const json = join(folder, "interrupted.json");
    const { code, output } = await train(["--epochs", "1000", "--device", "wasm", "--json", json], {
      interruptAt: "epoch 1/1000:",
    });
    expect(code, output).toBe(130);
    expect(output).toContain("test accuracy, eval mode");
    expect(output).toContain("cut short");
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
    [["--resume"], "--resume: say with --run which run"],
    [["--run", "package.json"], "FileError: package.json: cannot be used as a run folder"],
    [["--colour", "red"], "Unknown option '--colour'"],
  ])("%s is refused with a message and exit code 2", async (args, message) => {
    const { code, output } = await train(args);
    expect(output).toContain(message);
    expect(code).toBe(2);
  });
});
