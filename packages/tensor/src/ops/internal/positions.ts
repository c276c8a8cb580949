import {
  broadcastShapes,
  checkInteger,
  checkSameDevice,
  isPlainObject,
  refuseUnknownOptions,
  showValue,
} from "../../checks/index.ts";
import {
  DeviceError,
  IndexError,
  sameShape,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  stridesOf,
  Tensor,
  ValueError,
} from "../../core.ts";
import { tensor } from "../../tensor/create.ts";
import { movedim } from "../arrange/movedim.ts";
import { add, broadcastTo, indexSelect, less, mul, reshape, slice, unsqueeze, where } from "../basic.ts";
import { placesIn } from "../indexing/nonzero.ts";
import { select } from "../parts/select.ts";

/** Entries `start`, `start + step`, … up to but excluding `end`; negative positions count from the end. */
export interface Slice {
  /** @default 0 */
  readonly start?: number;
  /** @default the end of the axis */
  readonly end?: number;
  /** @default 1 */
  readonly step?: number;
}

/** What `at` takes for an axis; see there. */
export type Position = number | Slice | readonly number[] | Tensor | null | "...";

/** A list of entries of an axis. */
interface Listed {
  readonly axis: number;
  readonly index: Tensor;
}

/** `x[positions]`, for `at` and `indexPut`. */
export function choose(op: string, x: Tensor, positions: readonly Position[]): Tensor {
  let chosen = reshape(x, x.shape);
  let axis = 0;
  const lists: Listed[] = [];
  for (const position of complete(op, x, positions)) {
    const extent = chosen.shape[axis]!;
    if (position === null) chosen = unsqueeze(chosen, axis++);
    else if (typeof position === "number") {
      checkInteger(op, "a position", position);
      if (position < -extent || position >= extent) throw beyond(op, position, axis, chosen.shape);
      chosen = select(chosen, axis, position);
    } else if (position instanceof Tensor) {
      checkSameDevice(op, [x, position]);
      const found =
        position.dtype === "int32"
          ? [checked(op, position, axis, chosen.shape)]
          : placesOf(op, position, axis, chosen.shape);
      for (const index of found) lists.push({ axis: axis++, index });
    } else if (isList(position)) {
      const index = tensor(Int32Array.from(position), { device: x.device });
      lists.push({ axis, index: checked(op, index, axis++, chosen.shape) });
    } else chosen = sliced(op, chosen, axis++, position as Slice);
  }
  return lists.length === 0 ? chosen : picked(op, chosen, lists);
}

/** The positions along the first axis, from the front, if one list or int32 tensor of them is all that is given. */
export function rowsOf(op: string, x: Tensor, positions: readonly Position[]): Tensor | null {
  const [only] = positions;
  if (positions.length !== 1 || x.rank === 0) return null;
  if (isList(only)) return checked(op, tensor(Int32Array.from(only), { device: x.device }), 0, x.shape);
  if (!(only instanceof Tensor) || only.dtype !== "int32") return null;
  checkSameDevice(op, [x, only]);
  return checked(op, only, 0, x.shape);
}

/** The positions with `"..."` spelled out, and checked for their kinds. */
function complete(op: string, x: Tensor, positions: readonly Position[]): Position[] {
  const taken = (position: unknown): number => {
    if (position === null || position === "...") return 0;
    if (position instanceof Tensor) return position.dtype === "int32" ? 1 : position.rank;
    if (typeof position === "number" || isList(position) || isPlainObject(position)) return 1;
    throw new ValueError(
      `${op}: a position must be a number, a slice such as { start: 1 }, a list, a tensor, null or "...", got ${showValue(position)}`,
    );
  };
  const count = positions.reduce<number>((sum, position) => sum + taken(position), 0);
  if (count > x.rank)
    throw new IndexError(`${op}: ${count} positions are more than the ${x.rank} axes of ${showShape(x.shape)}`);
  const gap = positions.indexOf("...");
  if (gap !== positions.lastIndexOf("...")) throw new IndexError(`${op}: "..." may stand once only`);
  const rest = Array.from({ length: x.rank - count }, (): Position => ({}));
  return gap < 0 ? [...positions, ...rest] : [...positions.slice(0, gap), ...rest, ...positions.slice(gap + 1)];
}

function isList(position: unknown): position is readonly number[] {
  return Array.isArray(position) && position.every((each) => Number.isInteger(each));
}

function sliced(op: string, x: Tensor, axis: number, position: Slice): Tensor {
  refuseUnknownOptions(op, position, ["start", "end", "step"]);
  const { start = 0, end = Infinity, step = 1 } = position;
  checkInteger(op, "step", step, 1);
  checkInteger(op, "start", start);
  if (end !== Infinity) checkInteger(op, "end", end);
  return slice(x, axis, start, end, step);
}

/** Positions from the front, int32. Computed ones are looked at on synchronous devices, and trusted on `gpu:webgpu`. */
function checked(op: string, index: Tensor, axis: number, shape: Shape): Tensor {
  const extent = shape[axis]!;
  if (index.storage.hostValues === null && !index.device.synchronous) return wrapped(index, extent);
  for (const position of index.storage.hostValues ?? index.dataSync())
    if (position < -extent || position >= extent) throw beyond(op, position, axis, shape);
  return wrapped(index, extent);
}

function wrapped(index: Tensor, extent: number): Tensor {
  return where(less(index, 0), add(index, extent), index);
}

function beyond(op: string, position: number, axis: number, shape: Shape): IndexError {
  return new IndexError(`${op}: position ${position} is out of range for axis ${axis} of shape ${showShape(shape)}`);
}

/** Where a mask of the axes from `axis` on is not 0: a list for each of its axes. */
function placesOf(op: string, mask: Tensor, axis: number, shape: Shape): Tensor[] {
  const masked = shape.slice(axis, axis + mask.rank);
  if (mask.rank === 0 || !sameShape(mask.shape, masked))
    throw new ShapeError(
      `${op}: a mask of shape ${showShape(mask.shape)} does not fit the axes from ${axis} on of ${showShape(shape)}`,
    );
  if (!mask.device.synchronous)
    throw new DeviceError(`${op}: a mask on ${mask.device.name} cannot be read at once; give positions, or use where`);
  const strides = stridesOf(mask.shape);
  const places = placesIn(mask.dataSync());
  return mask.shape.map((extent, k) =>
    tensor(
      Int32Array.from(places, (place) => Math.floor(place / strides[k]!) % extent),
      { device: mask.device },
    ),
  );
}

/** The entries at the lists, which are broadcast and read together. */
function picked(op: string, x: Tensor, lists: readonly Listed[]): Tensor {
  const axes = lists.map(({ axis }) => axis);
  const neighbours = axes.every((axis, i) => axis === axes[0]! + i);
  const front = axes.map((_, i) => i);
  const source = neighbours ? x : movedim(x, axes, front);
  const first = neighbours ? axes[0]! : 0;
  const extents = axes.map((axis) => x.shape[axis]!);
  const shape = lists.map(({ index }) => index.shape).reduce((a, b) => broadcastShapes(op, a, b));
  const strides = stridesOf(extents);
  const flat = lists.map(({ index }, i) => mul(index, strides[i]!)).reduce((a, b) => add(a, b));
  const [before, after] = [source.shape.slice(0, first), source.shape.slice(first + axes.length)];
  const rows = reshape(source, [...before, sizeOf(extents), ...after]);
  const list = reshape(broadcastTo(flat, shape), [sizeOf(shape)]);
  return reshape(indexSelect(rows, first, list), [...before, ...shape, ...after]);
}
