import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CenterCrop,
  Compose,
  DataLoader,
  ImageFolder,
  type Picture,
  PictureFiles,
  prefetch,
  RandomVerticalFlip,
  split,
  ToTensor,
  type Transform,
} from "@tapegrad/data";
import { FormatError, IndexError, ShapeError, ValueError } from "@tapegrad/tensor";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { plainPng } from "./png-chunk.ts";

const shared = process.env["TAPEGRAD_DATA"] ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const cifar = join(shared, "cifar10-jpg", "test");

describe("ImageFolder", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "tapegrad-folder-"));
    await save("dog/b.png", plainPng(2, 3, [10, 20, 30]));
    await save("dog/a.PNG", plainPng(2, 3, [40, 50, 60]));
    await save("cat/deep/er/z.png", plainPng(2, 3, [70, 80, 90]));
    await save("cat/y.png", plainPng(2, 3, [1, 2, 3]));
    await save("cat/notes.txt", new Uint8Array(3));
    await save("stray.png", plainPng(2, 3, [0, 0, 0]));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function save(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), bytes);
  }

  test("numbers classes and lists files in alphabetical order, as torchvision does", async () => {
    const folder = await ImageFolder.open(root, { workers: 0 });
    expect(folder.classes).toEqual(["cat", "dog"]);
    expect(folder.files.map(({ file, target }) => [relative(root, file), target])).toEqual([
      ["cat/y.png", 0],
      ["cat/deep/er/z.png", 0],
      ["dog/a.PNG", 1],
      ["dog/b.png", 1],
    ]);
  });

  test("gives pictures as values with their class, one by one and in batches", async () => {
    const folder = await ImageFolder.open(root, { workers: 0 });
    const { input, target } = await folder.get(2);
    expect(target).toBe(1);
    expect(input.shape).toEqual([3, 3, 2]);
    expect([...input.values].map((value) => Math.round(value * 255))).toEqual(
      [40, 50, 60].flatMap((level) => Array.from({ length: 6 }, () => level)),
    );
    const { inputs, targets } = await folder.getBatch([3, 0]);
    expect(inputs.shape).toEqual([2, 3, 3, 2]);
    expect([...(await targets.data())]).toEqual([1, 0]);
    expect(Math.round((await inputs.data())[18]! * 255)).toBe(1);
  });

  test("takes other extensions, follows links and does not run in their circles", async () => {
    await symlink(join(root, "cat"), join(root, "cat", "deep", "circle"));
    await symlink(join(root, "cat", "y.png"), join(root, "dog", "c.jpg"));
    await expect(ImageFolder.open(root, { extensions: [".jpg"] })).rejects.toThrow(
      `${join(root, "cat")}: found no picture in it (.jpg)`,
    );
    const all = await ImageFolder.open(root, { workers: 0 });
    expect(all.files.map(({ file }) => relative(root, file))).toEqual([
      "cat/y.png",
      "cat/deep/er/z.png",
      "dog/a.PNG",
      "dog/b.png",
      "dog/c.jpg",
    ]);
    expect((await all.get(all.length - 1)).target).toBe(1);
  });

  test("is split with a transform for each part, in threads too, and keeps its classes", async () => {
    for (const workers of [0, 1]) {
      const flip = new Compose([new RandomVerticalFlip(1), new ToTensor()]);
      const folder = await ImageFolder.open(root, { workers, transform: flip });
      expect(() => split(folder, [0.5, 0.5])).toThrow("the dataset has a random transform");
      const parts = split(folder, [0.5, 0.5], { stratify: true, transforms: [null, new ToTensor()] });
      expect(parts.map(({ random }) => random)).toEqual([true, false]);
      for (const part of parts) {
        expect([part.classes, [...part.labels!].sort()]).toEqual([
          ["cat", "dog"],
          [0, 1],
        ]);
        const loader = new DataLoader(part, { batchSize: 2 });
        for await (const { inputs, targets } of prefetch(loader)) {
          expect([...(await targets.data())]).toEqual(part.labels);
          const { input } = await folder.get(part.indices[0]!);
          expect((await inputs.data()).subarray(0, 18)).toEqual(input.values);
        }
      }
      for (const each of [folder, parts[1].dataset]) await (each as ImageFolder).close();
    }
  });

  test("names the folder that is missing or empty", async () => {
    await mkdir(join(root, "emu"));
    await expect(ImageFolder.open(root)).rejects.toThrow(
      `${join(root, "emu")}: found no picture in it (.jpg, .jpeg, .png)`,
    );
    await expect(ImageFolder.open(join(root, "dog"))).rejects.toThrow(
      `${join(root, "dog")}: found no folder in it; expected one for each class`,
    );
    await expect(ImageFolder.open(join(root, "fox"))).rejects.toThrow(`${join(root, "fox")}: cannot be listed (ENOENT`);
  });

  test("names the picture that is damaged, too large, or gone", async () => {
    await save("dog/a.PNG", new Uint8Array(5));
    const folder = await ImageFolder.open(root, { workers: 0, maxPixels: 6 });
    await expect(folder.get(2)).rejects.toThrow(
      new FormatError(join(root, "dog/a.PNG"), "neither JPEG nor PNG: it begins with 00 00 00 00 00"),
    );
    await save("dog/b.png", plainPng(7, 1, [0, 0, 0]));
    await expect(folder.get(3)).rejects.toThrow("7×1 pixels are more than the limit of 6");
    await rm(join(root, "cat/y.png"));
    await expect(folder.getBatch([1, 0])).rejects.toThrow(`${join(root, "cat/y.png")}: cannot be read (ENOENT`);
    await expect(folder.get(4)).rejects.toThrow(IndexError);
  });

  test("a batch of different sizes, and a transform without ToTensor, are refused", async () => {
    await save("dog/b.png", plainPng(4, 4, [0, 0, 0]));
    const folder = await ImageFolder.open(root, { workers: 0 });
    await expect(folder.getBatch([0, 3])).rejects.toThrow(ShapeError);
    const unfinished = new CenterCrop(2) as unknown as Transform<Picture, never>;
    await expect((await ImageFolder.open(root, { workers: 0, transform: unfinished })).get(0)).rejects.toThrow(
      "end it with ToTensor",
    );
  });
});

describe("PictureFiles", () => {
  test("refuses options that mean nothing", () => {
    expect(() => new PictureFiles([])).toThrow(ValueError);
    expect(() => new PictureFiles([{ file: "a.png", target: -1 }])).toThrow(
      "the class of a.png must be an integer of at least 0, got -1",
    );
    expect(() => new PictureFiles([{ file: "a.png", target: 0 }], { workers: 1.5 })).toThrow(
      "workers must be a non-negative integer, got 1.5",
    );
    expect(() => new PictureFiles([{ file: "a.png", target: 0 }], { maxPixels: 0 })).toThrow(
      "maxPixels must be positive",
    );
  });
});

describe.skipIf(!existsSync(cifar))(`CIFAR-10 pictures (skipped without ${cifar})`, () => {
  test("a thousand pictures in ten classes, read in batches", async () => {
    const folder = await ImageFolder.open(cifar, { transform: new Compose([new ToTensor()]), workers: 0 });
    expect(folder.length).toBe(1000);
    expect(folder.classes[3]).toBe("cat");
    let count = 0;
    for await (const { inputs, targets } of new DataLoader(folder, { batchSize: 100 })) {
      expect(inputs.shape).toEqual([100, 3, 32, 32]);
      expect([...(await targets.data())]).toEqual(Array.from({ length: 100 }, () => count / 100));
      count += 100;
    }
    expect(count).toBe(1000);
  });
});
