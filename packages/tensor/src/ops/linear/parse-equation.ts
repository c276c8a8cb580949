import { ShapeError, ValueError } from "../../core.ts";

/** An equation with a label for each axis: a letter, or `...k` for the k-th last axis that an ellipsis covers. */
export interface Equation {
  /** Labels of each operand's axes. */
  readonly axes: readonly (readonly string[])[];
  /** Labels of the result's axes. */
  readonly output: readonly string[];
  /** Every label once, in order of appearance. */
  readonly labels: readonly string[];
}

const ELLIPSIS = "...";

/**
 * Reads an equation such as `"...ij,jk->...ik"` for operands of these ranks. Spaces mean nothing.
 *
 * @throws ValueError if it makes no sense, or is for another number of operands.
 * @throws ShapeError if an operand has another number of axes.
 */
export function parseEquation(equation: string, ranks: readonly number[]): Equation {
  const arrow = equation.indexOf("->");
  const inputs = arrow < 0 ? equation : equation.slice(0, arrow);
  const terms = inputs.split(",").map((_, i, all) => {
    const start = all.slice(0, i).join(",").length + (i > 0 ? 1 : 0);
    return readTerm(equation, start, start + all[i]!.length, `operand ${i}`);
  });
  const explicit = arrow < 0 ? null : readTerm(equation, arrow + 2, equation.length, "the output");
  if (terms.length !== ranks.length) {
    const relation = ranks.length < terms.length ? "fewer" : "more";
    throw new ValueError(
      `einsum: ${relation} operands were provided than specified in the equation "${equation}": ${ranks.length}, not ${terms.length}`,
    );
  }
  const axes = terms.map((term, i) => coverAxes(term, ranks[i]!, i));
  const labels = [...new Set(axes.flat())];
  const covered = Math.max(0, ...labels.filter(isCovered).map((label) => Number(label.slice(ELLIPSIS.length))));
  const output = explicit === null ? implicitOutput(axes, covered) : expand(explicit, covered);
  if (explicit !== null) checkOutput(explicit, labels);
  return { axes, output, labels };
}

/** The letters of a part of the equation, and `...` for an ellipsis. */
function readTerm(equation: string, start: number, end: number, what: string): string[] {
  const term: string[] = [];
  for (let i = start; i < end; i++) {
    const character = equation[i]!;
    if (character === " ") continue;
    if (character === ".") {
      if (equation.slice(i, Math.min(end, i + 3)) !== ELLIPSIS)
        throw new ValueError(`einsum: found '.' for ${what} that is not part of any ellipsis, in "${equation}"`);
      if (term.includes(ELLIPSIS))
        throw new ValueError(`einsum: found '.' for ${what} for which an ellipsis was already found, in "${equation}"`);
      term.push(ELLIPSIS);
      i += 2;
      continue;
    }
    if (!/^[a-zA-Z]$/.test(character))
      throw new ValueError(
        `einsum: invalid subscript given at index ${i} in the equation string "${equation}", subscripts must be in [a-zA-Z]`,
      );
    term.push(character);
  }
  return term;
}

/** A label for each axis of an operand. */
function coverAxes(term: readonly string[], rank: number, operand: number): string[] {
  const hasEllipsis = term.includes(ELLIPSIS);
  const covered = rank - (term.length - (hasEllipsis ? 1 : 0));
  if (covered < 0 || (covered > 0 && !hasEllipsis))
    throw new ShapeError(
      `einsum: the number of subscripts in the equation (${rank - covered}) ${hasEllipsis ? "is more than" : "does not match"} ` +
        `the number of dimensions (${rank}) for operand ${operand}${hasEllipsis ? "" : " and no ellipsis was given"}`,
    );
  return expand(term, covered);
}

/** A term with its ellipsis replaced by labels of the axes that it covers, aligned at the last one. */
function expand(term: readonly string[], covered: number): string[] {
  return term.flatMap((label) =>
    label === ELLIPSIS ? Array.from({ length: covered }, (_, i) => `${ELLIPSIS}${covered - i}`) : [label],
  );
}

/** What ellipses cover, then the letters that occur once, in alphabetical order. */
function implicitOutput(axes: readonly (readonly string[])[], covered: number): string[] {
  const all = axes.flat();
  const once = all.filter((label) => !isCovered(label) && all.indexOf(label) === all.lastIndexOf(label));
  return [...expand([ELLIPSIS], covered), ...once.sort()];
}

function checkOutput(output: readonly string[], labels: readonly string[]): void {
  output.forEach((label, i) => {
    if (label === ELLIPSIS) return;
    if (output.indexOf(label) < i)
      throw new ValueError(`einsum: output subscript ${label} appears more than once in the output`);
    if (!labels.includes(label))
      throw new ValueError(`einsum: output subscript ${label} does not appear in the equation for any input operand`);
  });
}

function isCovered(label: string): boolean {
  return label.startsWith(ELLIPSIS);
}
