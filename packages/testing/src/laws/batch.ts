import { fromHost } from "@tapegrad/tensor";
import { indexSelect } from "@tapegrad/tensor/ops/index-select";
import { slice } from "@tapegrad/tensor/ops/slice";
import fc from "fast-check";
import { checkMembers } from "./check-members.ts";
import { expectNear, largest } from "./near.ts";
import { seeded, seeds } from "./seeded.ts";
import type { StateSubject } from "./state.ts";

/** How far two results may differ that are the same in real numbers. */
export interface RoundingOptions {
  /** Tolerance relative to the largest magnitude in the expected output. @default 1e-5 */
  readonly rtol?: number;
}

/**
 * The law that in eval mode an example's output does not depend on the others in its batch: each row of `f(x)` is `f` of that
 * row alone.
 */
export function evalIgnoresTheBatch(
  subjects: fc.Arbitrary<StateSubject>,
  { rtol = 1e-5 }: RoundingOptions = {},
): fc.IProperty<[StateSubject, number]> {
  return fc.property(subjects, seeds(), ({ make, input }, seed) =>
    seeded(seed, () => {
      const module = make();
      checkMembers("evalIgnoresTheBatch", module, ["train", "eval", "forward"]);
      module.train();
      module.forward(input());
      module.eval();
      const x = input();
      const together = module.forward(x);
      const scale = largest(together);
      for (let i = 0; i < x.shape[0]!; i++) {
        const alone = module.forward(slice(x, 0, i, i + 1));
        expectNear(
          alone,
          slice(together, 0, i, i + 1),
          rtol * scale,
          `in eval mode, row ${i} depends on the other rows`,
        );
      }
    }),
  );
}

/**
 * The law that the order of a batch does not matter: `f` of the permuted rows is the permuted `f(x)`. In train mode it holds
 * for batch norm, but not for dropout, whose masks belong to places.
 */
export function batchPermutationEquivariance(
  subjects: fc.Arbitrary<StateSubject>,
  { rtol = 1e-5, mode = "eval" }: RoundingOptions & { readonly mode?: "train" | "eval" } = {},
): fc.IProperty<[StateSubject, number, readonly number[]]> {
  return fc.property(subjects, seeds(), orders(), ({ make, input }, seed, order) =>
    seeded(seed, () => {
      const module = make();
      checkMembers("batchPermutationEquivariance", module, ["train", "eval", "forward"]);
      if (mode === "train") module.train();
      else module.eval();
      const x = input();
      const permutation = permutationOf(x.shape[0]!, order);
      const rows = fromHost(Int32Array.from(permutation), [permutation.length]);
      const expected = indexSelect(module.forward(x), 0, rows);
      const complaint = `the order [${permutation.join(", ")}] of the batch matters in ${mode} mode`;
      expectNear(module.forward(indexSelect(x, 0, rows)), expected, rtol * largest(expected), complaint);
    }),
  );
}

/** What `permutationOf` takes its choices from; the identity is the smallest. */
export function orders(): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.nat({ max: 11 }), { minLength: 4, maxLength: 8 });
}

/** A permutation of `count` things from as many random numbers or more, taken in turn. */
export function permutationOf(count: number, choices: readonly number[]): readonly number[] {
  const left = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => left.splice(choices[i % choices.length]! % left.length, 1)[0]!);
}
