import { DTypeError, einsum, ones, profile, randn, ShapeError, tensor, ValueError, zeros } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const letters = [..."abcdB"];

/** An equation without ellipsis, and the extents of its letters. */
const problems = fc
  .tuple(
    fc.array(fc.array(fc.constantFrom(...letters), { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: letters.length, maxLength: letters.length }),
    fc.shuffledSubarray(letters),
  )
  .map(([terms, extents, wanted]) => ({
    terms,
    extents: Object.fromEntries(letters.map((letter, i) => [letter, extents[i]!])),
    output: wanted.filter((letter) => terms.some((term) => term.includes(letter))),
  }));

/** The values of an equation, by a loop over all its letters in double precision. */
function slowly(
  terms: readonly (readonly string[])[],
  output: readonly string[],
  extents: Readonly<Record<string, number>>,
  data: readonly ArrayLike<number>[],
): number[] {
  const used = letters.filter((letter) => terms.some((term) => term.includes(letter)));
  const total = used.reduce((product, letter) => product * extents[letter]!, 1);
  const result: number[] = Array.from({ length: output.reduce((size, letter) => size * extents[letter]!, 1) }, () => 0);
  for (let step = 0; step < total; step++) {
    let rest = step;
    const at: Record<string, number> = {};
    for (const letter of used) {
      at[letter] = rest % extents[letter]!;
      rest = Math.floor(rest / extents[letter]!);
    }
    const flat = (term: readonly string[]): number =>
      term.reduce((index, letter) => index * extents[letter]! + at[letter]!, 0);
    result[flat(output)]! += terms.reduce((product, term, i) => product * data[i]![flat(term)]!, 1);
  }
  return result;
}

eachDevice(
  (device) => {
    test("einsum is the sum over all letters that the output leaves out", () => {
      fc.assert(
        fc.property(problems, ({ terms, extents, output }) => {
          const operands = terms.map((term) => randn(term.map((letter) => extents[letter]!)));
          const equation = `${terms.map((term) => term.join("")).join(",")}->${output.join("")}`;
          const result = einsum(equation, ...operands);
          expect(result.shape).toEqual(output.map((letter) => extents[letter]!));
          const data = operands.map((operand) => operand.dataSync());
          expectClose(result, slowly(terms, output, extents, data), { rtol: 1e-4, atol: 1e-4 });
        }),
        { numRuns: device === "wasm" ? 1000 : 40 },
      );
    });
  },
  ["wasm", "gpu:webasm"],
);

test("without an arrow, the output has the letters that occur once, capitals first", () => {
  expect(einsum("ij,jk", ones([2, 3]), ones([3, 4])).shape).toEqual([2, 4]);
  expect(einsum("aB", ones([2, 3])).shape).toEqual([3, 2]);
  expect(
    einsum(
      "ii",
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ).itemSync(),
  ).toBe(5);
  expect(einsum("i...", ones([2, 3])).shape).toEqual([3, 2]);
});

test("an ellipsis covers any axes, aligned at the last one, and is summed over if the output has none", () => {
  expect(einsum("...ij, ...jk -> ...ik", ones([5, 1, 2, 3]), ones([4, 3, 2])).shape).toEqual([5, 4, 2, 2]);
  expectClose(einsum("...a,...a->a", ones([2, 3]), ones([3])), [2, 2, 2]);
  expect(einsum("ij,jk->ij...k", ones([2, 3]), ones([3, 4])).shape).toEqual([2, 3, 4]);
});

test("axes of extent 1 are broadcast, and sums over nothing are 0", () => {
  expectClose(einsum("i,i->i", ones([1]), tensor([1, 2, 3])), [1, 2, 3]);
  expectClose(einsum("i,i", ones([1]), tensor([1, 2, 3])), [6]);
  expectClose(einsum("ij,jk->ik", zeros([2, 0]), zeros([0, 1])), [0, 0]);
});

test.each([
  ["ij", ValueError, /more operands were provided than specified in the equation/],
  ["ij,jk,kl", ValueError, /fewer operands were provided than specified in the equation/],
  ["ij,jk->ii", ValueError, /output subscript i appears more than once in the output/],
  ["ij,jk->iz", ValueError, /output subscript z does not appear in the equation for any input operand/],
  ["i1,jk", ValueError, /invalid subscript given at index 1 in the equation string/],
  ["ij,jk->->i", ValueError, /invalid subscript given at index 7 in the equation string/],
  ["ij-,jk", ValueError, /invalid subscript given at index 2/],
  ["ij.,jk", ValueError, /found '\.' for operand 0 that is not part of any ellipsis/],
  ["i...j...,jk", ValueError, /found '\.' for operand 0 for which an ellipsis was already found/],
  ["ij,jk->...i...", ValueError, /found '\.' for the output for which an ellipsis was already found/],
  ["ijk,jk", ShapeError, /number of subscripts in the equation \(3\) does not match the number of dimensions \(2\)/],
  ["ijk...,jk", ShapeError, /number of subscripts in the equation \(3\) is more than the number of dimensions \(2\)/],
  ["ij,kj->ik", ShapeError, /subscript j has size 4 for operand 1 .* previously seen size 3/],
  ["ii,jk", ShapeError, /subscript i is repeated for operand 0 .* but the sizes don't match, 3 != 2/],
  ["...,...", ShapeError, /dimension -2 covered by ellipsis has size 3 for operand 1 .* previously seen size 2/],
])("%s is refused for [2, 3] and [3, 4]", (equation, type, message) => {
  const attempt = (): unknown => einsum(equation, ones([2, 3]), ones([3, 4]));
  expect(attempt).toThrow(type);
  expect(attempt).toThrow(message);
});

test("dtypes are not mixed, and there is something to sum", () => {
  expect(() => einsum("i,i", ones([2]), ones([2], { dtype: "int32" }))).toThrow(DTypeError);
  expect(() => einsum("")).toThrow("einsum: expected an equation and at least one operand, got none");
});

test("products of floats are products of matrices, which take no room for all pairs", async () => {
  const { kernels } = await profile(() => einsum("ij,jk->ik", randn([40, 50]), randn([50, 60])).data());
  expect(kernels.map(({ kernel }) => kernel)).toContain("matmul");
  const matmul = kernels.find(({ kernel }) => kernel === "matmul")!;
  expect(matmul.gflops! * matmul.totalMs * 1e6).toBeCloseTo(2 * 40 * 50 * 60, 3);
});
