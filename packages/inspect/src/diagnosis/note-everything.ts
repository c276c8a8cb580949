import { copyOf, noteGenerators } from "@tapegrad/nn/internal";
import type { Module } from "@tapegrad/nn/module";
import type { OptimizerStateDict } from "@tapegrad/optim";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { hideFromRecorders } from "@tapegrad/tensor/internal";
import { copyOfAll, disposeAll } from "../training/note-training.ts";
import type { InspectedOptimizer } from "./options.ts";

/** Everything that a trial may change, as it was. */
export interface StateNote {
  /** Puts values, modes, generators and the optimizer's memory back; as often as it is called. */
  restore(): void;
  /** Puts gradients and the storages' versions back too, and gives the memory of the note back. */
  finish(): void;
}

interface NotedTensor {
  readonly tensor: Tensor;
  readonly values: Tensor;
  readonly grad: Tensor | null;
  /** How often its values had been replaced. */
  readonly version: number;
  /** The version at which it last held what was noted. */
  clean: number;
}

/** Notes all state of modules and of an optimizer, and sets the gradients aside. */
export function noteEverything(modules: readonly Module[], optimizer: InspectedOptimizer | null): StateNote {
  const found = new Set<Tensor>(modules.flatMap((module) => [...module.parameters(), ...module.buffers()]));
  for (const { params } of optimizer?.paramGroups ?? []) for (const each of params) found.add(each);
  const tensors = Array.from(found, (tensor): NotedTensor => {
    const { version } = tensor.storage;
    const grad = tensor.ownGrad;
    tensor.ownGrad = null;
    return { tensor, values: copyOf(tensor), grad, version, clean: version };
  });
  const modes = modules.flatMap((module) => module.modules()).map((module) => [module, module.training] as const);
  const memory = optimizer === null ? null : (copyOfAll(optimizer.stateDict()) as OptimizerStateDict);
  const generators = modules.map(noteGenerators);
  const show = hideFromRecorders();
  const restore = (): void => {
    noGrad(() => {
      for (const noted of tensors) {
        noted.tensor.dropGrad();
        if (noted.tensor.storage.version === noted.clean) continue;
        noted.tensor.assign(noted.values);
        noted.clean = noted.tensor.storage.version;
      }
    });
    for (const [module, mode] of modes) module.training = mode;
    if (memory !== null) optimizer!.loadStateDict(memory);
    for (const restoreGenerators of generators) restoreGenerators();
  };
  return {
    restore,
    finish() {
      restore();
      for (const { tensor, values, grad, version } of tensors) {
        tensor.storage.version = version;
        tensor.grad = grad;
        values.dispose();
      }
      disposeAll(memory);
      show();
    },
  };
}
