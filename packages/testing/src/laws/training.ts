import type { Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import { checkMembers } from "./check-members.ts";
import { snapshot, expectSame } from "./same-bits.ts";
import { seeded, seeds } from "./seeded.ts";
import type { StateSubject, StatefulModule } from "./state.ts";

/** A module that tells its parameters from its buffers. */
export interface TrainableModule extends StatefulModule {
  /** What is trained, by name. */
  namedParameters(): Iterable<readonly [string, Tensor]>;
  /** What else is state, by name. */
  namedBuffers(): Iterable<readonly [string, Tensor]>;
}

/** Modules of one architecture and inputs for them: a `ModuleSpec` is one. */
export interface TrainableSubject extends StateSubject {
  readonly make: () => TrainableModule;
}

/**
 * The law that training is what changes statistics, and that it changes nothing else: a forward pass in train mode leaves every
 * parameter as it is, bit by bit, and moves every buffer named `running_var`; one in eval mode leaves the buffers alone.
 *
 * The statistics must not have a momentum of 0. What they become says `runningStatisticsLaw`.
 */
export function trainingMovesStatisticsOnly(
  subjects: fc.Arbitrary<TrainableSubject>,
): fc.IProperty<[TrainableSubject, number]> {
  return fc.property(subjects, seeds(), ({ make, input }, seed) =>
    seeded(seed, () => {
      const module = make();
      checkMembers("trainingMovesStatisticsOnly", module, [
        "namedParameters",
        "namedBuffers",
        "train",
        "eval",
        "forward",
      ]);
      const parameters = snapshot(module.namedParameters());
      for (let batch = 0; batch < 2; batch++) {
        const before = snapshot(module.namedBuffers());
        module.train();
        module.forward(input());
        const after = snapshot(module.namedBuffers());
        for (const [name, value] of module.namedParameters()) {
          expectSame(value, parameters.get(name)!, `forward pass ${batch + 1} changed the parameter ${name}`);
        }
        for (const [name, values] of after) {
          if (/(^|\.)running_var$/.test(name) && sameValues(values, before.get(name)!)) {
            throw new Error(`forward pass ${batch + 1}, in train mode, did not move ${name}`);
          }
        }
        module.eval();
        module.forward(input());
        for (const [name, value] of module.namedBuffers()) {
          expectSame(value, after.get(name)!, `a forward pass in eval mode, after batch ${batch + 1}, changed ${name}`);
        }
      }
    }),
  );
}

function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return Array.from(a).every((value, i) => Object.is(value, b[i]));
}
