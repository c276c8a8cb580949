import { FormatError, type Generator } from "@tapegrad/tensor";
import { mutateFile } from "./mutate-file.ts";

/** A kind of file to damage: examples, and reading it wholly. */
export interface FuzzTarget {
  readonly name: string;
  readonly files: readonly Uint8Array[];
  /**
   * Makes a file that is well formed as a container and lies within: sizes that do not fit, or a few bytes that ask for much
   * work. Half of the files are made so. @default none are
   */
  readonly make?: (random: Generator) => Uint8Array | Promise<Uint8Array>;
  /** Reads everything in the file. Readers that are told a name for errors are told `bytes`. */
  read(bytes: Uint8Array): Promise<void> | void;
}

/** What came of reading a damaged file. */
export type FuzzOutcome = "read" | "refused";

/**
 * Reads a damaged file.
 *
 * @throws Error if it is neither read nor refused with a `FormatError` that names the file and a reason, or if it changes
 *   a prototype.
 */
export async function attemptToRead(target: FuzzTarget, bytes: Uint8Array): Promise<FuzzOutcome> {
  let outcome: FuzzOutcome = "read";
  try {
    await target.read(bytes);
  } catch (error) {
    if (!(error instanceof FormatError) || error.file !== "bytes" || error.reason === "") throw error;
    outcome = "refused";
  }
  for (const prototype of [Object.prototype, Array.prototype, Map.prototype]) {
    if (Object.keys(prototype).length > 0)
      throw new Error(`a prototype has gained ${Object.keys(prototype).join(", ")}`);
  }
  return outcome;
}

/** A file that the target made, or one of its files, damaged; foreign pieces come from any target's. */
export async function damagedFile(
  target: FuzzTarget,
  all: readonly FuzzTarget[],
  random: Generator,
): Promise<Uint8Array> {
  if (target.make !== undefined && random.integer(2) === 0) return target.make(random);
  const pick = (files: readonly Uint8Array[]): Uint8Array => files[random.integer(files.length)]!;
  return mutateFile(pick(target.files), pick(all[random.integer(all.length)]!.files), random);
}
