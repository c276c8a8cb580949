import fc from "fast-check";

/** A two-dimensional convolution whose kernel fits its input. */
export interface Conv2dConfiguration {
  /** `[n, c, h, w]`. */
  readonly inputShape: readonly [number, number, number, number];
  /** `[outChannels, inChannels / groups, kh, kw]`. */
  readonly weightShape: readonly [number, number, number, number];
  readonly bias: boolean;
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  /** `[n, outChannels, h', w']`. */
  readonly outputShape: readonly [number, number, number, number];
}

/** Bounds of random convolutions. */
export interface Conv2dConfigurationOptions {
  /** Largest batch. @default 3 */
  readonly maxBatch?: number;
  /** Most channels in a group, coming in or going out. @default 4 */
  readonly maxChannelsPerGroup?: number;
  /** Longest side of a kernel. @default 4 */
  readonly maxKernel?: number;
  /** How far the input may exceed the smallest that fits. @default 5 */
  readonly maxSlack?: number;
}

/**
 * Configurations of conv2d: unequal sides, strides longer than the kernel, dilation, padding, groups and depthwise
 * convolutions. Sizes come first, so every one is valid.
 */
export function conv2dConfigurations({
  maxBatch = 3,
  maxChannelsPerGroup = 4,
  maxKernel = 4,
  maxSlack = 5,
}: Conv2dConfigurationOptions = {}): fc.Arbitrary<Conv2dConfiguration> {
  const axis = fc
    .record({
      kernel: fc.integer({ min: 1, max: maxKernel }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 3 }),
      slack: fc.integer({ min: 0, max: maxSlack }),
    })
    .map(({ kernel, stride, dilation, padding, slack }) => {
      const reach = dilation * (kernel - 1) + 1;
      const extent = Math.max(1, reach - 2 * padding) + slack;
      return {
        kernel,
        stride,
        dilation,
        padding,
        extent,
        result: Math.floor((extent + 2 * padding - reach) / stride) + 1,
      };
    });
  return fc
    .record({
      batch: fc.integer({ min: 1, max: maxBatch }),
      groups: fc.integer({ min: 1, max: 3 }),
      groupInputs: fc.integer({ min: 1, max: maxChannelsPerGroup }),
      groupOutputs: fc.integer({ min: 1, max: maxChannelsPerGroup }),
      bias: fc.boolean(),
      y: axis,
      x: axis,
    })
    .map(({ batch, groups, groupInputs, groupOutputs, bias, y, x }) => ({
      inputShape: [batch, groups * groupInputs, y.extent, x.extent],
      weightShape: [groups * groupOutputs, groupInputs, y.kernel, x.kernel],
      bias,
      stride: [y.stride, x.stride],
      padding: [y.padding, x.padding],
      dilation: [y.dilation, x.dilation],
      groups,
      outputShape: [batch, groups * groupOutputs, y.result, x.result],
    }));
}
