import type { Tensor } from "@tapegrad/tensor";
import { goldenNames, goldenTensor, type GoldenTensor, goldenValues, loadGolden } from "@tapegrad/test-support";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";
import { parameterLike, torchOptions, torchOptimizers } from "./torch-optimizers.ts";

const names = goldenNames("optim_");

test("every golden optimizer is known here", () => {
  expect(names.length).toBe(22);
  expect(names.filter((name) => !(loadGolden(name, "optim").op in torchOptimizers))).toEqual([]);
});

eachDevice(() => {
  describe.each(names)("%s", (name) => {
    const golden = loadGolden(name, "optim");
    const { args = {}, defaults, params0, grads, paramsAfter, stateAfter } = golden;
    const create = torchOptimizers[golden.op]!;

    test("has PyTorch's defaults", () => {
      expect(create(params0.map(parameterLike), torchOptions(args)).defaults).toEqual(torchOptions(defaults));
    });

    test("takes PyTorch's steps and keeps its state", () => {
      const params = params0.map(parameterLike);
      const optimizer = create(params, torchOptions(args));
      grads.forEach((ofStep, step) => {
        params.forEach((param, i) => (param.grad = ofStep[i] ? goldenTensor(ofStep[i]) : null));
        optimizer.step();
        params.forEach((param, i) => expectClose(param, paramsAfter[step]![i]!));
      });
      const { state } = optimizer.stateDict();
      for (const [index, expected] of Object.entries(stateAfter)) {
        for (const [key, value] of Object.entries<GoldenTensor | number | null>(torchOptions(expected))) {
          const actual = state[index]?.[key];
          if (value === null) expect(actual).toBeUndefined();
          else
            expectClose(actual!, typeof actual === "number" && typeof value === "object" ? goldenValues(value) : value);
        }
      }
    });

    test("goes on exactly after saving and loading in the middle", () => {
      const run = (reload: boolean): readonly Tensor[] => {
        const params = params0.map(parameterLike);
        let optimizer = create(params, torchOptions(args));
        grads.forEach((ofStep, step) => {
          params.forEach((param, i) => (param.grad = ofStep[i] ? goldenTensor(ofStep[i]) : null));
          optimizer.step();
          if (!reload || step !== 2) return;
          const saved = optimizer.stateDict();
          optimizer = create(params, torchOptions(args));
          optimizer.loadStateDict({ ...saved, paramGroups: JSON.parse(JSON.stringify(saved.paramGroups)) });
        });
        return params;
      };
      const [straight, reloaded] = [run(false), run(true)];
      straight.forEach((param, i) => expect(reloaded[i]!.dataSync()).toEqual(param.dataSync()));
    });
  });
});
