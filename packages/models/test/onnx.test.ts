import { encodeOnnx, loadTorch } from "@tapegrad/formats";
import { createModel, type ModelName } from "@tapegrad/models";
import { evaluating } from "@tapegrad/nn";
import { noGrad, randn } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { checkpoints } from "./pit.ts";

// Logits of untrained networks may be large: compared with their largest.
test.each<[ModelName, readonly number[]]>([
  ["lenet", [2, 1, 28, 28]],
  ["resnet20", [2, 3, 32, 32]],
  ["tiny-resnet", [2, 3, 64, 64]],
  ["mobilenet-v2", [1, 3, 64, 64]],
])("%s gives the same outputs in onnxruntime", async (name, shape) => {
  const model = createModel(name);
  if (name === "tiny-resnet") model.loadStateDict(await loadTorch(checkpoints[0]!));
  else model.forward(randn([4, ...shape.slice(1)]));
  const session = await InferenceSession.create(await encodeOnnx(model, randn(shape)), { logSeverityLevel: 3 });
  const input = randn([3, ...shape.slice(1)]);
  const expected = evaluating(model, () => noGrad(() => model.forward(input)));
  const { output } = await session.run({
    input: new OrtTensor("float32", (await input.data()) as Float32Array, [...input.shape]),
  });
  expect(output!.dims).toEqual(expected.shape);
  const largest = Math.max(...expected.dataSync().map(Math.abs));
  expectClose(output!.data, expected, { rtol: 1e-4, atol: 1e-4 * largest });
});
