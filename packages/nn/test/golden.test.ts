import { backward } from "@tapegrad/autograd";
import * as nn from "@tapegrad/nn";
import { add, Generator, mul, noGrad, slice, sub, type Tensor } from "@tapegrad/tensor";
import {
  type GoldenCase,
  goldenNames,
  goldenTensor,
  type GoldenTensor,
  type GoldenTensors,
  goldenValues,
  loadGolden,
} from "@tapegrad/test-support";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";
import { generatorOfMask } from "./fixed-mask.ts";
import { checkLoss, checkModule, expectBuffers, stateOf } from "./torch-checks.ts";
import { buildModule, fieldName } from "./torch-modules.ts";

/** Golden cases of kinds that are checked here but need what does not exist yet. */
const later: readonly string[] = [];

/** Kinds whose cases other packages check. */
const elsewhere = ["function", "optim", "scheduler", "clip", "transforms", "errors"];

const kindOf = new Map(goldenNames().map((name) => [name, loadGolden(name).kind]));
const namesOf = (kind: string): string[] =>
  [...kindOf.keys()].filter((name) => kindOf.get(name) === kind && !later.includes(name));

test("every golden case is checked here or named among those for later", () => {
  const known = new Set(["module", "dropout", "stateful", "loss", "model", "fold", "init", ...elsewhere]);
  expect([...kindOf].filter(([, kind]) => !known.has(kind))).toEqual([]);
  expect(later.filter((name) => !kindOf.has(name))).toEqual([]);
});

eachDevice(() => {
  describe("layers do what PyTorch's do", () => {
    test.each(namesOf("module"))("%s", (name) => {
      checkModule(loadGolden(name, "module"));
    });
  });

  describe("dropout with PyTorch's masks does what PyTorch's does", () => {
    test.each(namesOf("dropout"))("%s", (name) => {
      const golden = loadGolden(name, "dropout");
      const { p } = golden.args as { readonly p: number };
      const generator = golden.mode === "train" ? generatorOfMask(drawsOf(golden), p) : new Generator();
      const { module } = buildModule(golden.op, golden.args ?? {}, golden.note, { generator });
      module.train(golden.mode === "train");
      const input = goldenTensor(golden.inputs[0]!, { requiresGrad: true });
      const output = module.forward(input);
      expectClose(output, golden.outputs[0]!);
      backward(output, { gradient: goldenTensor(golden.gradOutput) });
      expectClose(input.grad!, golden.gradInputs[0]!);
    });
  });

  describe("batch norm goes through PyTorch's sequences", () => {
    test.each(namesOf("stateful"))("%s", (name) => {
      const golden = loadGolden(name, "stateful");
      const module = buildModule(golden.op, golden.args ?? {}, undefined).module as nn.BatchNorm2d;
      module.loadStateDict(stateOf(golden.params, golden.buffers));
      for (const step of golden.steps) {
        if (step.do === "train") module.train();
        else if (step.do === "eval") module.eval();
        else if (step.do === "reset_running_stats") module.resetRunningStats();
        else if (step.do === "reset_parameters") module.resetParameters();
        else if (step.do === "set") Object.assign(module, { [fieldName(step.field!)]: step.value });
        else {
          expect(module.training).toBe(step.training);
          const output = nn.withoutModeGuard(() => module.forward(goldenTensor(step.input!)));
          expectClose(output, step.output!);
        }
        if (step.buffersAfter !== undefined) expectBuffers(module, step.buffersAfter);
      }
    });
  });

  describe("losses do what PyTorch's do", () => {
    test.each(namesOf("loss"))("%s", (name) => {
      checkLoss(loadGolden(name, "loss"));
    });
  });

  test.each(namesOf("fold"))("%s: a batch norm folded into the convolution before it", (name) => {
    const golden = loadGolden(name, "fold");
    const [out, channels, ...kernel] = golden.conv.weight!.shape;
    const conv = new nn.Conv2d(channels!, out!, kernel);
    const norm = new nn.BatchNorm2d(out!, { eps: golden.eps });
    conv.loadStateDict(stateOf(golden.conv));
    norm.loadStateDict(stateOf(golden.bn));
    const fused = nn.fuseConvBatchNorm(conv.eval(), norm.eval());
    for (const [key, value] of fused.stateDict()) expectClose(value, golden.fused[key]!);
    expectClose(fused.forward(goldenTensor(golden.inputs[0]!)), golden.outputs[0]!);
  });

  test("a small CNN follows PyTorch's six steps of SGD, and falls into the same pit", () => {
    const golden = loadGolden("model_small_cnn_train_eval_pit", "model");
    const model = new nn.Sequential(
      new nn.Conv2d(1, 4, 3, { padding: 1, bias: false }),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(4, 6, 3),
      new nn.BatchNorm2d(6, { momentum: null }),
      new nn.ReLU(),
      new nn.AdaptiveAvgPool2d(1),
      new nn.Flatten(),
      new nn.Dropout(0),
      new nn.Linear(6, 3),
    );
    model.loadStateDict(stateOf(golden.stateDict0));
    const loss = new nn.CrossEntropyLoss();
    const velocities = new Map<nn.Parameter, Tensor>();
    for (const [t, { x, y }] of golden.batches.entries()) {
      model.zeroGrad();
      const value = loss.forward(model.forward(goldenTensor(x)), goldenTensor(y));
      expectClose(value, golden.losses[t]!);
      backward(value);
      for (const parameter of model.parameters())
        velocities.set(parameter, sgdStep(parameter, velocities.get(parameter)));
      expectBuffers(model, golden.bnAfterStep[t]!);
    }
    for (const [key, value] of model.stateDict()) expectClose(value, golden.stateDictAfter[key]!);
    nn.withoutModeGuard(() => expectPit(model, golden.pit));
  });
});

/** The mask with one number for each draw: `Dropout2d` draws once for each channel of `[n, c, h, w]`. */
function drawsOf({ op, keepMask }: GoldenCase<"dropout">): number[] {
  const mask = goldenValues(keepMask);
  const [, , h, w] = keepMask.shape;
  return op === "Dropout2d" ? mask.filter((_, i) => i % (h! * w!) === 0) : mask;
}

/** SGD with learning rate 0.1, momentum 0.9 and weight decay 0.01; gives the new velocity. */
function sgdStep(parameter: nn.Parameter, velocity: Tensor | undefined): Tensor {
  return noGrad(() => {
    const gradient = add(parameter.grad!, mul(parameter, 0.01));
    const next = velocity === undefined ? gradient : add(mul(velocity, 0.9), gradient);
    parameter.assign(sub(parameter, mul(next, 0.1)));
    return next;
  });
}

/** Eval logits do not depend on the batch; train logits do, and train-mode forwards change the eval logits for good. */
function expectPit(model: nn.Sequential, golden: Readonly<Record<string, unknown>>): void {
  const tensorOf = (key: string): GoldenTensor => golden[key] as GoldenTensor;
  const x = goldenTensor(tensorOf("x"));
  const oneByOne = (key: string): void => {
    const logits = Array.from({ length: 3 }, (_, i) => [...model.forward(slice(x, 0, i, i + 1)).dataSync()]);
    expectClose(logits.flat(), goldenValues(tensorOf(key)));
  };
  noGrad(() => {
    model.eval();
    expectClose(model.forward(x), tensorOf("evalLogits"));
    oneByOne("evalLogitsOneByOne");
    model.train();
    expectClose(model.forward(x), tensorOf("trainLogitsBatch3"));
    expectBuffers(model, golden["buffersAfterTrainForward"] as GoldenTensors);
    oneByOne("trainLogitsOneByOne");
    model.eval();
    expectClose(model.forward(x), tensorOf("evalLogitsAfterThePit"));
  });
}
