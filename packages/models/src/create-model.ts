import type { Layer } from "@tapegrad/nn";
import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { CifarResNet } from "./cifar-resnet.ts";
import { LeNet } from "./lenet.ts";
import { MobileNetV2 } from "./mobilenet-v2.ts";
import { resnet101, resnet152, resnet18, resnet34, resnet50, tinyResnet } from "./resnet.ts";
import { vgg11bn } from "./vgg.ts";

/** What all models have in common. */
export interface CreateModelOptions {
  /** @default what the model was trained for: 1000, CIFAR's 10, the digits' 10 */
  readonly numClasses?: number;
}

/** A name that `createModel` knows. */
export type ModelName =
  | "lenet"
  | "resnet20"
  | "resnet32"
  | "resnet44"
  | "resnet56"
  | "resnet110"
  | "tiny-resnet"
  | "resnet18"
  | "resnet34"
  | "resnet50"
  | "resnet101"
  | "resnet152"
  | "vgg11-bn"
  | "mobilenet-v2";

const builders: Readonly<Record<ModelName, (options: CreateModelOptions) => Layer>> = {
  lenet: (options) => new LeNet(options),
  resnet20: (options) => new CifarResNet(20, options),
  resnet32: (options) => new CifarResNet(32, options),
  resnet44: (options) => new CifarResNet(44, options),
  resnet56: (options) => new CifarResNet(56, options),
  resnet110: (options) => new CifarResNet(110, options),
  "tiny-resnet": tinyResnet,
  resnet18: resnet18,
  resnet34: resnet34,
  resnet50: resnet50,
  resnet101: resnet101,
  resnet152: resnet152,
  "vgg11-bn": vgg11bn,
  "mobilenet-v2": (options) => new MobileNetV2(options),
};

/** Every name that `createModel` knows. */
export const modelNames: readonly ModelName[] = Object.keys(builders) as ModelName[];

/** Whether `createModel` knows a name. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(builders, name);
}

/**
 * Builds a model by its name, for programs that are told it: `createModel("resnet20")`. Code that knows which model it
 * wants imports that alone; this file carries them all.
 *
 * @throws ValueError listing the names, if there is no such model.
 */
export function createModel(name: ModelName, options: CreateModelOptions = {}): Layer {
  if (!isModelName(name))
    throw new ValueError(`createModel: no model ${showValue(name)}; there are ${modelNames.join(", ")}`);
  return builders[name](options);
}
