import type { WasmContext } from "../../devices/wasm/context.ts";
import { DOTS, matmulModule, TILE_COLUMNS } from "../../devices/wasm/generated/matmul.ts";
import { PIECE_WORK } from "../lib/pieces.ts";

/** Where the elements of a matrix lie: the first one's address, and distances in bytes. */
export interface WasmMatrix {
  readonly ptr: number;
  readonly row: number;
  readonly column: number;
}

/** Products c[m, n] = start + a[m, k]·b[k, n]; the results are dense and follow each other. */
export interface WasmProducts {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: WasmMatrix;
  readonly b: WasmMatrix;
  /** What is added. Eight neighbours of a row are read as they lie, so a column must be written out eight times. */
  readonly start: WasmMatrix | null;
  readonly c: number;
  /** How far the factors of each product lie from `a` and `b`, in bytes. */
  readonly products: readonly { readonly a: number; readonly b: number }[];
}

/** Slices of k: a panel of b of this depth fits the first-level cache. */
const DEPTH = 256;
/** For so few rows of a, packing b would take as long as multiplying it. */
const FEW_ROWS = 4;
/** Elements of b that are packed at once. */
const MAX_PACKED = 2 ** 20;
/** Elements of a second factor that each thread packs by itself. */
const SMALL_MATRIX = 65536;

export function multiply(context: WasmContext, all: WasmProducts): void {
  const { m, n, k, a, b, c, products } = all;
  const start = all.start ?? { ptr: context.ints(new Int32Array(TILE_COLUMNS)), row: 0, column: 0 };
  if (products.length > 1 && n * k <= SMALL_MATRIX) {
    multiplyBatch(context, all, start);
    return;
  }
  const isDots = m <= FEW_ROWS && a.column === 4 && b.row === 4 && start.row === 0;
  for (let i = 0; i < products.length; i++) {
    const [left, right, result] = [a.ptr + products[i]!.a, b.ptr + products[i]!.b, c + 4 * i * m * n];
    if (isDots) {
      const grain = Math.ceil(PIECE_WORK / (DOTS * m * k));
      const operands = [left, a.row, right, b.column, all.start?.ptr ?? 0, result] as const;
      context.parallel(matmulModule, "multiplyDots", Math.ceil(n / DOTS), grain, m, n, k, ...operands);
    } else multiplyOne(context, { ...all, a: { ...a, ptr: left }, b: { ...b, ptr: right }, c: result }, start);
  }
}

function multiplyOne(context: WasmContext, { m, n, k, a, b, c }: WasmProducts, start: WasmMatrix): void {
  const panels = Math.ceil(n / TILE_COLUMNS);
  const depth = Math.min(k, DEPTH);
  // Slices that are packed at once. The more they are, the less often threads wait for each other.
  const slices = Math.max(1, Math.min(Math.ceil(k / depth), Math.floor(MAX_PACKED / (panels * TILE_COLUMNS * depth))));
  const packed = context.scratch(4 * panels * TILE_COLUMNS * slices * depth);
  const scratch = context.scratchPerThread(context.call(matmulModule, "scratchSize", depth));
  for (let from = 0; from < k; from += slices * depth) {
    const length = Math.min(slices * depth, k - from);
    const units = panels * Math.ceil(length / depth);
    const packing = Math.ceil(PIECE_WORK / (8 * TILE_COLUMNS * depth));
    const part = b.ptr + from * b.row;
    context.parallel(matmulModule, "packColumns", units, packing, part, b.row, b.column, n, length, depth, packed);
    const { ptr, row, column } = from > 0 ? { ptr: c, row: 4 * n, column: 4 } : start;
    const left = a.ptr + from * a.column;
    const rest = [m, n, length, depth, left, a.row, a.column, packed, ptr, row, column, c, 4 * n, scratch] as const;
    if (m >= 32 || m * 2 >= n) {
      // Pieces of rows that both sizes of tiles divide, where that shares them out evenly.
      const rows = m % 32 === 0 ? 16 : 4;
      const grain = rows * Math.ceil(PIECE_WORK / (rows * n * length));
      context.parallel(matmulModule, "multiplyPart", m, grain, 0, ...rest);
    } else {
      const grain = Math.ceil(PIECE_WORK / (TILE_COLUMNS * m * length));
      context.parallel(matmulModule, "multiplyPart", panels, grain, 1, ...rest);
    }
  }
}

function multiplyBatch(context: WasmContext, { m, n, k, a, b, c, products }: WasmProducts, start: WasmMatrix): void {
  const scratch = context.scratchPerThread(context.call(matmulModule, "batchScratchSize", n, k));
  const offsets = context.ints(products.flatMap((product) => [product.a, product.b]));
  const operands = [...layoutOf(a), ...layoutOf(b), ...layoutOf(start), c, offsets, scratch] as const;
  const grain = Math.ceil(PIECE_WORK / (m * n * k));
  context.parallel(matmulModule, "multiplyBatch", products.length, grain, m, n, k, ...operands);
}

function layoutOf({ ptr, row, column }: WasmMatrix) {
  return [ptr, row, column] as const;
}
