import { type Applied, defineMultiOp, defineOp, type Tensor } from "../../core.ts";
import { crossEntropyGradKernel, crossEntropyKernel } from "../../kernels/cross-entropy.ts";
import { add, equal, exp, mul, sub, sum, unsqueeze, where } from "../basic.ts";
import { mayIgnore, weightsOf } from "./class-targets.ts";
import { launchRows, nllRows, type Targets } from "./nll-rows.ts";

/**
 * For each target `y`: `−weight[y] · log softmax(x)_y`, or 0 where `y` is `ignoreIndex`: softmax and negative
 * log-likelihood in one, with the gradient `(softmax(x) − onehot(y)) · weight[y]`.
 *
 * Shape: `x [n, c, …]`, `target [n, …]` → `[n, …]`, and the log-probabilities `[n, c, …]` that came up on the way. Targets
 * must have been checked; this is what `crossEntropy` is made of.
 */
export const crossEntropyRows: (x: readonly [Tensor], params: Targets) => readonly Tensor[] = defineMultiOp({
  name: "crossEntropy",
  forward: ([x], params) => launchRows(crossEntropyKernel, [x], x.shape, params, [params.target.shape, x.shape]),
  vjp([ofLosses, ofLogProbs], { outputs, params }) {
    const logProbs = outputs[1]!;
    const through = ofLosses && gradient([ofLosses, logProbs], params);
    const direct = ofLogProbs && sub(ofLogProbs, mul(exp(logProbs), sum(ofLogProbs, 1, { keepDim: true })));
    return [through && direct ? add(through, direct) : (through ?? direct ?? null)];
  },
  reads: { inputs: false, outputs: true },
});

/** `grad · weight[y] · (exp(logProbs) − onehot(y))`. */
const gradient: Applied<readonly [Tensor, Tensor], Targets> = defineOp({
  name: "crossEntropyGrad",
  forward: (inputs, params) =>
    launchRows(crossEntropyGradKernel, inputs, inputs[1].shape, params, [inputs[1].shape])[0]!,
  vjp(v, { inputs: [grad, logProbs], params: targets, needs }) {
    const weights = weightsOf(targets, logProbs);
    const ignored = mayIgnore(targets) ? equal(targets.target, targets.ignoreIndex) : null;
    // A mean's gradient is infinite if all targets are ignored, and the probabilities of an ignored target may be NaN. Neither
    // must be multiplied by 0.
    const counts = ignored === null ? grad : where(ignored, 0, grad);
    const all = mul(v, exp(logProbs));
    const weighed = ignored === null ? all : where(unsqueeze(ignored, 1), 0, all);
    return [
      needs[0] ? add(mul(weights, sum(weighed, 1)), nllRows([v], targets)) : null,
      needs[1] ? mul(weighed, unsqueeze(mul(weights, counts), 1)) : null,
    ];
  },
  reads: { inputs: true, outputs: false },
});
