import type { HostValues } from "../devices/device.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Tensors of more elements are summarised: of each axis only so many entries at both ends are shown. */
const THRESHOLD = 1000;
const EDGE_ITEMS = 3;
const LINE_WIDTH = 80;
const DIGITS = 4;

/**
 * A tensor as text, laid out and rounded as in torch: `tensor([1., 2.], shape=[2], dtype=float32, device=wasm)`.
 *
 * Reads the values where that is possible at once; else, and where they are gone, says why it shows none. Never throws.
 */
export function tensorText(x: Tensor): string {
  const values = readable(x);
  const prefix = "tensor(";
  const body = typeof values === "string" ? `<${values}>` : valuesText(values, x.shape, prefix.length);
  const suffixes = [`shape=${showShape(x.shape)}`, `dtype=${x.dtype}`, `device=${x.device.name}`];
  if (x.record !== null) suffixes.push(`gradFn=<${x.record.op.name}>`);
  else if (x.requiresGrad) suffixes.push("requiresGrad=true");
  const kind = x.constructor.name;
  return `${kind === "Tensor" ? "" : `${kind} containing:\n`}${withSuffixes(prefix + body, suffixes, prefix.length)}`;
}

/** The values, or why there are none to show. */
function readable(x: Tensor): HostValues | string {
  if (!x.device.synchronous) return "values must be awaited: await x.data()";
  try {
    return x.dataSync();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function withSuffixes(text: string, suffixes: readonly string[], indent: number): string {
  let [line, out] = [text.length - text.lastIndexOf("\n"), text];
  for (const suffix of suffixes) {
    const wraps = line + suffix.length + 2 > LINE_WIDTH;
    out += wraps ? `,\n${" ".repeat(indent)}${suffix}` : `, ${suffix}`;
    line = wraps ? indent + suffix.length : line + suffix.length + 2;
  }
  return `${out})`;
}

/** Nested lists of numbers; lines after the first begin with `indent` blanks. */
function valuesText(values: HostValues, shape: Shape, indent: number): string {
  if (values.length === 0) return "[]";
  const edges = sizeOf(shape) > THRESHOLD ? EDGE_ITEMS : Infinity;
  const strides = stridesOf(shape);
  const shown = (axis: number): readonly number[] => {
    const extent = shape[axis]!;
    const count = Math.min(extent, 2 * edges);
    return Array.from({ length: count }, (_, i) => (i < edges ? i : extent - count + i));
  };
  const collect = (axis: number, offset: number): readonly number[] =>
    axis === shape.length
      ? [values[offset]!]
      : shown(axis).flatMap((i) => collect(axis + 1, offset + i * strides[axis]!));
  const { width, format } = formatterOf(collect(0, 0), values instanceof Int32Array);
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent - Math.max(0, shape.length - 1)) / (width + 2)));
  const text = (axis: number, offset: number): string => {
    if (axis === shape.length) return format(values[offset]!);
    const last = axis === shape.length - 1;
    const parts = shown(axis).map((i) => text(axis + 1, offset + i * strides[axis]!));
    if (parts.length < shape[axis]!) parts.splice(edges, 0, last ? " ..." : "...");
    const blanks = " ".repeat(indent + axis + 1);
    if (!last) return `[${parts.join(`,${"\n".repeat(shape.length - axis - 1)}${blanks}`)}]`;
    const lines: string[] = [];
    for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "));
    return `[${lines.join(`,\n${blanks}`)}]`;
  };
  return text(0, 0);
}

/** How all numbers of a tensor are written, so that they take the same room. */
function formatterOf(
  values: readonly number[],
  integers: boolean,
): { readonly width: number; readonly format: (value: number) => string } {
  const write = integers ? String : floatNotation(values);
  // NaN and 0 take no room of their own in torch; JavaScript's infinities are longer than its numbers may be.
  const measured = integers ? values : values.filter((value) => !Number.isNaN(value) && value !== 0);
  const width = measured.reduce((most, value) => Math.max(most, write(value).length), 1);
  return { width, format: (value) => write(value).padStart(width) };
}

/** Whole numbers end in a dot; others have four decimals; a wide range is written with exponents. */
function floatNotation(values: readonly number[]): (value: number) => string {
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const whole = sizes.every(Number.isInteger);
  const least = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  const scientific = sizes.length > 0 && (most / least > 1000 || most > 1e8 || (!whole && least < 1e-4));
  return (value) => {
    if (!Number.isFinite(value)) return String(value);
    const sign = Object.is(value, -0) ? "-" : "";
    if (scientific) return sign + rounded((n) => value.toExponential(n)).replace(/e([+-])(\d)$/, "e$10$2");
    return sign + (whole ? `${value.toFixed(0)}.` : rounded((n) => value.toFixed(n)));
  };
}

/** A number of four decimals from one of any: ties go to the even digit as in C, where JavaScript rounds them up. */
function rounded(withDecimals: (count: number) => string): string {
  const exact = withDecimals(60);
  return /\.\d{3}[02468]50*(e|$)/.test(exact) ? exact.replace(/(\.\d{4})\d+/, "$1") : withDecimals(DIGITS);
}
