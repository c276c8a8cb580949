import { defaultGenerator, type Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import { checkMembers } from "./check-members.ts";
import { expectSame, expectSameState, snapshot } from "./same-bits.ts";
import { seeded, seeds } from "./seeded.ts";

/** What the laws of state need of a module. */
export interface StatefulModule {
  /** The tensors of the state, by name. */
  stateDict(): ReadonlyMap<string, Tensor>;
  /** Takes a state over. */
  loadStateDict(state: ReadonlyMap<string, Tensor>): unknown;
  /** Switches to eval mode. */
  eval(): unknown;
  /** Switches to train mode. */
  train(): unknown;
  /** The output for an input. */
  forward(x: Tensor): Tensor;
}

/** Modules of one architecture and inputs for them: a `ModuleSpec` is one. */
export interface StateSubject {
  /** Makes a module; each call draws other weights. */
  readonly make: () => StatefulModule;
  /** An input that fits, new each time. */
  readonly input: () => Tensor;
}

/**
 * The law that loading what was saved is the identity: after training passes through one module have moved its
 * buffers, a second module that loads the first one's state has an equal state dict, key by key, in order and bit by
 * bit, and computes the same bits in eval mode.
 */
export function saveLoadIdentity(subjects: fc.Arbitrary<StateSubject>): fc.IProperty<[StateSubject, number]> {
  return fc.property(subjects, seeds(), (subject, seed) =>
    seeded(seed, () => {
      const [saved, loaded] = [trained("saveLoadIdentity", subject), subject.make()];
      loaded.loadStateDict(saved.stateDict());
      expectSameState(loaded.stateDict(), snapshot(saved.stateDict()));
      const x = subject.input();
      saved.eval();
      loaded.eval();
      expectSame(loaded.forward(x), saved.forward(x).dataSync(), "the loaded module computes something else");
    }),
  );
}

/**
 * The law that eval mode is deterministic and pure: a forward pass changes no parameter and no buffer, draws nothing from
 * the default generator, and gives the same bits each time.
 */
export function evalChangesNothing(subjects: fc.Arbitrary<StateSubject>): fc.IProperty<[StateSubject, number]> {
  return fc.property(subjects, seeds(), (subject, seed) =>
    seeded(seed, () => {
      const module = trained("evalChangesNothing", subject);
      module.eval();
      const before = snapshot(module.stateDict());
      const x = subject.input();
      const drawn = JSON.stringify(defaultGenerator().getState());
      const first = module.forward(x).dataSync();
      expectSameState(module.stateDict(), before);
      if (JSON.stringify(defaultGenerator().getState()) !== drawn) {
        throw new Error("a forward pass in eval mode drew from the default generator");
      }
      expectSame(module.forward(x), first, "the second forward pass in eval mode computes something else");
    }),
  );
}

/** A module whose buffers have moved. */
function trained(law: string, { make, input }: StateSubject): StatefulModule {
  const module = make();
  checkMembers(law, module, ["stateDict", "loadStateDict", "train", "eval", "forward"]);
  module.train();
  module.forward(input());
  return module;
}
