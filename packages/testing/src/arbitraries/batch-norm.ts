import fc from "fast-check";

/** A batch norm and the batches that it sees. */
export interface BatchNormConfiguration {
  readonly features: number;
  /** Weight of the new batch in the running statistics; null for the average of all batches. */
  readonly momentum: number | null;
  readonly eps: number;
  readonly affine: boolean;
  /** Shapes `[n, features, h, w]` of the batches, each with more than one value per channel. */
  readonly batchShapes: readonly (readonly [number, number, number, number])[];
}

/** Bounds of random batch norms. */
export interface BatchNormConfigurationOptions {
  /** @default 4 */
  readonly maxFeatures?: number;
  /** @default 4 */
  readonly maxBatches?: number;
  /** Longest batch. @default 4 */
  readonly maxBatch?: number;
  /** Longest side of an image. @default 4 */
  readonly maxExtent?: number;
}

/** Configurations of batch norm; the momenta 0, 1 and null come often. */
export function batchNormConfigurations({
  maxFeatures = 4,
  maxBatches = 4,
  maxBatch = 4,
  maxExtent = 4,
}: BatchNormConfigurationOptions = {}): fc.Arbitrary<BatchNormConfiguration> {
  return fc.integer({ min: 1, max: maxFeatures }).chain((features) =>
    fc.record({
      features: fc.constant(features),
      momentum: fc.oneof(
        fc.constantFrom(0, 1, null, 0.1),
        fc.integer({ min: 1, max: 15 }).map((k) => k / 16),
      ),
      eps: fc.constantFrom(1e-5, 1e-3, 0.1),
      affine: fc.boolean(),
      batchShapes: fc.array(batchShapes(features, maxBatch, maxExtent), { minLength: 1, maxLength: maxBatches }),
    }),
  );
}

/** `[n, c, h, w]` with at least two values per channel: where n · h · w would be 1, n is 2. */
function batchShapes(
  features: number,
  maxBatch: number,
  maxExtent: number,
): fc.Arbitrary<[number, number, number, number]> {
  const extent = fc.integer({ min: 1, max: maxExtent });
  return fc
    .tuple(fc.integer({ min: 1, max: maxBatch }), extent, extent)
    .map(([n, h, w]) => [n * h * w === 1 ? 2 : n, features, h, w]);
}
