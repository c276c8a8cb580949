import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import * as tensor from "@tapegrad/tensor";
import { families } from "./targets.ts";

const chance = "other seeds, other numbers: its distribution is tested, its values have no counterpart";
const state = "holds or changes state of the program, and computes nothing";
const inner = "a part that ops, kernels or devices are made of; PyTorch has no such function";
const check = "checks arguments";
const error = "an error";
const base = "what classes of targets inherit; no layer, optimizer or schedule of its own";
const container = "holds layers; compared as whole networks by the golden files";
const modes = "a tool for train and eval mode; PyTorch has none such";

/** What is exported and not compared with PyTorch here, each with the reason. */
export const exclusions: Readonly<Record<string, string>> = {
  ...because(chance, [
    "tensor.rand",
    "tensor.randn",
    "tensor.bernoulli",
    "tensor.randint",
    "tensor.randperm",
    "tensor.multinomial",
    "tensor.randLike",
    "tensor.randnLike",
    "tensor.refillNormal",
    "tensor.refillUniform",
  ]),
  ...because(chance, [
    "init.normal",
    "init.truncatedNormal",
    "init.uniform",
    "init.kaimingNormal",
    "init.kaimingUniform",
  ]),
  ...because(chance, ["init.orthogonal", "init.xavierNormal", "init.xavierUniform"]),
  ...because(chance, ["tensor.Generator", "tensor.defaultGenerator", "tensor.manualSeed"]),
  ...because(state, ["tensor.scope", "tensor.keep", "tensor.enableGrad", "tensor.isRecording", "tensor.noGrad"]),
  ...because(state, ["tensor.currentDevice", "tensor.destroyDevices", "tensor.deviceNames", "tensor.deviceReport"]),
  ...because(state, ["tensor.memoryStats", "tensor.setFusion", "tensor.setThreads", "tensor.useDevice"]),
  ...because(state, ["tensor.withDevice", "tensor.profile", "tensor.refill"]),
  ...because("asks about tensors, and answers true or false", ["tensor.allClose", "tensor.equals"]),
  ...because(inner, ["tensor.Tensor", "tensor.Storage", "tensor.fromHost", "tensor.toDevice", "tensor.applyOp"]),
  ...because(inner, ["tensor.defineMultiOp", "tensor.defineOp", "tensor.defineKernel", "tensor.launch"]),
  ...because(inner, ["tensor.launchOne", "tensor.observeOps", "tensor.broadcastShapes", "tensor.sameShape"]),
  ...because(inner, ["tensor.normalizeDim", "tensor.normalizeDims", "tensor.sizeOf", "tensor.stridesOf"]),
  ...because(inner, ["nn.Parameter", "nn.Buffer"]),
  ...because("the gradient of batchNorm, which is compared as such", ["tensor.batchNormGrad"]),
  ...because("the step of an optimizer, which is compared as such", ["tensor.sgdStep", "tensor.adamStep"]),
  ...because(check, ["tensor.checkShape"]),
  ...because(error, ["tensor.DTypeError", "tensor.DeviceError", "tensor.DisposedError", "tensor.FormatError"]),
  ...because(error, ["tensor.GradientError", "tensor.IndexError", "tensor.OverlapError", "tensor.ShapeError"]),
  ...because(error, [
    "tensor.TapegradError",
    "tensor.ValueError",
    "tensor.FileError",
    "nn.StateDictError",
    "nn.ModeError",
  ]),
  ...because(base, [
    "nn.Module",
    "nn.Convolution",
    "nn.ConvTranspose",
    "nn.BatchNorm",
    "nn.InstanceNorm",
    "optim.ParameterGroups",
    "optim.Optimizer",
  ]),
  ...because(base, ["optim.ComposedOptimizer", "optim.LRScheduler", "optim.ComposedSchedule"]),
  ...because(container, [
    "nn.Sequential",
    "nn.ModuleList",
    "nn.ModuleDict",
    "nn.fuseConvBatchNorm",
    "nn.foldBatchNorm",
  ]),
  ...because("hooks of modules, and layers in place of others: they compute nothing", [
    "nn.registerForwardPreHook",
    "nn.registerForwardHook",
    "nn.registerFullBackwardHook",
    "nn.replaceModules",
  ]),
  ...because(modes, ["nn.summary", "nn.evaluating", "nn.training", "nn.inspectModes", "nn.compareModes"]),
  ...because(modes, ["nn.comparisonSvg", "nn.setModeGuard", "nn.withoutModeGuard", "nn.statisticsDrift"]),
  ...because("asynchronous; its test has PyTorch's values", [
    "tensor.bincount",
    "tensor.unique",
    "tensor.maskedSelect",
    "tensor.nonzero",
  ]),
  ...because("its test has PyTorch's values, from state dicts on", ["nn.weightNorm", "nn.spectralNorm"]),
  ...because("newer than PyTorch 1.13; its test has values of the documented formula", [
    "optim.Adafactor",
    "optim.Muon",
  ]),
  ...because("asynchronous, over batches; its test runs PyTorch's update_bn", ["nn.updateBatchNorm"]),
};

/** Every exported value by its name; the namespaces of nn are opened. */
export const exported: readonly (readonly [name: string, value: unknown])[] = Object.entries({
  tensor,
  nn,
  functional: nn.functional,
  init: nn.init,
  optim,
})
  .flatMap(([from, names]) => Object.entries(names).map(([name, value]) => [`${from}.${name}`, value] as const))
  .filter(([name]) => name !== "nn.functional" && name !== "nn.init");

const compared = new Set(Object.values(families).flatMap((targets) => targets.map(({ subject }) => subject)));

/** What is exported, and neither compared nor excluded. */
export function forgotten(): readonly string[] {
  return exported.filter(([name, value]) => !compared.has(value) && !(name in exclusions)).map(([name]) => name);
}

function because(reason: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}
