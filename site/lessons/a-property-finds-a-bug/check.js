import { div, exp, softmax, sum } from "@tapegrad/tensor";
import fc from "fast-check";

const along = (axisOf) => (x) => div(exp(x), sum(exp(x), axisOf(x.shape), { keepDim: true }));
const wrong = {
  "that takes columns where a table is high": along(([rows, columns]) => (rows > columns ? 0 : 1)),
  "that takes columns where a table is square": along(([rows, columns]) => (rows === columns ? 0 : 1)),
  "that takes columns where there are five rows": along(([rows]) => (rows === 5 ? 0 : 1)),
};

/** The property must hold of what is right and find what is wrong. */
export default async function check({ property }) {
  const right = fc.check(
    property((x) => softmax(x, 1)),
    { seed: 2 },
  );
  if (right.failed)
    throw new Error(`a right softmax fails the property: ${right.errorInstance?.message ?? "it is too strict"}`);
  for (const [what, fn] of Object.entries(wrong))
    if (!fc.check(property(fn), { seed: 3, numRuns: 300 }).failed)
      throw new Error(`the property does not find a softmax ${what}`);
  return "The property holds of a right softmax and finds three wrong ones.";
}
