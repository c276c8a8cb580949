/** Everything about a two-dimensional convolution except its values. Pairs are rows, then columns. */
export interface Conv2dGeometry {
  readonly images: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Zeros before the first row and column. Those after the last follow from the output's extent. */
  readonly padding: Pair;
}

export type Pair = readonly [rows: number, columns: number];

export function isPairOf(value: number, [rows, columns]: Pair): boolean {
  return rows === value && columns === value;
}

/** Taps of a kernel: its positions, at each of which every pair of channels has one weight. */
export function tapsOf({ kernel: [rows, columns] }: Conv2dGeometry): number {
  return rows * columns;
}

/** Operations of a convolution or of one of its gradients: two for each tap, pair of channels and position of y. */
export function conv2dFlops(geometry: Conv2dGeometry): number {
  const { images, inChannels, outChannels, groups, output } = geometry;
  return 2 * images * outChannels * (inChannels / groups) * tapsOf(geometry) * output[0] * output[1];
}

/** Planes of a group. */
export interface Planes {
  readonly channels: number;
  readonly extent: Pair;
}

/** A convolution or its input gradient: from which planes to which, and how far from each other weights lie, in elements. */
export interface Direction {
  readonly source: Planes;
  readonly result: Planes;
  /** Distance, in the weights, of groups, of channels of the result, and of channels of the source. */
  readonly groupStep: number;
  readonly laneStep: number;
  readonly channelStep: number;
}

/** y from x. */
export function toOutput(geometry: Conv2dGeometry): Direction {
  const { inChannels, outChannels, groups, input, output } = geometry;
  const source = { channels: inChannels / groups, extent: input };
  const result = { channels: outChannels / groups, extent: output };
  const channelStep = tapsOf(geometry);
  const laneStep = source.channels * channelStep;
  return { source, result, groupStep: result.channels * laneStep, laneStep, channelStep };
}

/** dx from dy: the weights' channels are swapped. */
export function toInput(geometry: Conv2dGeometry): Direction {
  const { source, result, groupStep, laneStep, channelStep } = toOutput(geometry);
  return { source: result, result: source, groupStep, laneStep: channelStep, channelStep: laneStep };
}
