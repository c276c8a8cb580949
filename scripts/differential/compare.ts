import { type Answer, parts, type Values } from "./answer.ts";
import type { TorchAnswers } from "./torch-process.ts";

/** Where tapegrad and PyTorch part. */
export interface Difference {
  /** `outputs`, `state`, `gradients` or `second`; for errors, where they came. */
  readonly part: string;
  readonly kind: "value" | "shape" | "dtype" | "refused here" | "refused by PyTorch" | "untyped error";
  /** The place within the part, such as `[1] at 7`. */
  readonly place: string;
  readonly expected: string;
  readonly got: string;
  /** The two values, where values differ. */
  readonly values?: { readonly expected: number; readonly got: number };
}

/** How far values may lie apart. */
export interface Tolerance {
  /** Relative to the expected value. */
  readonly relative: number;
  /** Whatever the expected value: cases are drawn so that what is added up is about 1. */
  readonly absolute: number;
}

/** Float32 results of a few operations; what rounding does beyond is measured by PyTorch's own float32. */
export const float32Tolerance: Tolerance = { relative: 1e-5, absolute: 2e-6 };
/** Normalised values: differences of nearly equal numbers, divided by powers of a small deviation. */
export const normalisedTolerance: Tolerance = { relative: 1e-4, absolute: 2e-4 };
/** Convolutions by Winograd's method, whose sums of a hundred products and more cancel. */
export const winogradTolerance: Tolerance = { relative: 1e-5, absolute: 2e-4 };
/** Where a line search leads after many evaluations. */
export const searchTolerance: Tolerance = { relative: 1e-3, absolute: 1e-4 };
/** Rates, which are computed in double precision on both sides. */
export const float64Tolerance: Tolerance = { relative: 1e-9, absolute: 1e-12 };
/** So many times PyTorch's float32 error is allowed. */
const ERROR_FACTOR = 8;
/** Beyond this, relative to the largest value and to 1, float32 and float64 answers of PyTorch are different answers. */
const ANOTHER_ANSWER = 0.001;

/** The first difference, or null. */
export function compare(
  got: Answer,
  { double, single, nudged }: TorchAnswers,
  tolerance: Tolerance,
  float32Decides = false,
): Difference | null {
  const there = float32Decides ? single : double;
  if (got.error !== undefined && !got.typed)
    return refusal("untyped error", got.stage!, there.error ?? "a result", got.error);
  if (there.stage === "forward" || got.stage === "forward") {
    if (there.stage === got.stage) return null;
    return got.stage === "forward"
      ? refusal("refused here", "forward", "a result", got.error!)
      : refusal("refused by PyTorch", "forward", there.error!, "a result");
  }
  for (const part of parts) {
    const [mine, theirs, alike] = [got[part], there[part], single[part]];
    if (theirs === undefined) continue;
    if (mine === undefined)
      return got.error === undefined
        ? difference(part, "shape", "", "gradients", "nothing that requires grad")
        : refusal("refused here", part, "a result", got.error);
    const neighbours = nudged.flatMap(({ [part]: values }) => (values === undefined ? [] : [values]));
    const found = compareLists(part, mine, theirs, float32Decides ? undefined : alike, tolerance, neighbours);
    if (found !== null) return found;
  }
  return null;
}

function compareLists(
  part: string,
  got: readonly Values[],
  double: readonly Values[],
  single: readonly Values[] | undefined,
  tolerance: Tolerance,
  nudged: readonly (readonly Values[])[],
): Difference | null {
  if (got.length !== double.length)
    return difference(part, "shape", "", `${double.length} tensors`, `${got.length} tensors`);
  for (const [i, expected] of double.entries()) {
    const mine = got[i]!;
    const place = double.length === 1 ? "" : `[${i}]`;
    if (mine.shape.join() !== expected.shape.join())
      return difference(part, "shape", place, `[${expected.shape}]`, `[${mine.shape}]`);
    if ((mine.kind === "int") !== (expected.kind === "int"))
      return difference(part, "dtype", place, expected.kind, mine.kind);
    const neighbours = nudged.map((values) => values[i]!.data);
    const at = firstDifference(mine.data, expected.data, single?.[i]?.data, tolerance, neighbours);
    if (at !== null) {
      const found = difference(part, "value", `${place} at ${at}`, show(expected.data, at), show(mine.data, at));
      return { ...found, values: { expected: expected.data[at]!, got: mine.data[at]! } };
    }
  }
  return null;
}

/**
 * The place of the first value that is neither PyTorch's in float64 nor in float32, nor near what PyTorch makes of neighbouring inputs, if
 * that is known; null if there is none.
 */
export function firstDifference(
  got: ArrayLike<number>,
  double: ArrayLike<number>,
  single: ArrayLike<number> = double,
  { relative, absolute }: Tolerance = float32Tolerance,
  nudged: readonly ArrayLike<number>[] = [],
): number | null {
  let largest = 1;
  for (let i = 0; i < double.length; i++) {
    if (Number.isFinite(double[i]!)) largest = Math.max(largest, Math.abs(double[i]!));
  }
  let error = 0;
  for (let i = 0; i < double.length; i++) {
    const apart = Math.abs(double[i]! - single[i]!);
    if (apart <= ANOTHER_ANSWER * largest) error = Math.max(error, apart);
  }
  const slack = absolute + ERROR_FACTOR * error;
  const near = (value: number, expected: number): boolean =>
    Object.is(value, expected) ||
    value === expected ||
    (Number.isFinite(expected) && Math.abs(value - expected) <= relative * Math.abs(expected) + slack);
  const isAmongNeighbours = (value: number, i: number): boolean => {
    const theirs = [double[i]!, single[i]!, ...nudged.map((values) => values[i]!)];
    const [least, most] = [Math.min(...theirs), Math.max(...theirs)];
    const spread = most - least;
    return (
      nudged.length > 0 && Number.isFinite(spread) && value >= least - spread - slack && value <= most + spread + slack
    );
  };
  for (let i = 0; i < double.length; i++) {
    const value = got[i]!;
    if (near(value, double[i]!) || near(value, Math.fround(double[i]!)) || near(value, single[i]!)) continue;
    if (!isAmongNeighbours(value, i)) return i;
  }
  return null;
}

function refusal(kind: Difference["kind"], part: string, expected: string, got: string): Difference {
  return { part, kind, place: "", expected, got };
}

function difference(part: string, kind: Difference["kind"], place: string, expected: string, got: string): Difference {
  return { part, kind, place, expected, got };
}

/** A value among its neighbours. */
function show(data: ArrayLike<number>, at: number): string {
  const from = Math.max(0, at - 3);
  const near = Array.from(data)
    .slice(from, from + 8)
    .map((value) => Number(value.toPrecision(7)));
  return `${Number(data[at]!.toPrecision(8))} (${from > 0 ? "…, " : ""}${near.join(", ")}${from + 8 < data.length ? ", …" : ""})`;
}
