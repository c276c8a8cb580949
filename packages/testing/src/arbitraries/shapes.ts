import fc from "fast-check";

/** Bounds of random shapes. */
export interface ShapeOptions {
  /** @default 0 */
  readonly minRank?: number;
  /** @default 4 */
  readonly maxRank?: number;
  /** 0 includes empty tensors. @default 1 */
  readonly minExtent?: number;
  /** @default 5 */
  readonly maxExtent?: number;
}

/** Shapes, scalars and axes of 1 among them; they shrink towards few and short axes. */
export function shapes({ minRank = 0, maxRank = 4, minExtent = 1, maxExtent = 5 }: ShapeOptions = {}): fc.Arbitrary<
  number[]
> {
  return fc.array(fc.integer({ min: minExtent, max: maxExtent }), { minLength: minRank, maxLength: maxRank });
}

/** Two shapes that broadcast, and the shape that they broadcast to. */
export interface BroadcastablePair {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly result: readonly number[];
}

/**
 * Pairs of shapes that broadcast to each other: from a random result, each side drops leading axes and replaces some
 * extents by 1, never both sides the same one.
 */
export function broadcastablePairs(options: ShapeOptions = {}): fc.Arbitrary<BroadcastablePair> {
  return shapes(options).chain((full) =>
    fc
      .record({
        // For each axis, who keeps the extent: both, or only one, while the other repeats.
        keepers: fc.array(fc.constantFrom("both", "a", "b"), { minLength: full.length, maxLength: full.length }),
        dropped: fc.nat({ max: full.length }),
        shorter: fc.constantFrom("a", "b"),
      })
      .map(({ keepers, dropped, shorter }) => {
        const side = (name: "a" | "b"): number[] =>
          full
            .map((extent, i) =>
              keepers[i] === "both" || keepers[i] === name || (i < dropped && shorter !== name) ? extent : 1,
            )
            .slice(shorter === name ? dropped : 0);
        return { a: side("a"), b: side("b"), result: full };
      }),
  );
}
