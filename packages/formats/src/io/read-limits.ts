import { FormatError, ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";

/**
 * How much reading a file may take. Raise these for files that you trust, lower them for those that you do not; `Infinity`
 * is no limit.
 */
export interface ReadLimits {
  /** Bytes of one tensor, and of one storage that tensors view. @default Infinity */
  readonly tensorBytes?: number | undefined;
  /**
   * Bytes that the whole file may come to in memory. Its header or pickle count, the objects that these make (a tensor
   * is one to two kilobytes beside its values), and the names in an archive. Compressed entries count with what they
   * inflate to beyond eight times their size, and tensors with what they repeat beyond eight times their storage. Both
   * count fourfold, as bytes become 32-bit numbers on a device. Up to eight times, nothing is counted: such a file is
   * bounded by its own size, which is for the caller to look at, and by `tensorBytes`.
   *
   * @default 128 MiB
   */
  readonly budgetBytes?: number | undefined;
}

export const limitNames = ["tensorBytes", "budgetBytes"] as const;

/** What a file may make without paying: so many times its own size. */
export const freeRatio = 8;

/** What a byte of values costs that the file does not have itself. */
export const costOfByte = 4;

/** The limits as they were given. @throws ValueError naming the reader, if one is no size or an option is unknown. */
export function checkLimits(reader: string, limits: ReadLimits): ReadLimits {
  refuseUnknownOptions(reader, limits, limitNames);
  for (const name of limitNames) {
    const bytes: unknown = limits[name];
    if (bytes !== undefined && !(typeof bytes === "number" && bytes >= 0))
      throw new ValueError(`${reader}: ${name} must be a number of bytes, got ${showValue(bytes)}`);
  }
  return limits;
}

/** What is left of the bytes that one file may make of itself. */
export class ReadBudget {
  readonly #file: string;
  readonly #limit: number;
  #left: number;

  constructor(file: string, { budgetBytes = 2 ** 27 }: ReadLimits) {
    this.#file = file;
    this.#limit = budgetBytes;
    this.#left = budgetBytes;
  }

  /** What is left. */
  get left(): number {
    return this.#left;
  }

  /** @returns what gives back everything that is spent from now on, for an attempt that is made anew. */
  remember(): () => void {
    const left = this.#left;
    return () => {
      this.#left = left;
    };
  }

  /**
   * Counts bytes that are about to be made.
   *
   * @param what ends the sentence `the limit is reached by …`.
   * @throws FormatError if they are more than is left; then nothing is counted.
   */
  spend(bytes: number, what: string): void {
    if (!(bytes <= this.#left))
      throw new FormatError(
        this.#file,
        `refused: it makes more of itself than the limit (budgetBytes) of ${this.#limit} bytes, which is reached by ${what}`,
      );
    this.#left -= bytes;
  }
}

/**
 * What a key of a `Map` or `Set` costs at worst. Engines hash text with a secret, and small whole numbers are too few to
 * do harm; but a file could choose other numbers so that all collide, and then each costs as much as all before it.
 */
export function costOfKey(key: unknown): number {
  const collides = typeof key === "bigint" || (typeof key === "number" && !(key >= 0 && key < 2 ** 20));
  return collides ? 2 ** 14 : 64;
}
