import type { Mutant } from "./mutant.ts";

const backward = "packages/autograd/test/backward.test.ts";
const grad = "packages/autograd/test/grad.test.ts";

/** Mistakes in the walk through the record, and in what checks gradients. */
export const autogradMutants: readonly Mutant[] = [
  {
    name: "gradients-overwritten-in-flight",
    breaks: "gradients that meet at a tensor are added",
    file: "packages/autograd/src/in-flight.ts",
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
    file: "packages/autograd/src/apply-vjp.ts",
    find: "if (storage.version !== version) {",
    replace: "if (storage.version < version) {",
    tests: [backward],
  },
  {
    name: "records-never-released",
    breaks: "a second pass without retainGraph is refused",
    file: "packages/autograd/src/walk.ts",
    find: "if (!retainGraph) released.push(...releaseRecord(record));",
    replace: "void retainGraph, releaseRecord;",
    tests: [backward],
  },
  {
    name: "gradients-not-recorded",
    breaks: "gradients of gradients exist with createGraph",
    file: "packages/autograd/src/walk.ts",
    find: "(createGraph ? enableGrad(run) : noGrad(run))",
    replace: "(createGraph ? noGrad(run) : (void enableGrad, noGrad(run)))",
    tests: [grad],
  },
  {
    name: "one-sided-difference",
    breaks: "gradient checks take central differences",
    file: "packages/autograd/src/finite-differences.ts",
    find: "return (at(step) - at(-step)) / (2 * step);",
    replace: "return (at(step) - at(-step)) / step;",
    tests: ["packages/autograd/test/check-gradients.test.ts"],
  },
  {
    name: "gradient-written-to-results",
    breaks: "only leaves, and what retainGrad marked, get a grad",
    file: "packages/autograd/src/walk.ts",
    find: "(tensor.isLeaf || isRetained(tensor))",
    replace: "(tensor.isLeaf || !isRetained(tensor))",
    tests: [backward],
  },
];
