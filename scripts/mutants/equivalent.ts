import type { DrawnMutant } from "./drawn-mutant.ts";

/** Mutants that change nothing that anybody could notice, or nothing that is promised; each with its reason. */
export const equivalent: readonly {
  readonly file: string;
  /** What is replaced, and the source after it as far as it takes to tell the place. */
  readonly find: string;
  /** @default any */
  readonly replacement?: string;
  readonly reason: string;
}[] = [
  {
    file: "packages/tensor/wasm-src/max-pool2d.ts",
    find: ">= 4;\n",
    replacement: ">",
    reason: "rows of four windows go the slow way, to the same values",
  },
  {
    file: "packages/tensor/wasm-src/lib/exp.ts",
    find: "sub(shifted, f32x4.splat(ROUNDER));\n  const half",
    replacement: "add",
    reason: "the low nine bits, which alone become an exponent, are the same",
  },
  {
    file: "packages/data/src/pictures/jpeg/upsample.ts",
    find: "x < width; x++) row[x] =",
    replacement: "x <= width",
    reason: "one more level is written, which nothing reads",
  },
  {
    file: "packages/data/src/pictures/jpeg/inverse-dct.ts",
    find: "y < 8; y++, to",
    replacement: "y <= 8",
    reason: "one row more is written, which the blocks below overwrite, or which is cut off",
  },
  {
    file: "packages/data/src/transforms/pixels/blend.ts",
    find: "level <= 0 ?",
    replacement: "level < 0",
    reason: "a level of 0 is 0 either way",
  },
  {
    file: "packages/data/src/prefetch/prefetch-pool.ts",
    find: "thread.jobs.size === 0) thread.worker.ref();",
    replacement: "true",
    reason: "a thread that is held already stays so",
  },
  {
    file: "packages/data/src/loader/values.ts",
    find: 'array === "Uint32Array" && dtype === "int32") checkInt32',
    reason: "the other arrays of integers have nothing that int32 has not; checking them takes time only",
  },
  {
    file: "packages/formats/src/io/float8.ts",
    find: 'kind === "e4m3fn" && magnitude === 0x7f',
    reason: "where all bits are set, e5m2 has NaN too",
  },
  {
    file: "packages/tensor/src/devices/gpu/host-device.ts",
    find: "result.length === size) {",
    replacement: "true",
    reason: "what gpu.js returns flat has the size that was asked for",
  },
  {
    file: "packages/tensor/src/kernels/sort.ts",
    find: "1024 / length",
    replacement: "1024 * length",
    reason: "larger pieces for the threads, of the same values",
  },
  {
    file: "packages/tensor/src/kernels/matmul/multiply.ts",
    find: "MAX_PACKED / (panels",
    reason: "more slices are packed at once, and more memory is used for them",
  },
  {
    file: "packages/tensor/src/kernels/conv2d/direct.ts",
    find: "chunk * width * offsets.length * count",
    reason: "larger pieces for the threads, of the same values",
  },
  {
    file: "packages/tensor/src/kernels/conv2d/phases.ts",
    find: "phases.length === stride) return",
    replacement: "false",
    reason: "the expressions for some phases hold for all of them, too",
  },
  {
    file: "packages/tensor/src/kernels/conv2d/weight-grad-gpu.ts",
    find: "each * Math.min(output[1], MAX_UNROLLED)",
    reason: "a loop over pictures in place of their products in a row, or the other way round",
  },
  {
    file: "packages/tensor/src/kernels/lib/assign-slots.ts",
    find: "i < steps.length - 1; i++) {\n    slots",
    replacement: "i <= steps.length - 1",
    reason: "room for one more result, which nothing uses",
  },
];

/** Why a mutant changes nothing, or null if it is not known to. `source` is that of its file. */
export function whyEquivalent(source: string, offset: number, { file, replacement }: DrawnMutant): string | null {
  const found = equivalent.find(
    (each) =>
      each.file === file &&
      source.startsWith(each.find, offset) &&
      (each.replacement === undefined || each.replacement === replacement),
  );
  return found?.reason ?? null;
}
