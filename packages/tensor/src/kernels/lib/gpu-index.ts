import { integerLocal } from "../../devices/gpu/integer-local.ts";
import type { LoopNest } from "./loop-nest.ts";

/** A flat index below this, plus a half, divided in float32 by any extent, falls on the right side of every integer. */
const SAFE_DIVIDEND = 2 ** 20;

/**
 * gpu.js statements that declare `quotient` and `remainder` of an index, for gpu sources.
 *
 * Integer division goes through float32 there, and a GPU may round the quotient of a multiple down past the integer. Half an
 * index more keeps it away from the edge. Where even that is too little, the remainder shows it, and both are corrected.
 */
export function divide(index: string, below: number, divisor: number, quotient: string, remainder: string): string {
  if (below <= SAFE_DIVIDEND) {
    return `const ${quotient} = Math.floor((${index} + 0.5) / ${divisor}.0); const ${remainder} = ${index} - ${quotient} * ${divisor}.0;\n`;
  }
  return (
    `const ${quotient}_ = Math.floor(${index} / ${divisor}.0); const ${remainder}_ = ${index} - ${quotient}_ * ${divisor}.0;\n` +
    `const ${quotient} = ${remainder}_ < 0.0 ? ${quotient}_ - 1.0 : (${remainder}_ < ${divisor}.0 ? ${quotient}_ : ${quotient}_ + 1.0);\n` +
    `const ${remainder} = ${index} - ${quotient} * ${divisor}.0;\n`
  );
}

/**
 * gpu.js statements that take the output index `this.thread.x` apart into one index for each loop, and, for each
 * operand, an expression of the position that it reads.
 */
export function readPositions(nest: LoopNest): { readonly statements: string; readonly positions: readonly string[] } {
  const { statements, indices } = unravel(nest.extents);
  const positions = nest.strides.map((strides) => {
    if (nest.extents.length === 1 && strides[0] === 1) return "this.thread.x";
    const terms = strides.flatMap((stride, i) =>
      stride === 0 ? [] : [stride === 1 ? indices[i]! : `${indices[i]!} * ${stride}`],
    );
    return terms.length === 0 ? "0" : terms.join(" + ");
  });
  const needed = positions.some((position) => position !== "this.thread.x" && position !== "0");
  return { statements: needed ? statements : "", positions };
}

/** gpu.js statements that declare the indices `i0`, `i1`, … of the element `index` of a dense array of these extents. */
export function unravel(
  extents: readonly number[],
  index = "this.thread.x",
): { readonly statements: string; readonly indices: readonly string[] } {
  const indices = extents.map((_, axis) => `i${axis}`);
  let below = extents.reduce((product, extent) => product * extent, 1);
  let rest = index;
  let statements = "";
  for (let axis = extents.length - 1; axis > 0; axis--) {
    statements += divide(rest, below, extents[axis]!, axis === 1 ? "i0" : `q${axis}`, `i${axis}`);
    below /= extents[axis]!;
    rest = `q${axis}`;
  }
  if (extents.length === 1) statements = `const i0 = ${index};\n`;
  return { statements, indices };
}

/**
 * gpu.js statements that go through `count` values, which lie `step` apart from `start` on, each in turn at `p`, and do `what` with
 * number k if the position `t[position]` is the index `i1`.
 */
export function forMatches(start: string, count: number, step: number, position: string, what: string): string {
  return `${integerLocal("p", start)}
for (let k = 0; k < ${count}; k++) {
  if (t[${position}] === i1) { ${what} }
  p += ${step};
}
`;
}
