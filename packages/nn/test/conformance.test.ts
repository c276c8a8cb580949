import { functional } from "@tapegrad/nn";
import { type Generator, randn, type Tensor } from "@tapegrad/tensor";
import { conformance } from "@tapegrad/test-support";

const { interpolate, padBorder } = functional;
const images = (generator: Generator): Tensor[] => [randn([2, 2, 3, 5], { generator })];

// Functions with kernels of their own, on every device, with first and second gradients.
conformance([
  {
    name: "padBorder",
    case: "mirrored",
    inputs: images,
    fn: (x) =>
      padBorder(
        x!,
        [
          [2, 1],
          [4, 3],
        ],
        { mode: "reflect" },
      ),
  },
  {
    name: "padBorder",
    case: "repeated, and cropped",
    inputs: images,
    fn: (x) =>
      padBorder(
        x!,
        [
          [-1, 2],
          [3, -2],
        ],
        { mode: "replicate" },
      ),
  },
  {
    name: "padBorder",
    case: "around three axes",
    inputs: images,
    fn: (x) =>
      padBorder(
        x!,
        [
          [1, 2],
          [0, 3],
          [5, 0],
        ],
        { mode: "circular" },
      ),
    oracle: ({ data }) => torus(data),
  },
  {
    name: "padBorder",
    case: "a list",
    inputs: (generator) => [randn([9], { generator })],
    fn: (x) => padBorder(x!, [[3, 2]], { mode: "replicate" }),
    oracle: ({ data }) => Array.from({ length: 14 }, (_, i) => data[Math.min(Math.max(i - 3, 0), 8)]!),
  },
  {
    name: "localResponseNorm",
    case: "an odd number of neighbours",
    inputs: (generator) => [randn([2, 4, 3, 3], { generator })],
    fn: (x) => functional.localResponseNorm(x!, 3, { alpha: 0.5 }),
    oracle: (x) => responses(x.data, 1, 1),
  },
  {
    name: "localResponseNorm",
    case: "an even number of neighbours",
    inputs: (generator) => [randn([2, 4, 3, 3], { generator })],
    fn: (x) => functional.localResponseNorm(x!, 4, { alpha: 0.5, beta: 0.6 }),
    oracle: (x) => responses(x.data, 2, 1, 0.6),
  },
  {
    name: "rmsNorm",
    inputs: (generator) => [randn([3, 2, 3], { generator }), randn([2, 3], { generator })],
    fn: (x, weight) => functional.rmsNorm(x!, [2, 3], { weight: weight!, eps: 0.1 }),
  },
  { name: "interpolate", case: "nearest", inputs: images, fn: (x) => interpolate(x!, { size: [7, 4] }) },
]);

/** Cells of `[2, 2, 3, 5]` images on a torus of channels, rows and columns, from [−1, 0, −5] on: `[2, 5, 6, 10]`. */
function torus(data: ArrayLike<number>): number[] {
  return Array.from({ length: 2 * 5 * 6 * 10 }, (_, at) => {
    const [image, channel, row, column] = [
      Math.floor(at / 300),
      Math.floor(at / 60) % 5,
      Math.floor(at / 10) % 6,
      at % 10,
    ];
    return data[((image * 2 + ((channel + 1) % 2)) * 3 + (row % 3)) * 5 + (column % 5)]!;
  });
}

/** Responses of `[2, 4, 3, 3]` images to so many channels before and after, by the definition. */
function responses(data: ArrayLike<number>, before: number, after: number, beta = 0.75): number[] {
  return Array.from(data, (x, at) => {
    const channel = Math.floor(at / 9) % 4;
    let sum = 0;
    for (let c = Math.max(0, channel - before); c <= Math.min(3, channel + after); c++)
      sum += data[at + (c - channel) * 9]! ** 2;
    return x / (1 + (0.5 * sum) / (before + 1 + after)) ** beta;
  });
}
