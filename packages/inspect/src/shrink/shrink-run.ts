import { type Layer, withoutModeGuard } from "@tapegrad/nn";
import { defaultGenerator, ValueError } from "@tapegrad/tensor";
import {
  checkFunction,
  integerFrom,
  isPlainObject,
  oneOf,
  type OptionCheck,
  orNull,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import type { Examples } from "../training/supervised.ts";
import { Search } from "./search.ts";
import type { FinishedRun, knownFailures, RunStep } from "./take-run.ts";
import { type ShrinkTestRunner, testRunners } from "./test-file.ts";

/** A run that fails, and how it is made smaller. */
export interface ShrinkRunOptions<O = null> {
  /** Makes the model, with weights of the default generator, which is seeded before. */
  readonly model: () => Layer;
  /** Makes what moves the model's parameters. @default none */
  readonly optimizer?: ((model: Layer) => O) | null;
  /** The batches of the run, one for each step: an array, or what a `DataLoader` gives in an epoch. */
  readonly data: Iterable<Examples> | AsyncIterable<Examples>;
  /** Takes one step and returns the loss. */
  readonly step: RunStep<O>;
  /**
   * Whether a run failed: `"nan"`, a loss or parameter that is not finite; `"divergence"`, a last loss of more than ten times the first;
   * `"error"`, a step that throws; or a function of the finished run, which may check a law. A smaller run that it throws at is no failure.
   */
  readonly fails: keyof typeof knownFailures | ((run: FinishedRun<O>) => boolean | Promise<boolean>);
  /** @default 0 */
  readonly seed?: number;
  /** How many smaller runs are tried at most. @default 500 */
  readonly maxRuns?: number;
  /** Hears of each smaller run that was tried. @default none */
  readonly onProgress?: ((progress: ShrinkProgress) => void) | null;
  /** Whose test file it shall be: `"vitest"`, `"node:test"`, or `"jest"`, which must be run with `--experimental-vm-modules`. @default "vitest" */
  readonly runner?: ShrinkTestRunner;
  /** Where names come from that the functions use and that are no tapegrad's: `{ Net: "./net.js" }`. @default {} */
  readonly imports?: Readonly<Record<string, string>>;
}

/** How large a run is. */
export interface RunSize {
  readonly steps: number;
  /** Of the largest batch. */
  readonly examples: number;
  /** Layers of the model that could be left out and were not. */
  readonly layers: number;
  readonly parameters: number;
  /** Of an example. */
  readonly inputShape: readonly number[];
}

/** How far shrinking is. */
export interface ShrinkProgress {
  /** Smaller runs so far. */
  readonly runs: number;
  /** The smallest that fails so far. */
  readonly smallest: RunSize;
}

/** The smallest run that was found to fail. */
export interface ShrunkRun {
  readonly before: RunSize;
  readonly after: RunSize;
  /** How many smaller runs were tried. */
  readonly runs: number;
  /** Whether nothing smaller is left to try; false where `maxRuns` ended it. */
  readonly complete: boolean;
  readonly losses: readonly number[];
  /** What is left, in a sentence. */
  readonly summary: string;
  /** A test file, in JavaScript, which fails as long as the run does. */
  readonly test: string;
  /** Writes the test file. @throws FileError if it cannot be written. */
  write(path: string | URL): Promise<void>;
}

/**
 * Finds the smallest run that still fails, with fast-check's shrinking: fewer steps, fewer examples, fewer and narrower layers, smaller and
 * simpler inputs. What it finds is written as a test file that needs none of the data.
 *
 * ```ts
 * const smallest = await shrinkRun({
 *   model: () => new Sequential(new Linear(784, 100), new ReLU(), new Linear(100, 10)),
 *   optimizer: (model) => new SGD(model.parameters(), { lr: 1e4 }),
 *   data: loader,
 *   step: ({ model, optimizer, batch }) => {
 *     optimizer.zeroGrad();
 *     const loss = crossEntropy(model.forward(batch.inputs), batch.targets);
 *     backward(loss);
 *     optimizer.step();
 *     return loss;
 *   },
 *   fails: "nan",
 * });
 * await smallest.write("test/nan.test.mjs");
 * ```
 *
 * A model of `Sequential`s and layers of `@tapegrad/nn` is made anew from their options, so that the file needs none of its code. In any
 * other, layers of `@tapegrad/nn` are put in the place of wider ones, or `Identity` in theirs, and everything else stays as it is; `imports`
 * says where its class comes from. A change with which the model does not run is not made. An error that the whole run does not throw is
 * no failure.
 *
 * The functions are written into the file as they stand, so they must use nothing but their arguments, what tapegrad exports, and `imports`.
 * The same options and seed give the same result.
 *
 * @throws ValueError if the run does not fail, has no step, or uses a name that the file would not know.
 */
export async function shrinkRun<O = null>(options: ShrinkRunOptions<O>): Promise<ShrunkRun> {
  const caller = "shrinkRun";
  const read = readOptions<ShrinkRunOptions<O>>(caller, options, {
    model: [],
    data: [],
    step: [],
    fails: [],
    optimizer: [null, orNull(checkFunction)],
    seed: [0, integerFrom(0)],
    maxRuns: [500, integerFrom(1)],
    onProgress: [null, orNull(checkFunction)],
    runner: ["vitest", oneOf(...Object.keys(testRunners))],
    imports: [{}, checkImports],
  });
  checkFunction(caller, "model", read.model);
  checkFunction(caller, "step", read.step);
  const { default: fc } = await import("fast-check");
  const before = defaultGenerator().getState();
  try {
    return await withoutModeGuard(async () => {
      const search = await Search.of(read as Required<ShrinkRunOptions<unknown>>);
      const start = search.start;
      const upTo = (most: number): ReturnType<typeof fc.integer> => fc.integer({ min: Math.min(1, most), max: most });
      const candidates = fc.tuple(
        fc.subarray([...start.batches]),
        fc.subarray([...start.rows]),
        fc.subarray([...start.kept]),
        fc.tuple(...start.widths.map(upTo)),
        fc.tuple(...start.extents.map(upTo)),
        fc.nat({ max: start.kind }),
      );
      const passes = fc.asyncProperty(
        candidates,
        async ([batches, rows, kept, widths, extents, kind]) =>
          !(await search.fails({ batches, rows, kept, widths, extents, kind })),
      );
      const { batches, rows, kept, widths, extents, kind } = start;
      const example = [[...batches], [...rows], [...kept], [...widths], [...extents], kind];
      await fc.check(passes, { examples: [[example as never]], numRuns: 1, seed: 0 });
      return search.result();
    });
  } finally {
    defaultGenerator().setState(before);
  }
}

const checkImports: OptionCheck = (caller, name, value) => {
  if (!(isPlainObject(value) && Object.values(value).every((each) => typeof each === "string")))
    throw new ValueError(`${caller}: ${name} must be modules by name, as { Net: "./net.js" }, got ${showValue(value)}`);
};
