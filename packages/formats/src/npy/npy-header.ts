import { FormatError } from "@tapegrad/tensor";
import type { FileDType } from "../io/file-dtype.ts";

/** What the header of an npy file says. */
export interface NpyHeader {
  readonly dtype: FileDType;
  /** numpy's code of the dtype, or how it writes the fields of records. */
  readonly descr: string;
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
 * A dtype that is not of numbers is `unknown`.
 *
 * @throws FormatError if it is anything else.
 */
export function parseNpyHeader(file: string, text: string): NpyHeader {
  const fail = (): FormatError =>
    new FormatError(file, `its npy header is not understood: ${JSON.stringify(text.slice(0, 120).trim())}`);
  const reader = new LiteralReader(text, fail);
  const fields = new Map<string, string | boolean | readonly number[]>();
  reader.take("{");
  while (!reader.skip("}")) {
    const key = reader.text();
    reader.take(":");
    if (fields.has(key)) throw fail();
    fields.set(key, reader.value());
    if (!reader.skip(",")) {
      reader.take("}");
      break;
    }
  }
  reader.end();
  const [descr, fortranOrder, shape] = [fields.get("descr"), fields.get("fortran_order"), fields.get("shape")];
  if (typeof descr !== "string" || typeof fortranOrder !== "boolean" || !Array.isArray(shape) || fields.size !== 3)
    throw fail();
  const dtype = /^[<>|=]/.test(descr) ? dtypes.get(descr.slice(1)) : undefined;
  const bigEndian = dtype !== undefined && descr.startsWith(">");
  return { dtype: dtype ?? "unknown", descr, bigEndian, fortranOrder, shape: shape as readonly number[] };
}

/** Steps through Python's literals, each character once. */
class LiteralReader {
  readonly #source: string;
  readonly #fail: () => FormatError;
  #at = 0;

  constructor(source: string, fail: () => FormatError) {
    this.#source = source;
    this.#fail = fail;
  }

  /** Steps over white space and then `token`, if it is there. */
  skip(token: string): boolean {
    while (/\s/.test(this.#source.charAt(this.#at))) this.#at++;
    if (!this.#source.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  take(token: string): void {
    if (!this.skip(token)) throw this.#fail();
  }

  end(): void {
    this.skip("");
    if (this.#at < this.#source.length) throw this.#fail();
  }

  /** Text in single quotes, without escapes. */
  text(): string {
    this.take("'");
    const end = this.#source.indexOf("'", this.#at);
    const text = this.#source.slice(this.#at, Math.max(end, this.#at));
    if (end < 0 || text.includes("\\")) throw this.#fail();
    this.#at = end + 1;
    return text;
  }

  value(): string | boolean | readonly number[] {
    if (this.skip("True")) return true;
    if (this.skip("False")) return false;
    if (this.skip("[")) return this.#list();
    return this.skip("(") ? this.#sizes() : this.text();
  }

  /** What stands in brackets, as it is written, after the first of them. */
  #list(): string {
    const start = this.#at - 1;
    for (let open = 1; open > 0;) {
      if (this.skip("'")) this.#at = this.#source.indexOf("'", this.#at) + 1 || this.#source.length;
      else if (this.skip("[")) open++;
      else if (this.skip("]")) open--;
      else this.#at++;
      if (this.#at >= this.#source.length) throw this.#fail();
    }
    return this.#source.slice(start, this.#at);
  }

  /** `()`, `(3,)`, `(3, 4)` after its parenthesis; Python 2 wrote `3L`. One number alone is no tuple. */
  #sizes(): readonly number[] {
    const sizes: number[] = [];
    for (let separated = true; !this.skip(")");) {
      if (!separated) throw this.#fail();
      sizes.push(this.#size());
      separated = this.skip(",");
      if (!separated && sizes.length === 1) throw this.#fail();
    }
    return sizes;
  }

  #size(): number {
    this.skip("");
    const start = this.#at;
    while (/[0-9]/.test(this.#source.charAt(this.#at))) this.#at++;
    if (this.#at === start) throw this.#fail();
    const size = Number(this.#source.slice(start, this.#at));
    this.skip("L");
    return size;
  }
}
