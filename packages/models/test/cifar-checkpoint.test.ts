import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadTorch } from "@tapegrad/formats";
import { createModel, type ModelName } from "@tapegrad/models";
import { noGrad, tensor } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

const data = process.env["TAPEGRAD_DATA"] ?? join(import.meta.dirname, "../../../../shared/data");
const files: readonly (readonly [ModelName, string])[] = [
  ["resnet20", join(data, "checkpoints/resnet20-12fca82f.th")],
  ["resnet56", join(data, "checkpoints/resnet56-4bfd9763.th")],
];
const present = files.every(([, path]) => existsSync(path));
if (!present) console.warn("cifar-checkpoint.test.ts: no checkpoints in TAPEGRAD_DATA; skipped");

/** Logits that PyTorch 1.13 computed from the checkpoints for a picture of waves: x[c, i, j] = sin(c + i/3) · cos(j/5). */
const logits: Readonly<
  Partial<Record<ModelName, { readonly eval: readonly number[]; readonly train: readonly number[] }>>
> = {
  resnet20: {
    eval: [2.69315, -1.50834, 0.0770722, 7.88607, -2.7466, 0.286601, -0.496231, -3.97026, -1.53779, -0.714876],
    train: [-0.800334, 0.468244, 0.080269, 1.91659, -0.220143, 1.46092, -0.424334, -0.436056, -1.78781, -0.284008],
  },
  resnet56: {
    eval: [2.66904, 2.36784, -2.3182, 11.3038, -6.09451, -1.96146, 1.14651, -1.99829, -1.31797, -3.85516],
    train: [-1.09163, 0.851423, -0.955288, 0.342588, -0.301437, 0.68453, 0.466838, -0.452976, -0.136975, 0.557563],
  },
};

describe.skipIf(!present)("checkpoints trained in PyTorch (skipped where there are none)", () => {
  test.each(files)("%s computes what PyTorch does, in both modes", async (name, path) => {
    const model = createModel(name);
    model.loadStateDict(await loadTorch(path));
    const waves = Float32Array.from({ length: 3 * 32 * 32 }, (_, k) => {
      const [c, i, j] = [k >> 10, (k >> 5) & 31, k & 31];
      return Math.sin(c + i / 3) * Math.cos(j / 5);
    });
    const picture = tensor(waves, { shape: [1, 3, 32, 32] });
    model.eval();
    const evaluated = noGrad(() => model.forward(picture));
    expectClose(evaluated, logits[name]!.eval, { rtol: 1e-3, atol: 1e-3 });
    model.train();
    expectClose(model.forward(picture), logits[name]!.train, { rtol: 1e-3, atol: 1e-3 });
    expect(logits[name]!.eval).not.toEqual(logits[name]!.train);
  });
});
