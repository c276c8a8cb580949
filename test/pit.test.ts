import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { mkdir, copyFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Results } from "../examples/pit/results.ts";
import { example } from "./run-example.ts";

const root = join(import.meta.dirname, "..");
const fixtures = join(root, "packages/models/fixtures/pit");
const folder = mkdtempSync(join(tmpdir(), "pit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pit = example("pit");
/** Runs the program where its report may lie. */
const run = (...args: readonly string[]) => pit(args, { cwd: folder });

const readJson = (file: string): Results => JSON.parse(readFileSync(file, "utf8")) as Results;

describe("npm run pit, as it comes", () => {
  const golden = JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8")) as {
    readonly classes: readonly string[];
    readonly labels: readonly number[];
    readonly evalSoftmax: readonly (readonly number[])[];
    readonly trainOneByOne_dropout0: readonly (readonly number[])[];
  };
  const best = (rows: readonly (readonly number[])[]): string[] =>
    rows.map((row) => golden.classes[row.indexOf(Math.max(...row))]!);

  test("20 of 20 in eval mode, 10 of 20 in train mode, picture by picture as PyTorch; JSON and report are written", async () => {
    const json = join(folder, "pit.json");
    const { code, output } = await run("--json", json);
    expect(output).toContain("claim: 20 of 20 in eval mode, 10 of 20 in train mode: holds");
    expect(code).toBe(0);
    const results = readJson(json);
    expect(results).toMatchObject({
      model: "tiny-resnet",
      count: 20,
      evalAccuracy: 1,
      trainAccuracy: 0.5,
      changed: 10,
      firstDivergingLayer: "bn1",
    });
    expect(results.predictions.map((each) => each.eval)).toEqual(best(golden.evalSoftmax));
    expect(results.predictions.map((each) => each.train)).toEqual(best(golden.trainOneByOne_dropout0));
    expect(results.predictions.map((each) => each.label)).toEqual(golden.labels.map((label) => golden.classes[label]));
    expect(results.predictions[7]!.file).toBe("07.png");
    const report = readFileSync(join(folder, "pit-report.html"), "utf8");
    expect(report.match(/<figure>/g)?.length).toBe(20);
    expect(report).toContain("10 of 20 right (50.0%)");
    expect(report).toContain("<svg ");
    expect(report).toMatch(/<li>Moved while evaluating, from step 0 on, by [^<]*:\d+:\d+: bn1, /);
    expect(report).not.toMatch(/undefined|NaN/);
  });

  test("the legacy checkpoint, a folder for each class, and pictures without labels do as well", async () => {
    const sorted = join(folder, "sorted");
    for (const [i, label] of golden.labels.entries()) {
      const to = join(sorted, golden.classes[label]!);
      await mkdir(to, { recursive: true });
      await copyFile(join(fixtures, "images", `${String(i).padStart(2, "0")}.png`), join(to, `${i}.png`));
    }
    const legacy = ["--checkpoint", join(fixtures, "tiny_resnet_legacy.pth"), "--model", "tiny-resnet"];
    const json = join(folder, "sorted.json");
    expect((await run(...legacy, "--images", sorted, "--json", json)).code).toBe(0);
    expect(readJson(json)).toMatchObject({ count: 20, evalAccuracy: 1, trainAccuracy: 0.5, changed: 10 });
    expect((await run(...legacy, "--images", join(fixtures, "images"), "--json", json)).code).toBe(0);
    const unlabelled = readJson(json);
    expect(unlabelled).toMatchObject({ evalAccuracy: null, trainAccuracy: null, changed: 10 });
    expect(unlabelled.predictions[0]).toMatchObject({ file: "00.png", label: null, eval: "disc" });
  });

  test("what cannot be followed is said, with exit code 2", async () => {
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { code, output } = await run(...args);
      expect(code).toBe(2);
      expect(output).not.toContain("at async");
      return output;
    };
    expect(await refused("--model", "resnet20")).toContain("--checkpoint and --images missing");
    expect(await refused("--colour", "red")).toContain("--colour");
    const own = ["--checkpoint", join(fixtures, "tiny_resnet_zip.pth"), "--images", join(fixtures, "images")];
    expect(await refused(...own, "--model", "resnet21")).toContain('unknown model "resnet21"');
    expect(await refused(...own, "--model", "resnet20")).toMatch(/StateDictError[^]*layer1\.0\.conv3\.weight/);
    const labels = join(folder, "labels.csv");
    await writeFile(labels, "file,label\n00.png,hexagon\n");
    expect(await refused(...own, "--model", "tiny-resnet", "--labels", labels)).toContain(
      "the pictures are of 1 classes, the model knows 5",
    );
    const broken = join(folder, "broken.pth");
    await writeFile(broken, "no checkpoint");
    expect(await refused(...own.with(1, broken), "--model", "tiny-resnet")).toContain("broken.pth");
  });
});

const data = process.env["TAPEGRAD_DATA"] ?? join(root, "../shared/data");
const present = existsSync(join(data, "checkpoints")) && existsSync(join(data, "cifar10-jpg"));
if (!present)
  console.log("CIFAR ResNets on 1,000 test JPEGs: skipped, there is no ../shared/data; name it with TAPEGRAD_DATA");

describe.skipIf(!present)("CIFAR ResNets trained in PyTorch, on 1,000 test JPEGs", () => {
  // PyTorch 1.13's own accuracies, ± 0.3 points.
  const cases = [
    ["resnet20", "resnet20-12fca82f.th", 0.805, 0.175],
    ["resnet56", "resnet56-4bfd9763.th", 0.83, 0.433],
  ] as const;
  test.each(cases)(
    "%s",
    async (model, file, evalAccuracy, trainAccuracy) => {
      const json = join(folder, `${model}.json`);
      const paths = ["--checkpoint", join(data, "checkpoints", file), "--images", join(data, "cifar10-jpg/test")];
      const { code, output } = await run("--model", model, ...paths, "--json", json);
      expect(output).toContain("1000 pictures");
      expect(code).toBe(0);
      const results = readJson(json);
      expect(Math.abs(results.evalAccuracy! - evalAccuracy)).toBeLessThan(0.003);
      expect(Math.abs(results.trainAccuracy! - trainAccuracy)).toBeLessThan(0.003);
      expect(results.firstDivergingLayer).toBe("bn1");
    },
    600_000,
  );
});
