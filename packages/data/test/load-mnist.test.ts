import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fashionMnistStatistics, loadMnist } from "@tapegrad/data";
import { expectClose } from "@tapegrad/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gzip, idxBytes } from "./idx-bytes.ts";

const shared = process.env["TAPEGRAD_DATA"] ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const mnist = join(shared, "mnist");

describe("loadMnist", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tapegrad-mnist-"));
    await save("train-images-idx3-ubyte", idxBytes([3, 28, 28], new Uint8Array(3 * 784).fill(255)));
    await save("train-labels-idx1-ubyte", idxBytes([3], [0, 5, 9]));
    await save("t10k-images-idx3-ubyte.gz", gzip(idxBytes([2, 28, 28], new Uint8Array(2 * 784))));
    await save("t10k-labels-idx1-ubyte.gz", gzip(idxBytes([2], [1, 2])));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const save = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);

  test("finds plain and gzip files under their official names", async () => {
    const { train, test: held } = await loadMnist(folder);
    expect([...train.labels]).toEqual([0, 5, 9]);
    expect([...held.labels]).toEqual([1, 2]);
    expect(train.shape).toEqual([1, 28, 28]);
  });

  test("normalises by (x / 255 − 0.1307) / 0.3081", async () => {
    const { train, test: held } = await loadMnist(folder);
    expectClose(train.getBatch([0]).inputs.dataSync()[0]!, (1 - 0.1307) / 0.3081);
    expectClose(held.getBatch([1]).inputs.dataSync()[783]!, -0.1307 / 0.3081);
  });

  test("normalises a set of the same format by the mean and deviation that are given", async () => {
    const { train, test: held } = await loadMnist(folder, fashionMnistStatistics);
    expectClose(train.getBatch([0]).inputs.dataSync()[0]!, (1 - 0.286) / 0.353);
    expectClose(held.getBatch([1]).inputs.dataSync()[783]!, -0.286 / 0.353);
    await expect(loadMnist(folder, { std: 0 })).rejects.toThrow("loadMnist: std must be above 0, got 0");
    await expect(loadMnist(folder, { mean: NaN })).rejects.toThrow("loadMnist: mean must be a finite number, got NaN");
    await expect(loadMnist(folder, { sd: 1 } as object)).rejects.toThrow("loadMnist: unknown option sd");
  });

  test("refuses images and labels of different counts", async () => {
    await save("train-labels-idx1-ubyte", idxBytes([2], [0, 5]));
    await expect(loadMnist(folder)).rejects.toThrow(
      /train-labels-idx1-ubyte: 2 labels, but .*train-images-idx3-ubyte has 3 images/,
    );
  });

  test("refuses labels where images should be, and the reverse", async () => {
    await save("train-images-idx3-ubyte", idxBytes([3], [0, 5, 9]));
    await expect(loadMnist(folder)).rejects.toThrow("train-images-idx3-ubyte: expected 3 dimensions, got 1");
  });

  test("refuses labels above 9 and pictures of another size", async () => {
    await save("train-labels-idx1-ubyte", idxBytes([3], [0, 10, 9]));
    await expect(loadMnist(folder)).rejects.toThrow("label 1 is 10, expected 0 to 9");
    await save("train-labels-idx1-ubyte", idxBytes([3], [0, 1, 9]));
    await save("train-images-idx3-ubyte", idxBytes([3, 2, 2], new Uint8Array(12)));
    await expect(loadMnist(folder)).rejects.toThrow("expected pictures of 28×28, got 2×2");
  });

  test("says which file is missing", async () => {
    await rm(join(folder, "t10k-labels-idx1-ubyte.gz"));
    await expect(loadMnist(folder)).rejects.toThrow(
      `${folder}: found neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz`,
    );
  });

  test.skipIf(!existsSync(mnist))("reads real digits whose mean and deviation are what it normalises by", async () => {
    const { train, test: held } = await loadMnist(mnist);
    expect([train.length, held.length]).toEqual([7500, 1500]);
    const values = train.getBatch(Array.from({ length: 7500 }, (_, i) => i)).inputs.dataSync() as Float32Array;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });
});
