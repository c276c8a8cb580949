import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import {
  add,
  conv2d,
  deviceReport,
  manualSeed,
  matmul,
  maxPool2d,
  randn,
  relu,
  setThreads,
  type Tensor,
  useDevice,
  ValueError,
} from "@tapegrad/tensor";
import { conv2dInputGrad } from "@tapegrad/tensor/ops/conv2d-input-grad";
import { conv2dWeightGrad } from "@tapegrad/tensor/ops/conv2d-weight-grad";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engine } from "../src/devices/wasm/engine.ts";
import { conv2dModule } from "../src/devices/wasm/generated/conv2d.ts";
import { matmulModule } from "../src/devices/wasm/generated/matmul.ts";
import { adamText, batchNormText, elementwiseText, sgdText } from "../src/devices/wasm/generated/texts/index.ts";
import { wideTexts } from "../src/devices/wasm/generated/wide/index.ts";
import { winogradModule } from "../src/devices/wasm/generated/winograd.ts";
import { compile, decode } from "../src/devices/wasm/instantiate.ts";
import { Bench, type BenchContext, type Run } from "../src/devices/wasm/wide/bench.ts";
import { judge } from "../src/devices/wasm/wide/judge.ts";
import { product, trials } from "../src/devices/wasm/wide/trials.ts";

/** A Node whose V8 pairs operations, on a processor that has AVX2: this one, or the one that an environment variable names. */
const pairing =
  Number.parseInt(process.versions.node, 10) >= 24 ? process.execPath : process.env["TAPEGRAD_PAIRING_NODE"];
const hasAvx2 = process.platform === "linux" && readFileSync("/proc/cpuinfo", "utf8").includes(" avx2 ");

describe("the width of the wasm device", () => {
  test("is 128 or 256, and an option of that device", async () => {
    await expect(useDevice("wasm", { simd: 512 as 256 })).rejects.toThrow(
      new ValueError("useDevice: simd must be 128 or 256, got 512"),
    );
    await expect(useDevice("gpu:cpu", { simd: 256 })).rejects.toThrow(
      new ValueError("useDevice: simd is an option of the device wasm, and gpu:cpu was asked for"),
    );
    await expect(useDevice("wasm", { width: 256 } as object)).rejects.toThrow(ValueError);
  });

  test.each([
    [{ TAPEGRAD_SIMD: "wide" }, [], 'ValueError: TAPEGRAD_SIMD must be 128 or 256, got "wide"'],
    [{ TAPEGRAD_SIMD: "128" }, [], "128 TAPEGRAD_SIMD asked for 128 bits;"],
    [{}, [], '128 128 bits are the default; useDevice("wasm", { simd: 256 }) asks for more'],
  ])("is what the environment says: %o %o", (variables, flags, expected) => {
    expect(reportOf(process.execPath, flags, variables)).toContain(expected);
  });

  test.skipIf(pairing === undefined || !hasAvx2)(
    "is 256 if Node's command line has V8's flag (skipped without AVX2 and a Node of 24 or newer: TAPEGRAD_PAIRING_NODE names one)",
    () => {
      const report = reportOf(pairing!, ["--experimental-wasm-revectorize"], {});
      expect(report).toMatch(
        /^256 Node's command line asked for 256 bits: this engine pairs operations: matmul [\d.]+ times/,
      );
    },
  );

  function reportOf(node: string, flags: readonly string[], variables: Record<string, string>): string {
    const program = `
      import { deviceReport, ones, matmul } from "@tapegrad/tensor";
      try {
        matmul(ones([64, 64]), ones([64, 64]));
        console.log(deviceReport().simd, deviceReport().simdReason);
      } catch (error) {
        console.log(String(error));
      }`;
    const { TAPEGRAD_SIMD: _, ...env } = process.env;
    const run = spawnSync(
      node,
      [...flags, "--import", import.meta.resolve("tsx"), "--input-type=module", "-e", program],
      {
        cwd: fileURLToPath(new URL("..", import.meta.url)),
        encoding: "utf8",
        env: { ...env, ...variables },
      },
    );
    expect(run.stderr).toBe("");
    return run.stdout.trim();
  }
});

describe("results with 256 bits", () => {
  beforeAll(async () => {
    await useDevice("wasm");
    setThreads(1);
  });
  afterAll(async () => {
    const before = process.env["TAPEGRAD_SIMD"] === "256" ? 256 : 128;
    await useDevice("wasm", { simd: before });
    if (before === 128 && Number.parseInt(process.versions.v8, 10) >= 12)
      setFlagsFromString("--no-experimental-wasm-revectorize");
  });

  async function withWidths(compute: () => Tensor): Promise<readonly [Float32Array, Float32Array]> {
    const results = [];
    for (const simd of [128, 256] as const) {
      await useDevice("wasm", { simd });
      manualSeed(7);
      results.push((await compute().data()) as Float32Array);
    }
    return [results[0]!, results[1]!];
  }

  const equal: Record<string, () => Tensor> = {
    "products of matrices": () => matmul(randn([70, 300]), randn([300, 83])),
    "products of tall matrices": () => matmul(randn([113, 70]), randn([70, 48])),
    "products of wide matrices": () => matmul(randn([5, 60]), randn([60, 331])),
    "batches of products": () => matmul(randn([4, 9, 33]), randn([4, 33, 41])),
    "a strided convolution": () =>
      conv2d(randn([2, 5, 21, 30]), randn([7, 5, 3, 3]), randn([7]), { stride: 2, padding: 1 }),
    "a strided convolution of small planes": () =>
      conv2d(randn([3, 19, 15, 13]), randn([22, 19, 3, 3]), null, { stride: 2, padding: 1 }),
    "its gradient by many planes": () =>
      conv2dInputGrad(randn([3, 35, 8, 7]), randn([35, 22, 3, 3]), [3, 22, 15, 13], { stride: 2, padding: 1 }),
    "a convolution of each plane": () =>
      conv2d(randn([2, 6, 19, 23]), randn([6, 1, 5, 5]), null, { groups: 6, padding: 2 }),
    "Winograd's convolution": () => conv2d(randn([3, 20, 30, 29]), randn([37, 20, 3, 3]), randn([37]), { padding: 1 }),
    "Winograd's convolution of whole tiles": () =>
      conv2d(randn([2, 20, 16, 32]), randn([37, 20, 3, 3]), randn([37]), { padding: 1 }),
    "and finished": () => relu(conv2d(randn([2, 20, 16, 32]), randn([37, 20, 3, 3]), randn([37]), { padding: 1 })),
    "and finished with a sum, of tiles that stick out": () =>
      relu(add(conv2d(randn([3, 20, 30, 29]), randn([37, 20, 3, 3]), null, { padding: 1 }), randn([3, 37, 30, 29]))),
    "and pooled": () =>
      maxPool2d(conv2d(randn([3, 20, 30, 32]), randn([37, 20, 3, 3]), randn([37]), { padding: 1 }), 2),
    "its input gradient": () =>
      conv2dInputGrad(randn([2, 37, 11, 9]), randn([37, 24, 3, 3]), [2, 24, 11, 9], { padding: 1 }),
  };

  test.each(Object.entries(equal))("are the same, bit by bit: %s", async (_, compute) => {
    const [plain, wide] = await withWidths(compute);
    expect(wide).toEqual(plain);
  });

  const rounded: Record<string, () => Tensor> = {
    "of a direct convolution": () =>
      conv2dWeightGrad(randn([2, 8, 13, 11]), randn([2, 3, 13, 11]), [8, 3, 3, 3], { padding: 1 }),
    "of a strided convolution of many planes": () =>
      conv2dWeightGrad(randn([3, 23, 8, 7]), randn([3, 19, 15, 13]), [23, 19, 3, 3], { stride: 2, padding: 1 }),
    "of Winograd's": () =>
      conv2dWeightGrad(randn([3, 37, 15, 16]), randn([3, 24, 15, 16]), [37, 24, 3, 3], { padding: 1 }),
  };

  test.each(Object.entries(rounded))(
    "differ by rounding where sums are made in another order: weights' gradients %s",
    async (_, compute) => {
      const [plain, wide] = await withWidths(compute);
      const largest = Math.max(...plain.map(Math.abs));
      for (const [i, value] of plain.entries()) expect(Math.abs(wide[i]! - value)).toBeLessThan(1e-6 * largest);
    },
  );

  test("are the same for any number of threads", async () => {
    await useDevice("wasm", { simd: 256 });
    const results = [];
    for (const threads of [1, 2, 3]) {
      setThreads(threads);
      manualSeed(8);
      const product = matmul(randn([151, 97]), randn([97, 203]));
      const image = conv2d(randn([9, 17, 23, 19]), randn([18, 17, 3, 3]), null, { padding: 1 });
      results.push([...(await product.data()), ...(await image.data())]);
    }
    setThreads(1);
    for (const each of results) expect(each).toEqual(results[0]);
    expect(deviceReport().simdReason).toContain("useDevice asked for");
  });
});

describe("a wide module", () => {
  /** A trial in which the second module does a part of the first one's work, and reads other values by so many bytes. */
  function trial(usually: number, widely: number, offset: number): Run {
    const contexts: BenchContext[] = [];
    return (context, from, to) => {
      if (!contexts.includes(context)) contexts.push(context);
      const isWide = context === contexts[1];
      let count = 0;
      for (let i = 0; i < (isWide ? widely : usually); i++)
        count = product(context, from + (isWide ? offset : 0), to, 16, 16, 16);
      return count;
    };
  }

  test.each([
    ["is taken if it is faster and computes the same", 16, 10, 0, true, /^[\d.]+ times as fast/],
    ["is not taken for being faster than twice as many bits can be", 64, 4, 0, false, /^is not faster/],
    ["is not taken if it is slower", 10, 16, 0, false, /^is not faster/],
    ["is not taken if it computes anything else", 16, 10, 4, false, /^computes other values.*fault of this engine/],
  ] as const)("%s", (_, usually, widely, offset, taken, finding) => {
    const module = compile(matmulModule);
    expect(
      judge(engine, matmulModule, module, module, { run: trial(usually, widely, offset), rounding: 1e-5 }),
    ).toEqual({
      taken,
      finding: expect.stringMatching(finding),
    });
  });

  // The device keeps to the plain module where they differ, so no result elsewhere would show it.
  test.skipIf(!engine.hasRelaxedSimd).each([matmulModule, conv2dModule, winogradModule])(
    "computes what the plain one does: $name (skipped without relaxed SIMD)",
    (source) => {
      const { run, rounding } = trials[source.name]!;
      const wide = new WebAssembly.Module(decode(wideTexts[source.name]!));
      const [plain, wider] = [compile(source), wide].map((module) => new Bench(engine, source.name, module).run(run));
      const largest = Math.max(...plain!.map(Math.abs));
      expect(largest).toBeGreaterThan(0);
      const worst = plain!.reduce((most, value, i) => Math.max(most, Math.abs(value - wider![i]!)), 0);
      expect(worst).toBeLessThanOrEqual(rounding * largest);
    },
  );

  /** Families that are in twos, and have no module of their own for it. */
  const inTwos = { "batch-norm": batchNormText, elementwise: elementwiseText, sgd: sgdText, adam: adamText };
  /** How many multiply–adds and stores of 256 bits V8 makes of each family. */
  const paired = {
    matmul: [24, 24],
    conv2d: [46, 47],
    winograd: [36, 54],
    "batch-norm": [0, 10],
    elementwise: [0, 22],
    sgd: [0, 3],
    adam: [0, 4],
  };

  test.skipIf(pairing === undefined || !hasAvx2)(
    "has its operations paired (skipped without AVX2 and a Node of 24 or newer: TAPEGRAD_PAIRING_NODE names one)",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "tapegrad-pairs-"));
      try {
        const found = Object.entries({ ...wideTexts, ...inTwos }).map(([family, text]) => {
          writeFileSync(join(folder, "wide.wasm"), decode(text));
          return [family, pairedIn(folder)];
        });
        expect(Object.fromEntries(found)).toEqual(paired);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  /** Multiply–adds and stores that V8's trace says it paired, in functions where it found that worth its while. */
  function pairedIn(folder: string): readonly number[] {
    const program = 'new WebAssembly.Module(process.getBuiltinModule("fs").readFileSync("wide.wasm"))';
    // Every function is compiled at once, and one after another: lines of several would mix.
    const flags =
      "--experimental-wasm-revectorize --trace-wasm-revectorize --no-liftoff --no-wasm-inlining --no-wasm-lazy-compilation --single-threaded";
    const { stdout, status } = spawnSync(pairing!, [...flags.split(" "), "-e", program], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    expect(status).toBe(0);
    // It gives up all that hangs together with a vector that is in two pairs, after it has said that it packs them.
    expect(stdout).not.toContain("partial overlap");
    const functions = stdout.split("Begin revec function").slice(1);
    const worthwhile = functions.filter((trace) => /Decided? to vectorize/.test(trace)).join("");
    return [/NewPackNode.*F32x4Qfma/g, /NewPackNode.*Store/g].map((each) => worthwhile.match(each)?.length ?? 0);
  }
});
