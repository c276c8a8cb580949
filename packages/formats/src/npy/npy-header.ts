import { FormatError } from "@tapegrad/tensor";
import type { FileDType } from "../file-dtype.ts";

/** What the header of an npy file says. */
export interface NpyHeader {
  readonly dtype: FileDType;
  readonly bigEndian: boolean;
  /** Whether the first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** numpy's codes of dtypes, without the byte order. */
const dtypes: ReadonlyMap<string, FileDType> = new Map([
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["b1", "bool"],
]);

/** The dtype of one of numpy's codes, without byte order; null if it is not read. */
export function dtypeOfCode(code: string): FileDType | null {
  return dtypes.get(code) ?? null;
}

const codes: ReadonlyMap<FileDType, string> = new Map(Array.from(dtypes, ([code, dtype]) => [dtype, code]));

/** numpy's code of a dtype in little-endian order; null for bfloat16, which numpy lacks. */
export function npyCode(dtype: FileDType): string | null {
  const code = codes.get(dtype);
  if (code === undefined) return null;
  return code.endsWith("1") ? `|${code}` : `<${code}`;
}

/**
 * Understands the dict that numpy writes: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any
 * order, nothing else.
 *
 * @throws FormatError if it is anything else, or of a dtype that is not read.
 */
export function parseNpyHeader(file: string, text: string): NpyHeader {
  const entry = String.raw`'(?:descr|fortran_order|shape)'\s*:\s*(?:'[^'\\]*'|True|False|\([\d\s,L]*\))`;
  const fields = new Map<string, string>();
  if (new RegExp(String.raw`^\{\s*${entry}\s*,\s*${entry}\s*,\s*${entry}\s*,?\s*\}\s*$`).test(text)) {
    for (const [, key, value] of text.matchAll(/'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([^)]*\))/g))
      fields.set(key!, value!);
  }
  const [descr, order, shape] = [fields.get("descr"), fields.get("fortran_order"), fields.get("shape")];
  if (!descr?.startsWith("'") || (order !== "True" && order !== "False") || !shape?.startsWith("(")) {
    throw new FormatError(file, `its npy header is not understood: ${JSON.stringify(text.slice(0, 120).trim())}`);
  }
  return { ...parseDescr(file, descr.slice(1, -1)), fortranOrder: order === "True", shape: parseShape(file, shape) };
}

function parseDescr(file: string, descr: string): Pick<NpyHeader, "dtype" | "bigEndian"> {
  const dtype = /^[<>|=]/.test(descr) ? dtypes.get(descr.slice(1)) : undefined;
  if (dtype !== undefined) return { dtype, bigEndian: descr.startsWith(">") };
  const pickled = descr.endsWith("O") ? ": it holds pickled objects" : "";
  throw new FormatError(file, `refused: arrays of dtype ${JSON.stringify(descr)} are not read${pickled}`);
}

/** `()`, `(3,)`, `(3, 4)`; Python 2 wrote `3L`. */
function parseShape(file: string, text: string): number[] {
  const inner = text.slice(1, -1).trim();
  if (!/^(|\d+L?\s*,|\d+L?(\s*,\s*\d+L?)+\s*,?)$/.test(inner))
    throw new FormatError(file, `its npy header has the shape ${text.slice(0, 80)}`);
  return (inner.match(/\d+/g) ?? []).map(Number);
}
