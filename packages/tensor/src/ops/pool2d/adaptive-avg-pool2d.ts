import { checkElements, showValue } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import type { AverageWindow, AxisWindows } from "../../kernels/pool2d/average-pool2d.ts";
import { averageWindows } from "./average-windows.ts";
import { checkImages } from "./pool-options.ts";

/** Rows and columns of the result; null keeps those of the image. */
export type AdaptiveSize = number | readonly [rows: number | null, columns: number | null];

/**
 * Averages over as many windows as the result shall have: along an axis of extent h, the i-th of o covers
 * `[⌊i·h / o⌋, ⌈(i + 1)·h / o⌉)`. Neighbours may overlap. Size 1 is the average of the whole plane.
 *
 * Shape: `[n, c, h, w]` or `[c, h, w]` → `[…, rows, columns]`.
 *
 * @throws ShapeError if `x` is no image or batch of images. @throws ValueError if a size is not a positive integer.
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  checkImages("adaptiveAvgPool2d", x);
  const pair: unknown = typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new ValueError(`adaptiveAvgPool2d: outputSize must be a number or [rows, columns], got ${showValue(pair)}`);
  const [rows, columns] = pair;
  return averageWindows(x, along(x.shape.at(-2)!, rows), along(x.shape.at(-1)!, columns));
}

function along(extent: number, wanted: number | null): AxisWindows {
  const count = wanted ?? extent;
  if (!Number.isInteger(count) || count < 1) {
    throw new ValueError(
      `adaptiveAvgPool2d: outputSize must be a positive integer or null, for rows and columns, got ${showValue(count)}`,
    );
  }
  checkElements("adaptiveAvgPool2d", [count]);
  const windows = Array.from({ length: count }, (_, i): AverageWindow => {
    const [start, end] = [Math.floor((i * extent) / count), Math.ceil(((i + 1) * extent) / count)];
    return { start, end, divisor: end - start };
  });
  return { extent, windows };
}
