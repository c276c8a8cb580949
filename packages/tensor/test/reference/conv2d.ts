import type { Conv2dConfiguration } from "@tapegrad/testing";

/** What a convolution computes, and the sums of its gradients. */
export interface Convolution {
  readonly y: Float64Array;
  readonly dx: Float64Array;
  readonly dweight: Float64Array;
}

/** A convolution and, given dy, its gradients, by a loop over all products in double precision. */
export function conv2dReference(
  configuration: Omit<Conv2dConfiguration, "bias">,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number> | null,
  dy: ArrayLike<number>,
): Convolution {
  const { inputShape, weightShape, outputShape, stride, padding, dilation, groups } = configuration;
  const [images, channels, height, width] = inputShape;
  const [outChannels, groupChannels, kernelHeight, kernelWidth] = weightShape;
  const [, , outHeight, outWidth] = outputShape;
  const y = new Float64Array(images * outChannels * outHeight * outWidth);
  const dx = new Float64Array(x.length);
  const dweight = new Float64Array(weight.length);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let o = 0; o < outChannels; o++) {
      const firstChannel = Math.floor(o / (outChannels / groups)) * groupChannels;
      for (let i = 0; i < outHeight; i++) {
        for (let j = 0; j < outWidth; j++, at++) {
          let sum = bias?.[o] ?? 0;
          for (let c = 0; c < groupChannels; c++) {
            for (let k = 0; k < kernelHeight; k++) {
              for (let l = 0; l < kernelWidth; l++) {
                const row = i * stride[0] + k * dilation[0] - padding[0];
                const column = j * stride[1] + l * dilation[1] - padding[1];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const p = ((n * channels + firstChannel + c) * height + row) * width + column;
                const q = ((o * groupChannels + c) * kernelHeight + k) * kernelWidth + l;
                sum += x[p]! * weight[q]!;
                dx[p]! += dy[at]! * weight[q]!;
                dweight[q]! += dy[at]! * x[p]!;
              }
            }
          }
          y[at] = sum;
        }
      }
    }
  }
  return { y, dx, dweight };
}
