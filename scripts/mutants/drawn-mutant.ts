/** A place in a file: lines count from 1, columns from 0. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A mistake that was drawn, not thought out: a piece of source, from `start` to `end`, and what it becomes. */
export interface DrawnMutant {
  /** Whose code it is: a package, or `wasm-src`. */
  readonly part: string;
  /** The source, from the root of the repository. */
  readonly file: string;
  readonly start: Place;
  readonly end: Place;
  readonly replacement: string;
}

/** The offset of a place in a source. */
export function offsetOf(source: string, { line, column }: Place): number {
  let at = 0;
  for (let i = 1; i < line; i++) at = source.indexOf("\n", at) + 1;
  return at + column;
}

/** What a mutant replaces. */
export function replacedBy(source: string, { start, end }: DrawnMutant): string {
  return source.slice(offsetOf(source, start), offsetOf(source, end));
}

/** The source with the mistake in it. */
export function mutated(source: string, { start, end, replacement }: DrawnMutant): string {
  return source.slice(0, offsetOf(source, start)) + replacement + source.slice(offsetOf(source, end));
}

/** `file:line: this → that`, in one line. */
export function describe(source: string, mutant: DrawnMutant): string {
  const short = (text: string): string => {
    const line = text.replace(/\s+/g, " ").trim();
    return line.length > 90 ? `${line.slice(0, 60)} … ${line.slice(-25)}` : line;
  };
  return `${mutant.file}:${mutant.start.line}: ${short(replacedBy(source, mutant))} → ${short(mutant.replacement) || "(nothing)"}`;
}
