import type { Case } from "./case.ts";
import type { KnownDifference } from "./known-differences.ts";

const doc = "docs/numerics.md";

/** Differences that are meant and show in PyTorch's own sample inputs, or in rows of its further functions. */
export const opDbDifferences: readonly KnownDifference[] = [
  {
    doc,
    sentence: "a broken factor in `addcmul` of integers is rounded towards zero",
    targets: /^op_db addcmul$/,
    covers: (drawn, { kind }) => kind === "dtype" && ofIntegers(drawn),
  },
  {
    doc,
    sentence: "a number is a TypeError where a tensor is expected, and so is 1.0 where an integer is",
    targets: /^op_db (atan2|copysign|fm(od|ax|in)|hypot|linspace|logspace)$/,
    covers: (_, { kind, expected }) => kind === "refused by PyTorch" && expected.startsWith("TypeError"),
  },
  {
    doc,
    sentence: "`aminmax` of a scalar with `keepdim` has an axis",
    targets: /^op_db aminmax$/,
    covers: (drawn, { kind }) => kind === "shape" && drawn.type === "call" && drawn.inputs[0]!.shape.length === 0,
  },
  {
    doc,
    sentence: "long `linspace` of integers goes on from rounded values",
    targets: /^op_db linspace$/,
    covers: (drawn, { values }) =>
      values !== undefined && Math.abs(values.got - values.expected) === 1 && drawn.torch.includes("int32"),
  },
  {
    doc,
    sentence: "tensors have at most 64 axes",
    targets: /^op_db aminmax$/,
    covers: (_, { kind, expected }) => kind === "refused by PyTorch" && expected.includes("64 dims"),
  },
  {
    doc,
    sentence: "filling int tensors with 0.5 puts 0 there",
    targets: /^op_db (scatter|masked_fill|index_put)$/,
    covers: (drawn, { kind, got }) => kind === "refused here" && ofIntegers(drawn) && /does not suit/.test(got),
  },
  {
    doc,
    sentence: "at the last of its places, where PyTorch leaves it open",
    targets: /^op_db mode$/,
    covers: (_, { kind, place }) => kind === "value" && place.startsWith("[1]"),
  },
  {
    doc,
    sentence:
      "its gradient is 0 for `nanmean`, NaN in PyTorch, and goes to the first NaN for `nanmedian` along an axis, in PyTorch to any",
    targets: /^nan(mean|median), gaps$/,
    covers: (_, { kind, part }) => kind === "value" && part !== "outputs",
  },
  {
    doc,
    sentence: "second derivatives at 0 and between opposite infinities are 0; PyTorch's are NaN",
    targets: /^(copysign, a number, and zeros|logaddexp2?, ends)$/,
    covers: (_, { kind, part, values }) =>
      kind === "value" && part === "second" && values?.got === 0 && Number.isNaN(values.expected),
  },
  {
    doc,
    sentence: "the second at 0 is −π²/3, NaN in PyTorch",
    targets: /^sinc, ends$/,
    covers: (_, { kind, part, values }) => kind === "value" && part === "second" && Number.isNaN(values?.expected),
  },
  {
    doc,
    sentence: "second derivatives along a line with an infinity are NaN; PyTorch's are finite before an ∞",
    targets: /^logcumsumexp, ends$/,
    covers: (_, { kind, part, values }) =>
      kind === "value" && part === "second" && values !== undefined && Number.isNaN(values.got),
  },
  {
    doc,
    sentence: "positions are int64",
    targets: /^op_db (scatter|gather|index_add|take_along_dim)$/,
    covers: (_, { kind, expected }) => kind === "refused by PyTorch" && expected.includes("int64"),
  },
];

function ofIntegers(drawn: Case): boolean {
  return drawn.type === "call" && drawn.inputs[0]!.kind !== "float32";
}
