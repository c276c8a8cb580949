/** Windows over planes. Pairs are rows, then columns. */
export interface Pooling {
  readonly planes: number;
  readonly input: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly ceilMode: boolean;
}

/** Extents of the result: how many windows begin inside the padded image, and end inside unless `ceilMode`. */
export function pooledExtent({
  input,
  kernel,
  stride,
  padding,
  dilation,
  ceilMode,
}: Pooling): readonly [number, number] {
  const count = (axis: 0 | 1): number => {
    let windows = 0;
    for (let start = -padding[axis]; ; start += stride[axis]) {
      const overhang = start + dilation[axis] * (kernel[axis] - 1) + 1 - (input[axis] + padding[axis]);
      if (start >= input[axis] || overhang >= (ceilMode ? stride[axis] : 1)) return windows;
      windows++;
    }
  };
  return [count(0), count(1)];
}

/** The places of one window that lie in the plane. */
function* placesOf({ input, kernel, stride, padding, dilation }: Pooling, i: number, j: number): Generator<number> {
  for (let k = 0; k < kernel[0]; k++) {
    for (let l = 0; l < kernel[1]; l++) {
      const row = i * stride[0] - padding[0] + k * dilation[0];
      const column = j * stride[1] - padding[1] + l * dilation[1];
      if (row >= 0 && row < input[0] && column >= 0 && column < input[1]) yield row * input[1] + column;
    }
  }
}

/** Largest value of each window and its place, by a loop. */
export function maxPoolReference(pooling: Pooling, x: ArrayLike<number>): { values: number[]; places: number[] } {
  const [rows, columns] = pooledExtent(pooling);
  const size = pooling.input[0] * pooling.input[1];
  const values: number[] = [];
  const places: number[] = [];
  for (let plane = 0; plane < pooling.planes; plane++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let best = -Infinity;
        let found = -1;
        for (const place of placesOf(pooling, i, j)) {
          const value = x[plane * size + place]!;
          if (found < 0 || value > best || Number.isNaN(value)) [best, found] = [value, place];
        }
        values.push(best);
        places.push(found);
      }
    }
  }
  return { values, places };
}

/** Average of each window, by a loop. */
export function averagePoolReference(
  pooling: Pooling,
  x: ArrayLike<number>,
  { countIncludePad, divisorOverride }: { readonly countIncludePad: boolean; readonly divisorOverride: number | null },
): number[] {
  const [rows, columns] = pooledExtent(pooling);
  const { input, kernel, stride, padding } = pooling;
  const averages: number[] = [];
  for (let plane = 0; plane < pooling.planes; plane++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const places = [...placesOf(pooling, i, j)];
        const sum = places.reduce((total, place) => total + x[plane * input[0] * input[1] + place]!, 0);
        const padded = [i, j].map((index, axis) => {
          const start = index * stride[axis]! - padding[axis]!;
          return Math.min(start + kernel[axis]!, input[axis]! + padding[axis]!) - start;
        });
        averages.push(sum / (divisorOverride ?? (countIncludePad ? padded[0]! * padded[1]! : places.length)));
      }
    }
  }
  return averages;
}
