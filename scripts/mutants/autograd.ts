import type { Mutant } from "./mutant.ts";

const backward = "packages/autograd/test/backward.test.ts";
const hooks = "packages/autograd/test/register-hook.test.ts";
const grad = "packages/autograd/test/grad.test.ts";

/** Mistakes in the walk through the record, and in what checks gradients. */
export const autogradMutants: readonly Mutant[] = [
  {
    name: "gradients-overwritten-in-flight",
    breaks: "gradients that meet at a tensor are added",
    file: "packages/autograd/src/walk/gradients-in-flight.ts",
    find: "const sum = before === undefined ? gradient : add(before, gradient);",
    replace: "const sum = before === undefined ? gradient : add(gradient, 0);",
    tests: [backward],
  },
  {
    name: "gradients-overwritten-between-passes",
    breaks: "gradients accumulate over passes",
    file: "packages/autograd/src/backward.ts",
    find: "const sum = add(grad, gradient);",
    replace: "const sum = add(gradient, 0);",
    tests: [backward],
  },
  {
    name: "changed-values-not-noticed",
    breaks: "a value that changed between forward and backward is an error",
    file: "packages/autograd/src/walk/apply-vjp.ts",
    find: "storage.version === version) return;",
    replace: "storage.version >= version) return;",
    tests: [backward],
  },
  {
    name: "records-never-released",
    breaks: "a second pass without retainGraph is refused",
    file: "packages/autograd/src/walk/walk.ts",
    find: "if (!retainGraph) evictResults(releaseRecord(record));",
    replace: "void [retainGraph, evictResults, releaseRecord];",
    tests: [backward],
  },
  {
    name: "gradients-not-recorded",
    breaks: "gradients of gradients exist with createGraph",
    file: "packages/autograd/src/walk/walk.ts",
    find: "(createGraph ? enableGrad(run) : noGrad(run))",
    replace: "(createGraph ? noGrad(run) : (void enableGrad, noGrad(run)))",
    tests: [grad],
  },
  {
    name: "one-sided-difference",
    breaks: "gradient checks take central differences",
    file: "packages/autograd/src/checks/finite-differences.ts",
    find: "return (at(step) - at(-step)) / (2 * step);",
    replace: "return (at(step) - at(-step)) / step;",
    tests: ["packages/autograd/test/check-gradients.test.ts"],
  },
  {
    name: "gradient-written-to-results",
    breaks: "only leaves, and what retainGrad marked, get a grad",
    file: "packages/autograd/src/walk/arrivals.ts",
    find: "(tensor.isLeaf || isRetained(tensor))",
    replace: "(tensor.isLeaf || !isRetained(tensor))",
    tests: [backward],
  },
  {
    name: "hook-replacement-dropped",
    breaks: "what a hook returns takes the gradient's place",
    file: "packages/autograd/src/hooks/register-hook.ts",
    find: "current = checkReplacement(caller, answer, current);",
    replace: "checkReplacement(caller, answer, current);",
    tests: [hooks],
  },
  {
    name: "gradient-freed-under-a-hook",
    breaks: "a hook may keep the gradient that it was shown",
    file: "packages/autograd/src/walk/gradients-in-flight.ts",
    find: "if (this.#own.delete(storage)) adopt(storage);",
    replace: "void adopt;",
    tests: [hooks],
  },
  {
    name: "jacobian-transposed",
    breaks: "the axes of the output come first in a Jacobian",
    file: "packages/autograd/src/functional/jacobian-rows.ts",
    find: "const shape = [...output.shape, ...input.shape];",
    replace: "const shape = [...input.shape, ...output.shape];",
    tests: ["packages/autograd/test/functional.test.ts"],
  },
  {
    name: "graph-of-grad-freed-with-the-scope",
    breaks: "a gradient made by createGraph can be differentiated after its scope",
    file: "packages/tensor/src/tensor/tensor.ts",
    find: "if (value !== null && value.record !== null) keepGraphOfGrad(this);",
    replace: "void keepGraphOfGrad;",
    tests: ["packages/autograd/test/scope.test.ts"],
  },
  {
    name: "tolerance-against-the-derivative",
    breaks: "gradients are compared in proportion to the largest derivative",
    file: "packages/autograd/src/checks/check-gradients.ts",
    find: "<= atol + rtol * scale",
    replace: "<= atol + rtol / scale",
    tests: ["packages/autograd/test/check-gradients.test.ts"],
  },
];
