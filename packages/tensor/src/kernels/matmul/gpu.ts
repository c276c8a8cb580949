import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { optionalInputs, singleStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { broadcastStrides, type Shape, sizeOf } from "../../tensor/shape.ts";
import { unravel } from "../lib/gpu-index.ts";
import type { MatmulParams } from "./kernel.ts";

/** Steps of k that a turn of the loop takes. */
const UNROLL = 4;

/** One load of b serves four rows of a; a's indices are written out, for they are the same for neighbours in x. */
export const matmul: GpuHalf<MatmulParams> = {
  gpu(inputs, _outputs, params) {
    const { m, n, k } = params;
    const { bias } = optionalInputs(2, { bias: inputs.length === 3 });
    const [aRow, aColumn] = params.transposeA ? [1, m] : [k, 1];
    const [bRow, bColumn] = params.transposeB ? [1, k] : [n, 1];
    const lanes = m % 4 === 0 ? 4 : 1;
    const rows = Array.from({ length: lanes }, (_, row) => row);
    const { statements, a: aBase, b: bBase } = batchPositions(params);
    const base = `${aBase}this.thread.y * ${lanes * aRow}`;
    const loop = Math.floor(k / UNROLL) * UNROLL;
    const products = (first: number, count: number, v: string, at: string): string =>
      Array.from({ length: count }, (_, i) => {
        const add = (row: number): string =>
          `s${row} += a[${base} + ${at}${row * aRow + (first + i) * aColumn}] * ${v}${i};\n`;
        return `const ${v}${i} = b[q + ${i * bRow}];\n${rows.map(add).join("")}`;
      }).join("");
    const turn = products(0, UNROLL, "v", `(k | 0) * ${aColumn} + `);
    const rest = products(loop, k - loop, "w", "");
    const body =
      `${statements}${integerLocal("q", `${bBase}this.thread.x * ${bColumn}`)}\n${rows.map((row) => `let s${row} = 0.0;\n`).join("")}` +
      `${loop > 0 ? `for (let k = 0; k < ${loop}; k += ${UNROLL}) {\n${turn}q += ${UNROLL * bRow};\n}\n` : ""}${rest}` +
      `const start = ${bias ? "bias[this.thread.x]" : "0.0"};\n` +
      `return ${lanes === 4 ? "[s0 + start, s1 + start, s2 + start, s3 + start]" : "s0 + start"};`;
    const bound = { a: "input0", b: "input1", bias } as const;
    return singleStep([n, m / lanes, sizeOf(params.batch)], bound, body, lanes);
  },
};

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
