import * as models from "@tapegrad/models";
import { createModel, modelNames } from "@tapegrad/models";
import { describe, expect, it } from "vitest";

describe("models refuse what plain JavaScript lets through", () => {
  it.each(modelNames)("%s: an option that it does not have", (name) => {
    expect(() => createModel(name, { num_classes: 3 } as object)).toThrow(
      /unknown option num_classes; .*mean numClasses\?/,
    );
  });

  it.each([null, 3, "10", true, []])("options that are %s", (wrong) => {
    expect(() => createModel("resnet20", wrong as never)).toThrow(/expected an object of options \(numClasses\), got/);
    expect(() => models.tinyResnet(wrong as never)).toThrow(/tinyResnet: expected an object of options/);
    expect(() => models.resnet18(wrong as never)).toThrow(/ResNet: expected an object of options/);
  });

  it.each([0, -1, 1.5, NaN, "3", null, {}])("%s classes", (numClasses) => {
    expect(() => createModel("lenet", { numClasses } as never)).toThrow(/outFeatures must be a positive integer, got/);
  });

  it.each([undefined, null, 3, {}, "resnet21", "toString"])("%s is no name of a model", (name) => {
    expect(() => createModel(name as never)).toThrow(/createModel: no model .*; there are lenet, resnet20/);
  });

  it.each([undefined, null, {}, "x", NaN, 1e10, Symbol("s"), 5n, Promise.resolve(1), new Map()])(
    "%o in place of a plan",
    (value) => {
      const wrong = value as never;
      expect(() => new models.VGG(wrong)).toThrow('VGG: plan must be a list of widths and "pool", got');
      expect(() => new models.CifarResNet(wrong)).toThrow("CifarResNet: depth must be 6n + 2, got");
      expect(() => new models.ResNet(wrong, [1, 1, 1, 1])).toThrow("ResNet: expected BasicBlock or Bottleneck, got");
      expect(() => new models.ResNet(models.BasicBlock, wrong)).toThrow(
        "ResNet: layers must be a list of four integers, got",
      );
      if (value !== 1e10)
        expect(() => new models.Bottleneck(2, wrong)).toThrow("Bottleneck: planes must be a positive integer, got");
    },
  );
});
