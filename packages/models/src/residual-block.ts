import { type BatchNorm, BatchNorm2d, Conv2d, Module, Sequential } from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";

/** What a residual block is made of. */
export interface BlockOptions {
  /** Of the first 3×3 convolution, and of the shortcut. @default 1 */
  readonly stride?: number;
}

/** A block of a `ResNet`: convolutions whose result is added to the input, or to its projection. */
export abstract class ResidualBlock extends Module {
  /** The batch norm whose scale is zero-initialised, so that the block begins as the identity. */
  abstract readonly lastNorm: BatchNorm;

  abstract override forward(input: Tensor): Tensor;
}

/** A class of blocks: widths and how many times `planes` its output is wide. */
export interface BlockClass {
  readonly expansion: number;
  new (inPlanes: number, planes: number, options?: BlockOptions): ResidualBlock;
}

/** A 3×3 convolution without bias that keeps the extents at stride 1. */
export function conv3x3(inPlanes: number, planes: number, stride = 1): Conv2d {
  return new Conv2d(inPlanes, planes, 3, { stride, padding: 1, bias: false });
}

/** A 1×1 convolution without bias. */
export function conv1x1(inPlanes: number, planes: number, stride = 1): Conv2d {
  return new Conv2d(inPlanes, planes, 1, { stride, bias: false });
}

/** A projection of the shortcut where the block changes extents or width (option B of the paper); null where it does not. */
export function projection(inPlanes: number, outPlanes: number, stride: number): Sequential | null {
  return stride === 1 && inPlanes === outPlanes
    ? null
    : new Sequential(conv1x1(inPlanes, outPlanes, stride), new BatchNorm2d(outPlanes));
}
