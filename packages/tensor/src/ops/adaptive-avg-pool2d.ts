import { ValueError } from "../errors.ts";
import type { Windows } from "../kernels/pool2d.ts";
import type { Tensor } from "../tensor.ts";
import { average2d } from "./average2d.ts";
import { checkPicture } from "./pool-window.ts";

/** Output extents; null keeps the input's. */
export type AdaptiveSize = number | readonly [number | null, number | null];

/**
 * Averages of as many windows as are wanted: window `i` of `out` covers `[⌊i·h/out⌋, ⌈(i+1)·h/out⌉)`, so windows may overlap.
 *
 * Shape: `[n, c, h, w]` or `[c, h, w]` → `[…, out_h, out_w]`.
 *
 * @throws ShapeError unless `x` is a picture or a batch of them. @throws ValueError if a size is not a positive integer.
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  checkPicture("adaptiveAvgPool2d", x);
  const [rows, columns] = typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
  return average2d(x, { rows: bins(x.shape.at(-2)!, rows), columns: bins(x.shape.at(-1)!, columns) });
}

function bins(size: number, wanted: number | null): Windows {
  const count = wanted ?? size;
  if (!Number.isInteger(count) || count < 1) throw new ValueError(`adaptiveAvgPool2d: output sizes must be positive integers or null, got ${count}`);
  const numbers = Array.from({ length: count }, (_, i) => i);
  const starts = numbers.map((i) => Math.floor((i * size) / count));
  const ends = numbers.map((i) => Math.ceil(((i + 1) * size) / count));
  return { size, starts, ends, weights: starts.map((start, i) => 1 / (ends[i]! - start)) };
}
