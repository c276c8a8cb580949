import type { GpuProgram } from "../devices/gpu/program.ts";
import type { WasmContext, WasmOperand } from "../devices/wasm/context.ts";
import { matmulModule } from "../devices/wasm/generated/matmul.ts";
import { defineKernel } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { broadcastStrides, sizeOf } from "../shape.ts";
import type { Shape } from "../shape.ts";
import { unravel } from "./gpu-index.ts";

/** c[m, n] = a[m, k] · b[k, n] for every matrix of a batch; a third input of n biases is added to each row. */
export interface MatmulParams {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether a is stored as [k, m]. */
  readonly transposeA: boolean;
  /** Whether b is stored as [n, k]. */
  readonly transposeB: boolean;
  /** Axes before the last two, of a, of b and of both broadcast. */
  readonly batchA: Shape;
  readonly batchB: Shape;
  readonly batch: Shape;
}

export const matmulKernel: Kernel<MatmulParams> = defineKernel<MatmulParams>({
  name: "matmul",
  wasm(context, [a, b, bias], [c], params) {
    const count = sizeOf(params.batch);
    if (count > 1 && params.n * params.k <= SMALL_MATRIX) {
      multiplyBatch(context, a!, b!, c!, params, count);
      return;
    }
    const { m, n, k } = params;
    for (let i = 0; i < count; i++) {
      const aPtr = a!.ptr + 4 * m * k * positionOf(i, params.batch, params.batchA);
      const bPtr = b!.ptr + 4 * k * n * positionOf(i, params.batch, params.batchB);
      multiply(context, aPtr, bPtr, bias?.ptr ?? null, c!.ptr + 4 * i * m * n, params);
    }
  },
  gpu: (inputs, _outputs, params) => gpuProgram(inputs.length === 3, params),
  flops: (_inputs, _outputs, { m, n, k, batch }) => 2 * sizeOf(batch) * m * n * k,
});

/** Slices of k: a panel of b of this depth fits the first-level cache. */
const DEPTH = 256;
/** Columns of a tile; see wasm-src/lib/gemm.ts. */
const TILE_COLUMNS = 8;
/** For so few rows of a, packing b would take as long as multiplying it. */
const FEW_ROWS = 4;
/** Columns that are made together then; see wasm-src/matmul.ts. */
const DOTS = 4;
/** Multiply–adds in the smallest piece that is worth a thread's while. */
const PIECE_WORK = 65536;
/** Elements of a second factor that each thread packs by itself. */
const SMALL_MATRIX = 65536;

/** Strides in bytes, by row and by column, of a matrix of that many columns. */
function stridesOfMatrix(rows: number, columns: number, transposed: boolean): readonly [row: number, column: number] {
  return transposed ? [4, 4 * rows] : [4 * columns, 4];
}

function multiply(
  context: WasmContext,
  a: number,
  b: number,
  bias: number | null,
  c: number,
  params: MatmulParams,
): void {
  const { m, n, k } = params;
  if (m <= FEW_ROWS && params.transposeB && !params.transposeA) {
    const grain = Math.ceil(PIECE_WORK / (DOTS * m * k));
    context.parallel(matmulModule, "multiplyDots", Math.ceil(n / DOTS), grain, m, n, k, a, b, bias ?? 0, c);
    return;
  }
  const [aRow, aColumn] = stridesOfMatrix(m, k, params.transposeA);
  const [bRow, bColumn] = stridesOfMatrix(k, n, params.transposeB);
  const panels = Math.ceil(n / TILE_COLUMNS);
  const packed = context.scratch(4 * panels * TILE_COLUMNS * Math.min(k, DEPTH));
  const scratch = context.scratchPerThread(context.call(matmulModule, "scratchSize", Math.min(k, DEPTH)));
  const zeros = context.ints(new Array<number>(TILE_COLUMNS).fill(0));
  for (let from = 0; from < k; from += DEPTH) {
    const depth = Math.min(DEPTH, k - from);
    context.parallel(
      matmulModule,
      "packColumns",
      panels,
      Math.ceil(PIECE_WORK / (8 * TILE_COLUMNS * depth)),
      b + from * bRow,
      bRow,
      bColumn,
      n,
      depth,
      packed,
    );
    const start = from > 0 ? [c, 4 * n, 4] : bias === null ? [zeros, 0, 0] : [bias, 0, 4];
    const rest = [n, depth, a + from * aColumn, aRow, aColumn, packed, ...start, c, 4 * n, scratch];
    if (m >= 32 || m * 2 >= n) {
      context.parallel(matmulModule, "multiplyRows", m, 4 * Math.ceil(PIECE_WORK / (4 * n * depth)), ...rest);
    } else {
      context.parallel(
        matmulModule,
        "multiplyPanels",
        panels,
        Math.ceil(PIECE_WORK / (TILE_COLUMNS * m * depth)),
        m,
        ...rest,
      );
    }
  }
}

function multiplyBatch(
  context: WasmContext,
  a: WasmOperand,
  b: WasmOperand,
  c: WasmOperand,
  params: MatmulParams,
  count: number,
): void {
  const { m, n, k, batch, batchA, batchB } = params;
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) {
    offsets.push(4 * m * k * positionOf(i, batch, batchA), 4 * k * n * positionOf(i, batch, batchB));
  }
  const grain = Math.ceil(PIECE_WORK / (m * n * k));
  const scratch = context.scratchPerThread(context.call(matmulModule, "batchScratchSize", n, k));
  const zeros = context.ints(new Array<number>(TILE_COLUMNS).fill(0));
  const table = context.ints(offsets);
  context.parallel(
    matmulModule,
    "multiplyBatch",
    count,
    grain,
    m,
    n,
    k,
    a.ptr,
    ...stridesOfMatrix(m, k, params.transposeA),
    b.ptr,
    ...stridesOfMatrix(k, n, params.transposeB),
    zeros,
    c.ptr,
    table,
    scratch,
  );
}

/** Which matrix of a factor belongs to matrix `index` of the result. */
function positionOf(index: number, batch: Shape, own: Shape): number {
  const strides = broadcastStrides(own, batch);
  let position = 0;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    position += (index % batch[axis]!) * strides[axis]!;
    index = Math.floor(index / batch[axis]!);
  }
  return position;
}

/** Steps of k that a turn of the loop takes. */
const UNROLL = 4;

/** One load of b serves four rows of a; a's indices are written out, for they are the same for neighbours in x. */
function gpuProgram(biased: boolean, params: MatmulParams): GpuProgram {
  const { m, n, k } = params;
  const [aRow, aColumn] = params.transposeA ? [1, m] : [k, 1];
  const [bRow, bColumn] = params.transposeB ? [1, k] : [n, 1];
  const lanes = m % 4 === 0 ? 4 : 1;
  const rows = Array.from({ length: lanes }, (_, row) => row);
  const { statements, a: aBase, b: bBase } = batchPositions(params);
  const base = `${aBase}this.thread.y * ${lanes * aRow}`;
  const load = (i: number): string => `const v${i} = b[q + ${i * bRow}];\n`;
  const loop = Math.floor(k / UNROLL) * UNROLL;
  const turn = steps(
    UNROLL,
    (i) =>
      load(i) +
      rows
        .map((row) => `s${row} += a[${base} + (k | 0) * ${aColumn} + ${row * aRow + i * aColumn}] * v${i};\n`)
        .join(""),
  );
  const rest = steps(
    k - loop,
    (i) =>
      load(i).replace("v", "w") +
      rows.map((row) => `s${row} += a[${base} + ${row * aRow + (loop + i) * aColumn}] * w${i};\n`).join(""),
  );
  const source =
    `function(a, b${biased ? ", bias" : ""}) {\n${statements}` +
    `let q = 0; q++; q = ${bBase}this.thread.x * ${bColumn};\n${rows.map((row) => `let s${row} = 0.0;\n`).join("")}` +
    `${loop > 0 ? `for (let k = 0; k < ${loop}; k += ${UNROLL}) {\n${turn}q += ${UNROLL * bRow};\n}\n` : ""}${rest}` +
    `const start = ${biased ? "bias[this.thread.x]" : "0.0"};\n` +
    `return ${lanes === 4 ? "[s0 + start, s1 + start, s2 + start, s3 + start]" : "s0 + start"};\n}`;
  return {
    steps: [
      {
        source,
        args: biased ? ["input0", "input1", "input2"] : ["input0", "input1"],
        size: [n, m / lanes, sizeOf(params.batch)],
        lanes,
      },
    ],
  };
}

function steps(amount: number, step: (i: number) => string): string {
  return Array.from({ length: amount }, (_, i) => step(i)).join("");
}

/** Expressions of where the matrices that belong to result `this.thread.z` begin, each followed by a plus sign. */
function batchPositions({ m, n, k, batch, batchA, batchB }: MatmulParams): {
  statements: string;
  a: string;
  b: string;
} {
  const count = sizeOf(batch);
  if (count === 1) return { statements: "", a: "", b: "" };
  const flat = [batchA, batchB].every((own) => sizeOf(own) === count || sizeOf(own) === 1);
  if (flat) {
    const position = (own: Shape, size: number): string => (sizeOf(own) === 1 ? "" : `this.thread.z * ${size} + `);
    return { statements: "", a: position(batchA, m * k), b: position(batchB, k * n) };
  }
  const { statements, indices } = unravel(batch, "this.thread.z");
  const position = (own: Shape, size: number): string =>
    broadcastStrides(own, batch)
      .map((stride, axis) => (stride === 0 ? "" : `${indices[axis]!} * ${stride * size} + `))
      .join("");
  return { statements, a: position(batchA, m * k), b: position(batchB, k * n) };
}
