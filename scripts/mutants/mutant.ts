/** One deliberate mistake: a piece of source, what it becomes, and who should notice. */
export interface Mutant {
  /** Short, and its own. */
  readonly name: string;
  /** What no longer holds. */
  readonly breaks: string;
  /** The source, from the root of the repository. */
  readonly file: string;
  /** A piece of it that occurs exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Test files, of which at least one must fail; the quick ones first. */
  readonly tests: readonly string[];
}
