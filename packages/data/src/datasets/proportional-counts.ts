import type { Generator } from "@tapegrad/tensor";

/**
 * A table of integers with the given sums of rows and columns, whose entry `[r, c]` is `rows[r] · columns[c] / n` rounded up or down.
 *
 * What is left by rounding down goes to and fro along cycles of entries that are not whole, until all are. Each entry is
 * rounded up with the probability that it lacks: its mean is exact.
 *
 * @param rows positive integers. @param columns positive integers with the same sum, n.
 * @see Cox 1987, "A constructive procedure for unbiased controlled rounding"
 */
export function proportionalCounts(
  rows: readonly number[],
  columns: readonly number[],
  generator: Generator,
): readonly (readonly number[])[] {
  const n = rows.reduce((sum, row) => sum + row, 0);
  const counts = rows.map((row) => columns.map((column) => Math.floor((row * column) / n)));
  /** n times what rounding down took away. */
  const rest = rows.map((row, r) => columns.map((column, c) => row * column - counts[r]![c]! * n));
  for (let r = 0; r < rows.length;) {
    const first = rest[r]!.findIndex((each) => isOpen(each, n));
    if (first < 0) r++;
    else shift(rest, findCycle(rest, r, first, n), n, generator);
  }
  return counts.map((row, r) => row.map((count, c) => count + rest[r]![c]! / n));
}

type Cell = readonly [row: number, column: number];

function isOpen(rest: number, n: number): boolean {
  return rest > 0 && rest < n;
}

/** Cells in a circle, by turns in the same row and in the same column as the one before. Sums are whole, so there is always a next one. */
function findCycle(rest: readonly (readonly number[])[], row: number, column: number, n: number): readonly Cell[] {
  const path: Cell[] = [[row, column]];
  for (;;) {
    const [r, c] = path.at(-1)!;
    const along = path.length % 2 === 1;
    const next: Cell = along
      ? [rest.findIndex((each, i) => i !== r && isOpen(each[c]!, n)), c]
      : [r, rest[r]!.findIndex((each, i) => i !== c && isOpen(each, n))];
    // The next but one step stays in the row (or column) of this one: where a former step was in it, the circle closes.
    const met = path.findIndex(([i, j], at) => (at - path.length) % 2 !== 0 && (along ? i === next[0] : j === next[1]));
    path.push(next);
    if (met >= 0) return path.slice(met);
  }
}

/** Raises every other cell and lowers those between by the same, or the reverse, until one is whole. */
function shift(rest: number[][], cycle: readonly Cell[], n: number, generator: Generator): void {
  const room = (even: number): number =>
    Math.min(...cycle.map(([r, c], i) => (i % 2 === even ? n - rest[r]![c]! : rest[r]![c]!)));
  const [up, down] = [room(0), room(1)];
  const step = generator.next() * (up + down) < down ? up : -down;
  cycle.forEach(([r, c], i) => (rest[r]![c]! += i % 2 === 0 ? step : -step));
}
