import { noGrad, ValueError, withDevice, zeros } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { add, mul, reshape, rsqrt, sub } from "@tapegrad/tensor/ops";
import { asPair } from "../checks/check-sizes.ts";
import { Conv2d } from "../layers/conv/conv2d.ts";
import { BatchNorm2d } from "../layers/norm/batch-norm2d.ts";

/**
 * One convolution that does what a convolution and the batch norm after it do in eval mode: the batch norm's scale
 * goes into the weight, its shift into the bias.
 *
 * `w' = w · γ / √(σ² + eps)`, `b' = (b − μ) · γ / √(σ² + eps) + β`. The given modules stay as they are.
 *
 * @throws ValueError unless both are in eval mode, their channels agree, and the batch norm has running statistics.
 */
export function fuseConvBatchNorm(conv: Conv2d, norm: BatchNorm2d): Conv2d {
  if (!(conv instanceof Conv2d))
    throw new ValueError(`fuseConvBatchNorm: conv must be a Conv2d, got ${showValue(conv)}`);
  if (!(norm instanceof BatchNorm2d))
    throw new ValueError(`fuseConvBatchNorm: norm must be a BatchNorm2d, got ${showValue(norm)}`);
  const { runningMean, runningVar, numFeatures } = norm;
  if (conv.training || norm.training)
    throw new ValueError("fuseConvBatchNorm: both modules must be in eval mode; call eval() first");
  if (runningMean === null || runningVar === null)
    throw new ValueError("fuseConvBatchNorm: the batch norm has no running statistics");
  if (conv.outChannels !== numFeatures) {
    throw new ValueError(
      `fuseConvBatchNorm: the convolution has ${conv.outChannels} output channels, the batch norm ${numFeatures}`,
    );
  }
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, paddingMode } = conv;
  const { device } = conv.weight;
  const options = { stride, padding, dilation, groups, paddingMode };
  const fused = withDevice(device, () => new Conv2d(inChannels, outChannels, asPair(kernelSize), options));
  noGrad(() => {
    const spread = rsqrt(add(runningVar, norm.eps));
    const scale = norm.weight === null ? spread : mul(spread, norm.weight);
    const shifted = mul(sub(conv.bias ?? zeros([outChannels], { device }), runningMean), scale);
    fused.weight.assign(mul(conv.weight, reshape(scale, [outChannels, 1, 1, 1])));
    fused.bias?.assign(norm.bias === null ? shifted : add(shifted, norm.bias));
  });
  return fused.eval();
}
