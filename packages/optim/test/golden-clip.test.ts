import { clipGradNorm, clipGradValue } from "@tapegrad/optim";
import { type Tensor, zeros } from "@tapegrad/tensor";
import { goldenNames, goldenTensor, type GoldenTensor, loadGolden } from "@tapegrad/test-support";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

const names = goldenNames("clip");

test("there are golden cases of both kinds of clipping", () => {
  expect(new Set(names.map((name) => loadGolden(name, "clip").op))).toEqual(
    new Set(["clip_grad_norm_", "clip_grad_value_"]),
  );
});

eachDevice(() => {
  test.each(names)("%s: the norm before and the gradients after are PyTorch's", (name) => {
    const { args = {}, grads, gradsAfter, totalNorm } = loadGolden(name, "clip");
    const params = grads.map(withGradient);
    if (totalNorm === undefined) clipGradValue(params, Number(args["clip_value"]));
    else {
      const norm = clipGradNorm(params, Number(args["max_norm"]), { normType: Number(args["norm_type"] ?? 2) });
      expectClose(norm.itemSync(), totalNorm);
    }
    params.forEach((param, i) => {
      const expected = gradsAfter[i] ?? null;
      if (expected === null) expect(param.grad).toBeNull();
      else expectClose(param.grad!, expected);
    });
  });
});

/** A parameter of which only the gradient matters; null where PyTorch's had none. */
function withGradient(gradient: GoldenTensor | null): Tensor {
  const param = zeros(gradient?.shape ?? [1], { requiresGrad: true });
  param.grad = gradient && goldenTensor(gradient);
  return param;
}
