import { checkDevice, checkElements, checkInteger, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { currentDevice } from "../../devices/choose.ts";
import type { Device } from "../../devices/device.ts";
import { type CreateOptions, tensor } from "../../tensor/create.ts";

/** Options of `trilIndices` and `triuIndices`. */
export interface TriangleOptions extends Pick<CreateOptions, "device"> {
  /** How far to the right of the main diagonal the triangle begins or ends; below 0, under it. @default 0 */
  readonly offset?: number;
}

/**
 * Rows and columns of what `tril` keeps of a matrix, row by row, int32: `at(x, ...unbind(trilIndices(3, 3)))`.
 *
 * Shape: `[2, places]`.
 */
export function trilIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  return triangle("trilIndices", rows, columns, options, (distance, offset) => distance <= offset);
}

/**
 * Rows and columns of what `triu` keeps of a matrix, row by row, int32: `at(x, ...unbind(triuIndices(3, 3)))`.
 *
 * Shape: `[2, places]`.
 */
export function triuIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  return triangle("triuIndices", rows, columns, options, (distance, offset) => distance >= offset);
}

function triangle(
  op: string,
  rows: number,
  columns: number,
  options: TriangleOptions,
  keeps: (distance: number, offset: number) => boolean,
): Tensor {
  checkInteger(op, "rows", rows, 0);
  checkInteger(op, "columns", columns, 0);
  checkElements(op, [rows, columns]);
  const { offset, device } = readOptions<TriangleOptions>(op, options, {
    offset: [0, checkInteger],
    device: [currentDevice(), (_, __, value) => checkDevice(op, value as Device)],
  });
  const places: [row: number, column: number][] = [];
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) if (keeps(j - i, offset)) places.push([i, j]);
  const values = [0, 1].flatMap((axis) => places.map((place) => place[axis]!));
  return tensor(Int32Array.from(values), { shape: [2, places.length], device });
}
