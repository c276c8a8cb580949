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
});
