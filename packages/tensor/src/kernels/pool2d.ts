import { pool2dModule } from "../devices/wasm/generated/pool2d.ts";
import type { WasmContext } from "../devices/wasm/context.ts";
import { singleStep } from "../devices/gpu/program.ts";
import { defineKernel } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { sizeOf } from "../shape.ts";
import type { Shape } from "../shape.ts";
import { floatBits } from "./float-bits.ts";
import { unravel } from "./gpu-index.ts";

/** Values in the smallest piece that is worth a thread's while. */
const GRAIN = 16_384;

/** Windows of a pooling, as [vertical, horizontal] pairs. */
export interface Window {
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
}

/** How many planes, and their extents. */
function planesOf(shape: Shape): { readonly planes: number; readonly h: number; readonly w: number } {
  return { planes: sizeOf(shape.slice(0, -2)), h: shape.at(-2)!, w: shape.at(-1)! };
}

function planesPerPiece(size: number): number {
  return Math.max(1, Math.ceil(GRAIN / size));
}

/** Input: planes. Outputs: the largest value of each window, and its position in the plane. */
export const maxPool2dKernel: Kernel<Window> = defineKernel<Window>({
  name: "maxPool2d",
  wasm(context, [x], [out, indices], { kernelSize, stride, padding, dilation }) {
    const { planes, h, w } = planesOf(x!.shape);
    const { h: oh, w: ow } = planesOf(out!.shape);
    context.parallel(
      pool2dModule, "maxPool", planes, planesPerPiece(h * w), x!.ptr, out!.ptr, indices!.ptr, h, w, oh, ow,
      ...kernelSize, ...stride, ...padding, ...dilation,
    );
  },
  gpu([x], [out], { kernelSize: [kh, kw], stride: [sh, sw], padding: [ph, pw], dilation: [dh, dw] }) {
    const { planes, h, w } = planesOf(x!.shape);
    const { h: oh, w: ow } = planesOf(out!.shape);
    const { statements } = unravel([planes, oh, ow]);
    const size = planes * oh * ow;
    // The position is what is searched for; the value is then read at it. A position that is not inside is -1.
    const search = `function(x) {
${statements}
let best = 0.0;
let position = -1.0;
for (let i = 0; i < ${kh}; i++) {
  for (let j = 0; j < ${kw}; j++) {
    const y = i1 * ${sh} - ${ph} + i * ${dh};
    const c = i2 * ${sw} - ${pw} + j * ${dw};
    if (y >= 0 && y < ${h} && c >= 0 && c < ${w}) {
      const v = x[(i0 * ${h} + y) * ${w} + c];
      if (position < 0) { best = v; position = y * ${w} + c; }
      if (v <= best) { best = best; } else { if (v > best || v === v) { if (best === best) { best = v; position = y * ${w} + c; } } else { best = v; position = y * ${w} + c; } }
    }
  }
}
return position;
}`;
    const read = `function(x, t) {
const plane = Math.floor((this.thread.x + 0.5) / ${oh * ow}.0);
let p = 0; p++; p = plane * ${h * w} + t[this.thread.x];
return x[p];
}`;
    return {
      steps: [
        { source: search, args: ["input0"], size },
        { source: read, args: ["input0", "step0"], size },
      ],
      outputs: [1, 0],
    };
  },
});

/** Inputs: a gradient for each window, and the positions. Output: the gradient of the planes. */
export const maxPool2dGradKernel: Kernel<Window> = defineKernel<Window>({
  name: "maxPool2dGrad",
  wasm(context, [grad, indices], [out]) {
    const { planes, h, w } = planesOf(out!.shape);
    const count = grad!.size / planes;
    context.parallel(pool2dModule, "maxPoolGrad", planes, planesPerPiece(h * w), grad!.ptr, indices!.ptr, out!.ptr, h * w, count);
  },
  gpu([grad], [out], { kernelSize: [kh, kw], stride: [sh, sw], padding: [ph, pw], dilation: [dh, dw] }) {
    const { planes, h, w } = planesOf(out!.shape);
    const { h: oh, w: ow } = planesOf(grad!.shape);
    const { statements } = unravel([planes, h, w]);
    const source = `function(g, t) {
${statements}
let sum = 0.0;
for (let i = 0; i < ${kh}; i++) {
  for (let j = 0; j < ${kw}; j++) {
    const y = i1 + ${ph} - i * ${dh};
    const c = i2 + ${pw} - j * ${dw};
    const oy = Math.floor((y + 0.5) / ${sh}.0);
    const ox = Math.floor((c + 0.5) / ${sw}.0);
    if (oy * ${sh} === y && ox * ${sw} === c && oy >= 0 && oy < ${oh} && ox >= 0 && ox < ${ow}) {
      let p = 0; p++; p = (i0 * ${oh} + oy) * ${ow} + ox;
      if (t[p] === i1 * ${w} + i2) { sum += g[p]; }
    }
  }
}
return sum;
}`;
    return singleStep(source, 2, sizeOf(out!.shape));
  },
});

/** Along one axis: window `o` covers `[starts[o], ends[o])` and weighs `weights[o]`. Starts and ends never decrease. */
export interface Windows {
  readonly size: number;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly weights: readonly number[];
}

/** Average windows of rows and of columns. */
export interface AverageParams {
  readonly rows: Windows;
  readonly columns: Windows;
}

/** Input: planes. Output: for each window the sum of its values, times the weights of its row and of its column. */
export const averageKernel: Kernel<AverageParams> = defineKernel<AverageParams>({
  name: "average2d",
  wasm(context, [x], [out], { rows, columns }) {
    const { planes, h, w } = planesOf(x!.shape);
    const { h: oh, w: ow } = planesOf(out!.shape);
    const tables = [tableOf(context, rows), tableOf(context, columns)];
    context.parallel(pool2dModule, "average", planes, planesPerPiece(h * w), x!.ptr, out!.ptr, h, w, oh, ow, ...tables);
  },
  key: layoutKey,
  uniforms: ({ rows, columns }) => [rows, columns].flatMap(({ starts, ends, weights }) => [...starts, ...ends, ...weights]),
  gpu([x], [out], { rows, columns }) {
    const { planes, h, w } = planesOf(x!.shape);
    const { h: oh, w: ow } = planesOf(out!.shape);
    const { statements } = unravel([planes, oh, ow]);
    const second = 3 * oh;
    const source = `function(x, u) {
${statements}
const top = u[i1]; const bottom = u[${oh} + i1];
const left = u[${second} + i2]; const right = u[${second + ow} + i2];
let sum = 0.0;
for (let i = 0; i < ${longest(rows)}; i++) {
  for (let j = 0; j < ${longest(columns)}; j++) {
    const y = top + i;
    const c = left + j;
    if (y < bottom && c < right) { sum += x[(i0 * ${h} + y) * ${w} + c]; }
  }
}
return sum * u[${2 * oh} + i1] * u[${second + 2 * ow} + i2];
}`;
    return singleStep(source, 1, sizeOf(out!.shape), true);
  },
});

/** Input: a gradient for each window. Output: the gradient of the planes: the adjoint of `averageKernel`. */
export const averageGradKernel: Kernel<AverageParams> = defineKernel<AverageParams>({
  name: "average2dGrad",
  wasm(context, [grad], [out], { rows, columns }) {
    const { planes, h, w } = planesOf(out!.shape);
    const { h: oh, w: ow } = planesOf(grad!.shape);
    const tables = [tableOf(context, rows), tableOf(context, columns)];
    const spans = [rows, columns].map((windows) => {
      const { first, end } = spansOf(windows);
      return context.ints([...first, ...end]);
    });
    context.parallel(pool2dModule, "averageGrad", planes, planesPerPiece(h * w), grad!.ptr, out!.ptr, h, w, oh, ow, ...tables, ...spans);
  },
  key: layoutKey,
  uniforms: ({ rows, columns }) =>
    [rows, columns].flatMap((windows) => {
      const { first, end } = spansOf(windows);
      return [...first, ...end, ...windows.weights];
    }),
  gpu([grad], [out], { rows, columns }) {
    const { planes, h, w } = planesOf(out!.shape);
    const { h: oh, w: ow } = planesOf(grad!.shape);
    const { statements } = unravel([planes, h, w]);
    const second = 2 * h + oh;
    const most = (windows: Windows): number => {
      const { first, end } = spansOf(windows);
      return Math.max(1, ...first.map((start, i) => end[i]! - start));
    };
    const source = `function(g, u) {
${statements}
const top = u[i1]; const bottom = u[${h} + i1];
const left = u[${second} + i2]; const right = u[${second + w} + i2];
let sum = 0.0;
for (let i = 0; i < ${most(rows)}; i++) {
  for (let j = 0; j < ${most(columns)}; j++) {
    const oy = top + i;
    const ox = left + j;
    if (oy < bottom && ox < right) { sum += g[(i0 * ${oh} + oy) * ${ow} + ox] * u[${2 * h} + oy] * u[${second + 2 * w} + ox]; }
  }
}
return sum;
}`;
    return singleStep(source, 1, sizeOf(out!.shape), true);
  },
});

function tableOf(context: WasmContext, { starts, ends, weights }: Windows): number {
  return context.ints([...starts, ...ends, ...weights.map(floatBits)]);
}

/** For each position along an axis, the first window that holds it and the one after the last. */
function spansOf({ size, starts, ends }: Windows): { readonly first: readonly number[]; readonly end: readonly number[] } {
  const positions = Array.from({ length: size }, (_, i) => i);
  return {
    first: positions.map((at) => ends.filter((end) => end <= at).length),
    end: positions.map((at) => starts.filter((start) => start <= at).length),
  };
}

function longest({ starts, ends }: Windows): number {
  return Math.max(1, ...starts.map((start, i) => ends[i]! - start));
}

/** What the gpu sources depend on beside the shapes: the lengths of their loops. */
function layoutKey({ rows, columns }: AverageParams): string {
  return JSON.stringify([rows, columns].map(({ starts, ends }) => [starts, ends]));
}
