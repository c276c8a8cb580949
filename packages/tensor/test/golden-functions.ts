import { grad } from "@tapegrad/autograd";
import {
  abs,
  add,
  amax,
  batchNorm,
  broadcastTo,
  conv2d,
  cumsum,
  div,
  greater,
  logSumExp,
  matmul,
  max,
  maximum,
  median,
  mul,
  permute,
  pow,
  prod,
  reshape,
  slice,
  softplus,
  sqrt,
  stack,
  std,
  sum,
  tanh,
  type Tensor,
  topk,
  variance,
  varMean,
  where,
} from "@tapegrad/tensor";
import { goldenTensor, type GoldenTensor, loadGolden } from "@tapegrad/test-support/golden";
import { expectClose } from "@tapegrad/testing/expect-close";

/** The Python expressions of the golden files (`code` there), by their op. */
export const goldenFunctions: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  abs_zero: (a) => abs(a),
  add_broadcast: (a, b) => add(a, b),
  amax_dim_ties: (a) => amax(a, 1),
  cumsum: (a) => cumsum(a, 1),
  div_broadcast: (a, b) => div(a, b),
  expand_sum: (a) => sum(broadcastTo(a, [2, 3, 4]), 0),
  logsumexp: (a) => logSumExp(a, 1),
  matmul_2d: (a, b) => matmul(a, b),
  matmul_batch_bcast: (a, b) => matmul(a, b),
  matmul_dot: (a, b) => matmul(a, b),
  matmul_vec_mat: (a, b) => matmul(a, b),
  max_all_ties: (a) => max(a),
  maximum_ties: (a, b) => maximum(a, b),
  median_dim: (a) => median(a, 1).values,
  permute_reshape: (a) => reshape(permute(a, [2, 0, 1]), [4, 6]),
  prod_zeros: (a) => prod(a, 1),
  reuse_leaf: (a) => add(mul(a, a), a),
  second_batchnorm: (a) => tanh(batchNorm(a, { training: true, eps: 1e-5 })),
  second_conv: (a, b) => tanh(conv2d(a, b, null, { padding: 1 })),
  second_cube: (a) => sum(pow(a, 3)),
  slice_step: (a) => slice(a, 1, 1, undefined, 2),
  softplus_threshold_2nd: (a) => softplus(a),
  sqrt_zero: (a) => sqrt(a),
  stack: (a, b) => stack([a, b], 1),
  std_all_biased: (a) => std(a, undefined, { correction: 0 }),
  topk: (a) => topk(a, 2, { dim: 1 }).values,
  var_dim_biased: (a) => variance(a, [0, 2], { correction: 0 }),
  var_dim_unbiased: (a) => variance(a, [0, 2]),
  var_mean_biased_mean: (a) => varMean(a, [0, 2], { correction: 0, keepDim: true })[1],
  var_mean_biased_var: (a) => varMean(a, [0, 2], { correction: 0, keepDim: true })[0],
  var_mean_unbiased_var: (a) => varMean(a, [0, 2], { keepDim: true })[0],
  where: (a, b) => where(greater(a, b), a, b),
};

/** Checks a golden function and its gradients on the current device. @throws Error if they are not PyTorch's. */
export async function checkGoldenFunction(op: string): Promise<void> {
  const golden = loadGolden(`fn_${op}`, "function");
  const inputs = golden.inputs.map((input) => goldenTensor(input, { requiresGrad: true }));
  const second = golden.gradOfSumOfGradInputs;
  const output = goldenFunctions[op]!(inputs[0]!, inputs[1]!);
  await expectTensor(output, golden.outputs[0]!);
  const gradients = grad(output, inputs, {
    gradOutputs: goldenTensor(golden.gradOutput),
    createGraph: second !== undefined,
    allowUnused: true,
  });
  await expectGradients(gradients, golden.gradInputs);
  if (second === undefined) return;
  const total = gradients.map((gradient) => sum(gradient!)).reduce((left, right) => add(left, right));
  await expectGradients(grad(total, inputs, { allowUnused: true }), second);
}

async function expectGradients(
  actual: readonly (Tensor | null)[],
  expected: readonly (GoldenTensor | null)[],
): Promise<void> {
  for (const [i, gradient] of actual.entries()) {
    if ((gradient === null) !== (expected[i] === null)) throw new Error(`only one has a gradient for input ${i}`);
    if (gradient !== null) await expectTensor(gradient, expected[i]!);
  }
}

async function expectTensor(actual: Tensor, expected: GoldenTensor): Promise<void> {
  expectClose({ shape: actual.shape, data: await actual.data() }, expected);
}
