import { createModel, type ModelName } from "@tapegrad/models";
import { BatchNorm2d, foldBatchNorm, type Layer, updateBatchNorm } from "@tapegrad/nn";
import { manualSeed, noGrad, randn } from "@tapegrad/tensor";
import { expect, test } from "vitest";

const countNorms = (model: Layer): number => model.modules().filter((module) => module instanceof BatchNorm2d).length;

// Depthwise convolutions in MobileNetV2, shortcuts with and without parameters in the ResNets.
const cases: readonly (readonly [ModelName, number])[] = [
  ["resnet20", 19],
  ["tiny-resnet", 20],
  ["resnet50", 53],
  ["mobilenet-v2", 52],
  ["vgg11-bn", 8],
];

test.each(cases)("%s: all %i batch norms are folded, and the outputs stay, to rounding", async (name, norms) => {
  const generator = manualSeed(name);
  const model = createModel(name, { numClasses: 5 });
  await updateBatchNorm(model, [randn([4, 3, 64, 64], { generator })]);
  model.eval();
  const input = randn([2, 3, 64, 64], { generator });
  const before = await noGrad(() => model.forward(input)).data();
  expect(countNorms(model)).toBe(norms);
  foldBatchNorm(model);
  expect(countNorms(model)).toBe(0);
  const after = await noGrad(() => model.forward(input)).data();
  const scale = Math.max(...before.map(Math.abs));
  const apart = Math.max(...before.map((value, i) => Math.abs(value - after[i]!)));
  expect(apart / scale).toBeLessThan(1e-4);
});
