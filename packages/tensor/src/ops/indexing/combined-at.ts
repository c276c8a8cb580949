import { defineOp, type Tensor } from "../../core.ts";
import { ones } from "../../tensor/create.ts";
import { add, cast, div, equal, maximum, minimum, mul, reshape, where } from "../basic.ts";
import { addRows } from "../internal/add-rows.ts";
import { combineAlong } from "../internal/combine-along.ts";
import { wholeQuotient } from "../internal/floor-quotient.ts";
import { gatherRows, scatterRows } from "../internal/gather-rows.ts";
import { firstOf, gatherLayout } from "./gather.ts";
import { checkScatter, runsAlong, spreadTo } from "./scatter-places.ts";

/** How `scatterReduce` combines what goes to one place. */
export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

interface Combination {
  readonly reduce: ScatterReduction;
  readonly includeSelf: boolean;
}

interface Places {
  readonly axis: number;
  readonly index: Tensor;
  /** The part of `x` that the index can reach. */
  readonly region: readonly number[];
  /** How many values go to each place of `x`. */
  readonly counts: Tensor;
}

/** `x`, with the values that go to one place combined there, and with what stood there, if that counts. */
export function combinedAt(
  op: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  { reduce, includeSelf }: Combination,
): Tensor {
  const { axis, region, values } = checkScatter(op, x, dim, index, source);
  if (index.size === 0) return reshape(x, x.shape);
  const layout = gatherLayout(region, axis, index);
  const added = (start: Tensor): Tensor => add(start, spreadTo(addRows(values, layout), x.shape));
  if (reduce === "sum" && includeSelf) return added(x);
  const counts = spreadTo(scatterRows([ones(index.shape, { device: x.device })], layout), x.shape);
  const places = { axis, index, region, counts };
  if (reduce === "amax" || reduce === "amin") return extremes([x, values], { ...places, reduce, includeSelf });
  const start = includeSelf ? x : where(counts, reduce === "prod" ? 1 : 0, x);
  if (reduce === "prod") return where(counts, mul(start, inOrder(values, places, multiplied)), x);
  const sums = added(start);
  if (reduce === "sum") return sums;
  const number = includeSelf ? add(counts, 1) : where(counts, counts, 1);
  return x.dtype === "int32" ? wholeQuotient(sums, cast(number, "int32")) : div(sums, number);
}

/** An infinity among the factors of another place has no part in the gradient. */
const multiplied = (later: Tensor, earlier: Tensor, same: Tensor): Tensor => mul(later, where(same, earlier, 1));

/** The values that go to each place of `x`, combined in their order; 0 where none does. */
function inOrder(
  values: Tensor,
  { axis, index, region, counts }: Places,
  combine: (later: Tensor, earlier: Tensor, same: Tensor) => Tensor,
): Tensor {
  const { order, sorted, last } = runsAlong(index, axis);
  const arranged = gatherRows([values], gatherLayout(index.shape, axis, order));
  const combined = combineAlong([arranged], axis, ([a], [b], same) => [combine(a!, b!, same!)], sorted)[0]!;
  const layout = gatherLayout(region, axis, sorted);
  return spreadTo(addRows(where(last, combined, 0), layout), counts.shape);
}

/** Ties share the gradient evenly, as in torch; it is NaN where the result is. */
const extremes = defineOp<readonly [x: Tensor, values: Tensor], Places & Combination>({
  name: "scatterReduce",
  forward([x, values], { reduce, includeSelf, ...places }) {
    const larger = reduce === "amax" ? maximum : minimum;
    const found = inOrder(values, places, larger);
    return where(places.counts, includeSelf ? larger(x, found) : found, x);
  },
  vjp(grad, { inputs: [x, values], outputs: [y], params: { axis, index, region, counts, includeSelf } }) {
    const layout = gatherLayout(region, axis, index);
    const picked = (from: Tensor): Tensor => gatherRows([firstOf(from, region)], layout);
    const [own, result] = [x.detach(), y!.detach()];
    const stays = includeSelf ? equal(own, result) : equal(counts, 0);
    const chosen = equal(values.detach(), picked(result));
    const share = div(grad, add(stays, spreadTo(scatterRows([chosen], layout), x.shape)));
    return [mul(stays, share), mul(chosen, picked(share))];
  },
});
