import { checkShape, noGrad, observeOps, type Shape, type Storage, Tensor, ValueError, zeros } from "@tapegrad/tensor";
import { checkModule } from "../checks/check-module.ts";
import { Conv2d } from "../layers/conv/conv2d.ts";
import { Identity } from "../layers/identity.ts";
import { BatchNorm2d } from "../layers/norm/batch-norm2d.ts";
import { withoutModeGuard } from "../modes/mode-guard.ts";
import { deviceOf } from "../module/device-of.ts";
import { registerForwardHook, registerForwardPreHook } from "../module/module-hooks.ts";
import type { Layer, Module } from "../module/module.ts";
import { fuseConvBatchNorm } from "./fuse-conv-batch-norm.ts";
import { replaceModules } from "./replace-modules.ts";

/** Sides of square pictures that are tried where no input is given: those of CIFAR, digits, ImageNet. */
const usualSides = [32, 28, 64, 224, 299];

/**
 * Folds batch norms into the convolutions before them, for inference: `fuseConvBatchNorm` for each pair, in place. The
 * outputs stay the same, to rounding; half the layers are gone.
 *
 * A forward pass on zeros shows which convolution feeds which batch norm; nothing is guessed from names or order. The
 * batch norm must be the only reader of the convolution's output, and both must be called once. Other layers stay as
 * they are. Pairs may lie anywhere in the network; grouped and depthwise convolutions among them.
 *
 * @param input the shape of an input, batch included, or an input. Without one, a picture of a usual size with the channels of the
 *   first convolution is tried.
 * @returns the model, with convolutions in the place of convolutions and `Identity` in the place of batch norms.
 * @throws ValueError unless the model is in eval mode, or if no usual size fits and `input` is needed.
 */
export function foldBatchNorm<M extends Layer>(model: M, input?: Shape | Tensor): M {
  checkModule("foldBatchNorm: model", model);
  if (input !== undefined && !(input instanceof Tensor)) checkShape("foldBatchNorm", input);
  const training = model.namedModules().find(([, module]) => module.training && module.modeSensitive);
  if (training !== undefined)
    throw new ValueError(`foldBatchNorm: ${training[0] || "the model"} is in train mode; call eval() first`);
  const replacements = new Map<Module, Module>();
  for (const [conv, norm] of pairsIn(model, input)) {
    const { weight, bias } = conv;
    const fused = fuseConvBatchNorm(conv, norm).requireGrad(weight.requiresGrad || bias?.requiresGrad === true);
    replacements.set(conv, fused).set(norm, new Identity().eval());
  }
  return replaceModules(model, replacements);
}

function pairsIn(model: Layer, input: Shape | Tensor | undefined): readonly (readonly [Conv2d, BatchNorm2d])[] {
  const device = deviceOf(model);
  if (input !== undefined) return trace(model, input instanceof Tensor ? input : zeros(input, { device }));
  const first = model.modules().find((module) => module instanceof Conv2d);
  if (first === undefined) return [];
  const refusals: string[] = [];
  for (const side of usualSides) {
    try {
      return trace(model, zeros([1, first.inChannels, side, side], { device }));
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new ValueError(`foldBatchNorm: say the input's shape, no picture of a usual size fits (${refusals[0]})`);
}

/** The pairs that one forward pass shows to be safe. */
function trace(model: Layer, input: Tensor): readonly (readonly [Conv2d, BatchNorm2d])[] {
  /** How often convolutions and batch norms were called, and what the former gave and the latter read at last. */
  const seen = new Map<Module, { readonly calls: number; readonly storage: Storage | null }>();
  const see = (module: Module, value: unknown): Storage | null => {
    const storage = value instanceof Tensor ? value.storage : null;
    seen.set(module, { calls: (seen.get(module)?.calls ?? 0) + 1, storage });
    return storage;
  };
  let inNorm = false;
  /** Outputs of convolutions that something other than a batch norm has read. */
  const readElsewhere = new Set<Storage | null>();
  const handles = model.modules().flatMap((module) => {
    if (module instanceof Conv2d)
      return [
        registerForwardHook(module, (_module, _inputs, output) => void readElsewhere.delete(see(module, output))),
      ];
    if (!(module instanceof BatchNorm2d)) return [];
    return [
      registerForwardPreHook(module, (_module, [first]) => {
        see(module, first);
        inNorm = true;
      }),
      registerForwardHook(module, () => void (inNorm = false)),
    ];
  });
  const before = observeOps(null);
  observeOps({
    ran(name, inputs, outputs) {
      if (!inNorm) for (const { storage } of inputs) readElsewhere.add(storage);
      before?.ran(name, inputs, outputs);
    },
  });
  try {
    withoutModeGuard(() => noGrad(() => model.forward(input)));
  } finally {
    observeOps(before);
    for (const handle of handles) handle.remove();
  }
  return [...seen].flatMap(([norm, { calls, storage }]) => {
    if (!(norm instanceof BatchNorm2d) || calls !== 1 || norm.runningMean === null) return [];
    if (storage === null || readElsewhere.has(storage)) return [];
    const others = [...seen].filter(([module, other]) => module !== norm && other.storage === storage);
    const [conv, made] = others[0] ?? [];
    return others.length === 1 && conv instanceof Conv2d && made?.calls === 1 ? [[conv, norm] as const] : [];
  });
}
