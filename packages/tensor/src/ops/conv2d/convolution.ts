import { type Applied, defineOp, launchOne, type Shape, type Tensor } from "../../core.ts";
import type { Conv2dGeometry } from "../../kernels/conv2d/geometry.ts";
import { conv2dInputGradKernel, conv2dKernel, conv2dWeightGradKernel } from "../../kernels/conv2d/kernel.ts";
import { zeros } from "../../tensor/create.ts";
import { sum } from "../reduction/sum.ts";

// The three are linear in each argument, and each is the other two's gradient.

/** y from x, weight and perhaps bias: see `conv2d`. */
export const convolve: Applied<readonly Tensor[], Conv2dGeometry> = defineOp({
  name: "conv2d",
  forward: (inputs, geometry) =>
    launchOne(conv2dKernel, inputs, { shape: outputShape(geometry), dtype: "float32" }, geometry),
  vjp(grad, { inputs: [x, weight], params: geometry, needs }) {
    return [
      needs[0] ? convolveInputGrad([grad, weight!], geometry) : null,
      needs[1] ? convolveWeightGrad([grad, x!], geometry) : null,
      needs[2] ? sum(grad, [0, 2, 3]) : null,
    ].slice(0, needs.length);
  },
  reads: { inputs: [0, 1], outputs: false },
});

/** dx from dy and weight. */
export const convolveInputGrad: Applied<readonly [Tensor, Tensor], Conv2dGeometry> = defineOp({
  name: "conv2dInputGrad",
  forward(inputs, geometry) {
    const shape = [geometry.images, geometry.inChannels, ...geometry.input];
    return launchOne(conv2dInputGradKernel, inputs, { shape, dtype: "float32" }, geometry);
  },
  vjp: (grad, { inputs: [dy, weight], params: geometry, needs }) => [
    needs[0] ? convolve([grad, weight], geometry) : null,
    needs[1] ? convolveWeightGrad([dy, grad], geometry) : null,
  ],
  reads: { inputs: true, outputs: false },
});

/** dweight from dy and x. */
export const convolveWeightGrad: Applied<readonly [Tensor, Tensor], Conv2dGeometry> = defineOp({
  name: "conv2dWeightGrad",
  forward(inputs, geometry) {
    const { images, inChannels, outChannels, groups, kernel } = geometry;
    const shape = [outChannels, inChannels / groups, ...kernel];
    // A sum over no images.
    if (images === 0) return zeros(shape, { device: inputs[0].device });
    return launchOne(conv2dWeightGradKernel, inputs, { shape, dtype: "float32" }, geometry);
  },
  vjp: (grad, { inputs: [dy, x], params: geometry, needs }) => [
    needs[0] ? convolve([x, grad], geometry) : null,
    needs[1] ? convolveInputGrad([dy, grad], geometry) : null,
  ],
  reads: { inputs: true, outputs: false },
});

/** `[n, outChannels, h′, w′]` */
export function outputShape({ images, outChannels, output }: Conv2dGeometry): Shape {
  return [images, outChannels, ...output];
}
