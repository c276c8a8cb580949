import type { Mutant } from "./mutant.ts";

const loader = "packages/data/test/data-loader.test.ts";

/** Mistakes in batches, their order and the values of pictures. */
export const dataMutants: readonly Mutant[] = [
  {
    name: "epochs-alike",
    breaks: "each epoch has another order",
    file: "packages/data/src/loader/sampler.ts",
    find: "return new Generator(`${seed} epoch ${epoch}`);",
    replace: "return new Generator(`${seed} epoch ${epoch * 0}`);",
    tests: [loader],
  },
  {
    name: "last-batch-lost",
    breaks: "an epoch holds every example",
    file: "packages/data/src/loader/data-loader.ts",
    find: "return this.dropLast ? Math.floor(batches) : Math.ceil(batches);",
    replace: "return Math.floor(batches);",
    tests: [loader],
  },
  {
    name: "batches-overlap",
    breaks: "an epoch holds every example once",
    file: "packages/data/src/loader/data-loader.ts",
    find: "(batch + 1) * this.batchSize)",
    replace: "(batch + 1) * this.batchSize + 1)",
    tests: [loader],
  },
  {
    name: "shuffle-favours-positions",
    breaks: "every order is equally probable",
    file: "packages/tensor/src/tensor/random.ts",
    find: "const j = this.integer(i + 1);",
    replace: "const j = this.integer(count);",
    tests: [loader, "packages/tensor/test/random.test.ts"],
  },
  {
    name: "pictures-swapped-in-the-batch",
    breaks: "row i of a batch is example i",
    file: "packages/data/src/loader/values.ts",
    find: "all.set(values, i * size);",
    replace: "all.set(values, (items.length - 1 - i) * size);",
    tests: [loader],
  },
  {
    name: "normalised-by-the-first-channel",
    breaks: "each channel has its own mean and deviation",
    file: "packages/data/src/transforms/normalize.ts",
    find: "Math.fround(this.std[c]!)",
    replace: "Math.fround(this.std[0]!)",
    tests: ["packages/data/test/transforms.test.ts"],
  },
  {
    name: "flip-upside-down",
    breaks: "a horizontal flip mirrors left to right",
    file: "packages/data/src/transforms/random-horizontal-flip.ts",
    find: "const from = (y * width + x) * 3;",
    replace: "const from = ((height - 1 - y) * width + (width - 1 - x)) * 3;",
    tests: ["packages/data/test/transforms.test.ts"],
  },
  {
    name: "weighted-draws-repeated",
    breaks: "a weighted sampler draws anew in each epoch",
    file: "packages/data/src/loader/sampler.ts",
    find: "const generator = epochGenerator(this.#seed, epoch);",
    replace: "const generator = epochGenerator(this.#seed, 0 * epoch);",
    tests: ["packages/data/test/sampler.test.ts"],
  },
  {
    name: "middle-rounded-up",
    breaks: "of two places in the middle a crop begins at the even one",
    file: "packages/data/src/transforms/center-crop.ts",
    find: "x % 1 === 0.5",
    replace: "x * 1 === 0.5",
    tests: ["packages/data/test/transforms.test.ts"],
  },
  {
    name: "scans-of-means-and-more",
    breaks: "a scan of a progressive JPEG holds means or other coefficients",
    file: "packages/data/src/pictures/jpeg/read-jpeg-file.ts",
    find: "(first === 0 ? last === 0 : first <= last && count === 1)",
    replace: "(first === 0 || (first <= last && count === 1))",
    tests: ["packages/data/test/decode-image.test.ts"],
  },
];
