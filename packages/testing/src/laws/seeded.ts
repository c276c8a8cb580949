import { withoutModeGuard } from "@tapegrad/nn";
import { defaultGenerator, manualSeed } from "@tapegrad/tensor";
import fc from "fast-check";

/**
 * Runs `fn` with the default generator seeded, and puts the generator back. The mode guard is silent: a law that runs a new
 * network in eval mode means it.
 */
export function seeded<R>(seed: number, fn: () => R): R {
  const before = defaultGenerator().getState();
  manualSeed(seed);
  try {
    return withoutModeGuard(fn);
  } finally {
    defaultGenerator().setState(before);
  }
}

/** Seeds of weights, inputs and masks, so that a failure repeats. */
export function seeds(): fc.Arbitrary<number> {
  return fc.nat({ max: 2 ** 16 });
}
