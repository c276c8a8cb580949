// Property tests draw the same cases in every run, so that a commit which passed keeps passing.
// TAPEGRAD_SEED=random draws others, and TAPEGRAD_SEED=<integer> those of that seed; a failure prints its seed and path.
import fc from "fast-check";

const DEFAULT_SEED = 20_260;

const { TAPEGRAD_SEED } = process.env;
if (TAPEGRAD_SEED !== "random") {
  const seed = Number(TAPEGRAD_SEED ?? DEFAULT_SEED);
  if (!Number.isInteger(seed))
    throw new Error(`TAPEGRAD_SEED: expected "random" or an integer, got "${TAPEGRAD_SEED}"`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
