import { checkOneDType, checkSameDevice, checkTensor, showValue } from "../../checks/index.ts";
import { ShapeError, showShape, sizeOf, type Tensor, ValueError } from "../../core.ts";
import { onDiagonal } from "../arrange/diagonal.ts";
import { movedim } from "../arrange/movedim.ts";
import { mul, permute, reshape, sum } from "../basic.ts";
import { matmul } from "./matmul.ts";
import { parseEquation } from "./parse-equation.ts";

/**
 * Sums of products over named axes, in Einstein's notation: `einsum("ij,jk->ik", a, b)` is the product of matrices.
 *
 * Each operand's axes are named by letters; letters that the output leaves out are summed over. Without `->`, the output
 * has the letters that occur once, in alphabetical order, capitals first. A letter twice in one operand takes the
 * diagonal. `...` stands for any further axes, which are broadcast, as are axes of extent 1. Operands are contracted from
 * left to right, by `matmul` where two share an axis that is summed over.
 *
 * - `"ii"` the trace, `"ii->i"` the diagonal, `"ij->ji"` the transpose
 * - `"bij,bjk->bik"` products of batches of matrices, `"...ij,...jk->...ik"` with any batch axes
 * - `"i,j->ij"` the outer product, `"bn,anm,bm->ba"` a bilinear form
 *
 * @throws ValueError if the equation makes no sense. @throws ShapeError if the shapes do not suit it.
 * @throws DTypeError if dtypes differ.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  checkOperands(equation, operands);
  const ranks = operands.map(({ rank }) => rank);
  const { axes, output, labels } = parseEquation(equation, ranks);
  const sizes = sizesOf(operands, axes);
  const order = [...output, ...labels.filter((label) => !output.includes(label))];
  const aligned = operands.map((operand, i) => align(operand, axes[i]!, order));
  const lastUse = order.map((label, at) =>
    at < output.length ? -1 : axes.findLastIndex((own) => own.includes(label)),
  );
  let result = aligned[0]!;
  aligned.forEach((operand, i) => {
    const done = order.flatMap((_, at) => (lastUse[at] === i ? [at] : []));
    if (i > 0) result = contract(result, operand, done);
    else if (done.length > 0) result = sum(result, done, { keepDim: true });
  });
  const shape = output.map((label) => sizes.get(label) ?? 1);
  return reshape(result, shape);
}

function checkOperands(equation: string, operands: readonly Tensor[]): void {
  if (typeof equation !== "string")
    throw new ValueError(`einsum: equation must be a string such as "ij,jk->ik", got ${showValue(equation)}`);
  if (operands.length === 0) throw new ValueError("einsum: expected an equation and at least one operand, got none");
  operands.forEach((operand, i) => checkTensor("einsum", operand, `operand ${i}`));
  checkSameDevice("einsum", operands);
  checkOneDType("einsum", operands, "operands");
}

/** The extent of each label. @throws ShapeError if two disagree and neither is 1, or a diagonal is not square. */
function sizesOf(operands: readonly Tensor[], axes: readonly (readonly string[])[]): Map<string, number> {
  const sizes = new Map<string, number>();
  operands.forEach(({ shape }, i) => {
    const own = new Map<string, number>();
    axes[i]!.forEach((label, axis) => {
      const extent = shape[axis]!;
      const before = own.get(label);
      if (before !== undefined && before !== extent)
        throw new ShapeError(
          `einsum: subscript ${label} is repeated for operand ${i} of shape ${showShape(shape)} but the sizes don't match, ${extent} != ${before}`,
        );
      own.set(label, extent);
    });
    for (const [label, extent] of own) {
      const seen = sizes.get(label) ?? 1;
      if (seen !== 1 && extent !== 1 && seen !== extent) {
        const what = label.length > 1 ? `dimension -${label.slice(3)} covered by ellipsis` : `subscript ${label}`;
        throw new ShapeError(
          `einsum: ${what} has size ${extent} for operand ${i} of shape ${showShape(shape)} which does not broadcast with previously seen size ${seen}`,
        );
      }
      sizes.set(label, seen === 1 ? extent : seen);
    }
  });
  return sizes;
}

/** An operand with one axis for each label in `order`: repeated ones reduced to their diagonal, missing ones of extent 1. */
function align(operand: Tensor, labels: readonly string[], order: readonly string[]): Tensor {
  let x = operand;
  let rest = [...labels];
  for (const repeated of labels.filter((label, i) => labels.indexOf(label) < i)) {
    const [first, second] = [rest.indexOf(repeated), rest.lastIndexOf(repeated)];
    // The entries whose indices along both axes agree, along a new last axis.
    x = onDiagonal(movedim(x, [first, second], [-2, -1]), 0);
    rest = [...rest.filter((_, i) => i !== first && i !== second), repeated];
  }
  const present = order.filter((label) => rest.includes(label));
  const axes = present.map((label) => rest.indexOf(label));
  const moved = axes.every((axis, i) => axis === i) ? x : permute(x, axes);
  const shape = order.map((label) => (rest.includes(label) ? x.shape[rest.indexOf(label)]! : 1));
  return reshape(moved, shape);
}

/** The product of two aligned operands, summed over the axes `done`, which stay with extent 1. */
function contract(left: Tensor, right: Tensor, done: readonly number[]): Tensor {
  const axes = left.shape.map((_, axis) => axis);
  const inLeft = (axis: number): boolean => left.shape[axis] !== 1;
  const inRight = (axis: number): boolean => right.shape[axis] !== 1;
  const shared = done.filter((axis) => inLeft(axis) && inRight(axis));
  const single = done.filter((axis) => !shared.includes(axis));
  const [a, b] = [sumAway(left, single.filter(inLeft)), sumAway(right, single.filter(inRight))];
  if (shared.length === 0) return mul(a, b);
  if (a.dtype === "int32") return sum(mul(a, b), shared, { keepDim: true });
  const remaining = axes.filter((axis) => !done.includes(axis));
  const batch = remaining.filter((axis) => inLeft(axis) && inRight(axis));
  const rows = remaining.filter((axis) => !inRight(axis));
  const columns = remaining.filter((axis) => inRight(axis) && !inLeft(axis));
  const extent = (x: Tensor, list: readonly number[]): number => sizeOf(list.map((axis) => x.shape[axis]!));
  const matrices = (x: Tensor, down: readonly number[], across: readonly number[], rest: readonly number[]): Tensor => {
    const ordered = permute(x, [...batch, ...down, ...across, ...rest, ...single]);
    return reshape(ordered, [extent(x, batch), extent(x, down), extent(x, across)]);
  };
  const product = matmul(matrices(a, rows, shared, columns), matrices(b, shared, columns, rows));
  const arranged = [...batch, ...rows, ...columns, ...done];
  const shape = arranged.map((axis) => (done.includes(axis) ? 1 : inLeft(axis) ? a.shape[axis]! : b.shape[axis]!));
  const back = axes.map((axis) => arranged.indexOf(axis));
  return permute(reshape(product, shape), back);
}

function sumAway(x: Tensor, dims: readonly number[]): Tensor {
  return dims.length === 0 ? x : sum(x, dims, { keepDim: true });
}
