export { LeNet, type LeNetOptions } from "./lenet.ts";
export { CifarResNet, type CifarResNetOptions } from "./cifar-resnet.ts";
export {
  ResNet,
  resnet101,
  resnet152,
  resnet18,
  resnet34,
  resnet50,
  tinyResnet,
  type ResNetOptions,
  type Stages,
} from "./resnet.ts";
export { BasicBlock } from "./basic-block.ts";
export { Bottleneck } from "./bottleneck.ts";
export { ResidualBlock, type BlockClass, type BlockOptions } from "./residual-block.ts";
export { VGG, vgg11bn, type VGGOptions, type VGGPlan } from "./vgg.ts";
export { MobileNetV2, type MobileNetV2Options } from "./mobilenet-v2.ts";
export { createModel, isModelName, modelNames, type CreateModelOptions, type ModelName } from "./create-model.ts";
