import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import type { Window } from "../kernels/pool2d.ts";
import { showShape } from "../shape.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/** Options that all pooling has. */
export interface PoolOptions {
  /** Distance between windows. @default the kernel size */
  readonly stride?: Pair | null;
  /** Rows and columns that surround the input on each side; at most half a window. @default 0 */
  readonly padding?: Pair;
  /** Whether a last window that begins inside, but reaches out, counts. @default false */
  readonly ceilMode?: boolean;
}

export function pair(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : [value[0], value[1]];
}

/**
 * The windows of a pooling and the shape of its result, checked.
 *
 * Along an axis of extent `h`: `⌊(h + 2p − d(k−1) − 1 (+ s − 1 if ceilMode)) / s⌋ + 1`; with `ceilMode`, a last window that would
 * begin in the padding behind the input is dropped.
 */
export function poolWindow(
  op: string,
  x: Tensor,
  kernelSize: Pair,
  { stride, padding = 0, dilation = 1, ceilMode = false }: PoolOptions & { readonly dilation?: Pair },
): { readonly window: Window; readonly shape: Shape } {
  checkPicture(op, x);
  const window: Window = {
    kernelSize: pair(kernelSize),
    stride: pair(stride ?? kernelSize),
    padding: pair(padding),
    dilation: pair(dilation),
  };
  for (const [name, values] of Object.entries(window) as [keyof Window, readonly [number, number]][]) {
    const least = name === "padding" ? 0 : 1;
    if (values.some((value) => !Number.isInteger(value) || value < least)) {
      throw new ValueError(`${op}: ${name} must be ${least === 0 ? "integers, not negative" : "positive integers"}, got ${showShape(values)}`);
    }
  }
  const extents = [0, 1].map((axis) => {
    const [k, s, p, d] = [window.kernelSize[axis]!, window.stride[axis]!, window.padding[axis]!, window.dilation[axis]!];
    if (p * 2 > k) throw new ValueError(`${op}: pad should be at most half of the kernel size, got padding ${p} and kernel size ${k}`);
    const extent = x.shape[x.rank - 2 + axis]!;
    let out = Math.floor((extent + 2 * p - d * (k - 1) - 1 + (ceilMode ? s - 1 : 0)) / s) + 1;
    if (ceilMode && (out - 1) * s >= extent + p) out--;
    return out;
  });
  if (extents.some((extent) => extent < 1)) {
    throw new ShapeError(`${op}: input of shape ${showShape(x.shape)} is too small: a kernel of ${showShape(window.kernelSize)} leaves an output of ${showShape(extents)}`);
  }
  return { window, shape: [...x.shape.slice(0, -2), ...extents] };
}

/** @throws ShapeError unless `x` is `[n, c, h, w]` or `[c, h, w]` with no empty axis but the batch. @throws DTypeError of int32. */
export function checkPicture(op: string, x: Tensor): void {
  if (x.dtype !== "float32") throw new DTypeError(`${op}: expected a float32 input, got ${x.dtype}`);
  if ((x.rank !== 3 && x.rank !== 4) || x.shape.slice(-3).includes(0)) {
    throw new ShapeError(`${op}: expected an input of shape [n, c, h, w] or [c, h, w], got ${showShape(x.shape)}`);
  }
}
