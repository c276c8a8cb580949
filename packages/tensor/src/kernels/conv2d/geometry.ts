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
