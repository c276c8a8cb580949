import fc from "fast-check";
import type { Tensor } from "@tapegrad/tensor";
import { expectClose } from "../expect-close.ts";

/** What the laws of state need of a module. */
export interface StatefulModule {
  stateDict(): ReadonlyMap<string, Tensor>;
  loadStateDict(state: ReadonlyMap<string, Tensor>): unknown;
  eval(): unknown;
  train(): unknown;
  forward(x: Tensor): Tensor;
}

/** Modules of one architecture and an input for them. */
export interface StateSubject {
  /** Makes a module; each call draws other weights. */
  readonly make: () => StatefulModule;
  readonly input: () => Tensor;
}

/**
 * The law that loading what was saved is the identity: after training passes through one module have moved its
 * buffers, a second module that loads the first one's state has an equal state dict, key by key, in order and bit by
 * bit, and computes the same bits in eval mode.
 */
export function saveLoadIdentity(subjects: fc.Arbitrary<StateSubject>): fc.IProperty<[StateSubject]> {
  return fc.property(subjects, ({ make, input }) => {
    const [saved, loaded] = [make(), make()];
    saved.train();
    saved.forward(input());
    loaded.loadStateDict(saved.stateDict());
    expectSameState(loaded.stateDict(), snapshot(saved.stateDict()));
    const x = input();
    saved.eval();
    loaded.eval();
    expectClose(loaded.forward(x), saved.forward(x), exactly);
  });
}

/** The law that a forward pass in eval mode changes no parameter and no buffer, and gives the same bits each time. */
export function evalChangesNothing(subjects: fc.Arbitrary<StateSubject>): fc.IProperty<[StateSubject]> {
  return fc.property(subjects, ({ make, input }) => {
    const module = make();
    module.train();
    module.forward(input());
    module.eval();
    const before = snapshot(module.stateDict());
    const x = input();
    const first = module.forward(x).dataSync();
    expectSameState(module.stateDict(), before);
    expectClose(module.forward(x), first, exactly);
  });
}

const exactly = { rtol: 0, atol: 0 };

function snapshot(state: ReadonlyMap<string, Tensor>): ReadonlyMap<string, ArrayLike<number>> {
  return new Map([...state].map(([key, value]) => [key, value.dataSync()]));
}

function expectSameState(actual: ReadonlyMap<string, Tensor>, expected: ReadonlyMap<string, ArrayLike<number>>): void {
  const [keys, wanted] = [[...actual.keys()].join(", "), [...expected.keys()].join(", ")];
  if (keys !== wanted) throw new Error(`expected the state dict to have the keys ${wanted}, got ${keys}`);
  for (const [key, value] of actual) {
    try {
      expectClose(value, expected.get(key)!, exactly);
    } catch (cause) {
      throw new Error(`${key} of the state dict changed`, { cause });
    }
  }
}
