// By family, what its wide module does in another way than the plain one, in the middle and at the edges. Kernels are called as
// they are, without what plans them: a page that uses few of them must not load the others for this.
import type { Address, Pointer } from "../context.ts";
import type * as conv2d from "../generated/conv2d.ts";
import type * as winograd from "../generated/winograd.ts";
import type { BenchContext, Run } from "./bench.ts";

export interface Trial {
  readonly run: Run;
  /** By which part of the largest result others may differ, where sums are made in another order; 0 if all bits are the same. */
  readonly rounding: number;
}

/** Bytes from the first factor of a product, or the pictures of a convolution, to the second, or to the kernels. */
const SECOND = 1 << 17;

export const trials: Readonly<Record<string, Trial>> = {
  matmul: {
    run(context, from, to) {
      const count = product(context, from, to, 127, 154, 64);
      return count + product(context, from, to + 4 * count, 47, 96, 64);
    },
    rounding: 0,
  },
  conv2d: {
    run(context, from, to) {
      let count = convolve(context, from, to, 16);
      count += convolve(context, from, to + 4 * count, 4);
      count += convolve(context, from, to + 4 * count, 1);
      count += accumulate(context, from, to + 4 * count, 16);
      return count + accumulate(context, from, to + 4 * count, 4);
    },
    rounding: 1e-5,
  },
  winograd: {
    run(context, from, to) {
      let count = correlateTiles(context, from, to, 0);
      for (const pools of [0, 1]) {
        const finish = context.struct<winograd.Finish>(0, 0, 1, pools);
        count += correlateTiles(context, from, to + 4 * count, finish);
      }
      return count + accumulateTiles(context, from, to + 4 * count);
    },
    rounding: 1e-5,
  },
};

/** c[m, n] = start + a·b. */
export function product(
  { call, scratch }: BenchContext,
  from: number,
  to: number,
  m: number,
  n: number,
  k: number,
): number {
  const panels = Math.ceil(n / 8);
  const packed = scratch(32 * panels * k);
  call("packColumns", 0, panels, from + SECOND, 4 * n, 4, n, k, k, packed);
  const own = scratch(call("scratchSize", k));
  call("multiplyPart", 0, m, 0, m, n, k, k, from, 4 * k, 4, packed, from + 64, 0, 4, to, 4 * n, own);
  return m * n;
}

/** Planes of 3 × 3 convolutions: their channels, their rows and columns, and those of what comes out. */
const [CHANNELS, ROWS, COLUMNS] = [16, 17, 27];
const [OUT_ROWS, OUT_COLUMNS] = [ROWS - 2, COLUMNS - 2];
const SPARE = 4096;

/** Where the nine taps of every channel read. */
function taps({ ints }: BenchContext): { readonly offsets: Address; readonly count: number } {
  const all = Array.from({ length: CHANNELS * 9 }, (_, i) => {
    const [channel, tap] = [Math.floor(i / 9), i % 9];
    return 4 * (channel * ROWS * COLUMNS + Math.floor(tap / 3) * COLUMNS + (tap % 3));
  });
  return { offsets: ints(all), count: all.length };
}

/** Planes in scratch memory as they are in tensors, but for `rows` and `columns` that are filled. */
function layout({ struct }: BenchContext, rows: number, columns: number): ReturnType<typeof struct<conv2d.Layout>> {
  const plane = 4 * ROWS * COLUMNS;
  const rectangle = struct<conv2d.Rectangle>(0, 0, rows, columns);
  return struct<conv2d.Layout>(CHANNELS, 4 * rows * columns, 4 * columns, 1, plane, 4 * COLUMNS, rectangle, 1);
}

/** A convolution whose result has one and a half times `width` planes, computed `width` at once. */
function convolve(context: BenchContext, from: number, to: number, width: number): number {
  const { call, scratch, struct } = context;
  const channels = Math.ceil(1.5 * width);
  const { offsets, count } = taps(context);
  const positions = (OUT_ROWS - 1) * COLUMNS + OUT_COLUMNS;
  const phase = struct<conv2d.Phase>(count, offsets, from + SECOND, 1, positions, OUT_ROWS, OUT_COLUMNS, 0);
  const sumPlane = 4 * ROWS * COLUMNS + 64;
  const bytes = 4 * CHANNELS * ROWS * COLUMNS + width * sumPlane + SPARE;
  const plan = struct<conv2d.Correlation>(
    layout(context, ROWS, COLUMNS),
    1,
    channels,
    width,
    Math.ceil(channels / width),
    4 * OUT_ROWS * OUT_COLUMNS,
    4 * OUT_COLUMNS,
    1,
    phase,
    1,
    0,
    from + 64,
    sumPlane,
    bytes,
    0,
  );
  call("correlate", 0, Math.ceil(channels / width), plan, from, to, scratch(bytes));
  return channels * OUT_ROWS * OUT_COLUMNS;
}

/** The gradient of weights, computed for `width` planes of the result at once. */
function accumulate(context: BenchContext, from: number, to: number, width: number): number {
  const { call, scratch, struct } = context;
  const { offsets, count } = taps(context);
  const positions = 4 * Math.ceil((OUT_ROWS * COLUMNS) / 4);
  const bytes = 2 * 4 * CHANNELS * ROWS * COLUMNS + SPARE;
  const plan = struct<conv2d.WeightGradient>(
    layout(context, ROWS, COLUMNS),
    layout(context, OUT_ROWS, OUT_COLUMNS),
    1,
    width,
    CHANNELS / width,
    CHANNELS / width,
    1,
    1,
    offsets,
    count,
    positions,
    OUT_ROWS,
    OUT_COLUMNS,
    bytes,
  );
  call("accumulate", 0, 1, plan, from, from + SECOND, to, scratch(bytes));
  return count * CHANNELS;
}

/** Pictures of Winograd's method, their channels and those of the results. Of their tiles the lowest are cut, the others whole. */
const [IMAGES, HEIGHT, WIDTH, INPUTS, OUTPUTS] = [2, 14, 16, 36, 40];
const TILES = WIDTH / 4;
const BLOCK = 32;
const TILE_PLANE = 4 * BLOCK * INPUTS;
const LINE = 16 * (2 * BLOCK);
const WORKSPACE = 80 + 2 * (16 * TILES + 16) + 48 * 16 + 16 * BLOCK + 6 * LINE;

function tiles({ struct }: BenchContext): ReturnType<typeof struct<winograd.Tiles>> {
  return struct<winograd.Tiles>(INPUTS, HEIGHT, WIDTH, 1, 1, TILES, TILES, OUTPUTS, HEIGHT, WIDTH, LINE);
}

/** A convolution by kernels that are transformed, as any values may be. Pooled, it leaves three quarters of the results as they were. */
function correlateTiles(context: BenchContext, from: number, to: number, finish: Pointer<winograd.Finish> | 0): number {
  const { call, scratch, struct } = context;
  const total = IMAGES * TILES * TILES;
  const bytes = 36 * (TILE_PLANE + 16 * BLOCK) + WORKSPACE;
  // Kernels of all blocks of channels overlap: there are fewer values than they are.
  const plan = struct<winograd.Correlation>(tiles(context), total, BLOCK, TILE_PLANE, 64, bytes, finish);
  call("correlate", 0, Math.ceil(total / 4), plan, from, from + SECOND, 0, to, scratch(bytes));
  return IMAGES * OUTPUTS * HEIGHT * WIDTH;
}

/** The gradient of transformed kernels. */
function accumulateTiles(context: BenchContext, from: number, to: number): number {
  const { call, scratch, struct } = context;
  const [gradientPlane, sumPlane] = [4 * BLOCK * OUTPUTS, 32 * INPUTS];
  const bytes = 36 * (TILE_PLANE + gradientPlane) + WORKSPACE;
  const plan = struct<winograd.WeightGradient>(
    tiles(context),
    IMAGES,
    1,
    OUTPUTS,
    BLOCK,
    TILE_PLANE,
    gradientPlane,
    sumPlane,
    bytes,
  );
  call("accumulate", 0, 1, plan, from, from + SECOND, to, scratch(bytes));
  return (36 * sumPlane * (OUTPUTS / 8)) / 4;
}
