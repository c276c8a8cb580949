import { FormatError } from "@tapegrad/tensor";
import type { ReadBudget } from "../io/read-limits.ts";

const deepest = 64;
/** Bytes of memory that a text and a number of a list take beside what they say. */
const cost = { text: 32, number: 16 };
const numberSyntax = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const longestNumber = 64;

const char = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
};

/**
 * Steps through JSON, each byte once, and makes only what is asked for. `JSON.parse` would make objects of everything, at
 * ten times the size of a file that wants it; it moves names that look like numbers to the front, and of keys that come
 * twice it forgets one.
 */
export class JsonReader {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #budget: ReadBudget;
  #at = 0;

  constructor(file: string, bytes: Uint8Array, budget: ReadBudget) {
    this.#file = file;
    this.#bytes = bytes;
    this.#budget = budget;
  }

  /** Whether the next value is text, an object, or a list. */
  get kind(): "text" | "object" | "list" | "other" {
    this.#skipSpace();
    const next = this.#bytes[this.#at];
    if (next === char.quote) return "text";
    if (next === char.openObject) return "object";
    return next === char.openList ? "list" : "other";
  }

  /** Reads an object; `field` must read the value of every key. */
  object(field: (key: string) => void): void {
    this.#sequence(char.openObject, char.closeObject, () => {
      const key = this.text();
      this.#take(char.colon);
      field(key);
    });
  }

  /** Reads a list of numbers, at most `longest`; null if it is anything else. */
  numbers(longest: number): number[] | null {
    if (this.kind !== "list") return null;
    const values: (number | null)[] = [];
    this.#sequence(char.openList, char.closeList, () => {
      if (values.length === longest || this.kind !== "other")
        throw this.#error("has a list of something else than sizes");
      this.#budget.spend(cost.number, "its header");
      values.push(this.#number());
    });
    return values.includes(null) ? null : (values as number[]);
  }

  text(): string {
    this.#skipSpace();
    const start = this.#at;
    const escaped = this.#skipText();
    this.#budget.spend(cost.text + 2 * (this.#at - start), "its header");
    try {
      const text = utf8.decode(this.#bytes.subarray(start, this.#at));
      return escaped ? (JSON.parse(text) as string) : text.slice(1, -1);
    } catch (cause) {
      throw this.#error("has text that is no UTF-8 or has impossible escapes", cause);
    }
  }

  /** Steps over a value of any kind. */
  skip(depth = 0): void {
    if (depth > deepest) throw this.#error(`is nested more than ${deepest} deep`);
    const { kind } = this;
    if (kind === "text") this.#skipText();
    else if (kind === "other") this.#number();
    else if (kind === "list") this.#sequence(char.openList, char.closeList, () => this.skip(depth + 1));
    else
      this.#sequence(char.openObject, char.closeObject, () => {
        this.#skipSpace();
        this.#skipText();
        this.#take(char.colon);
        this.skip(depth + 1);
      });
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#error("goes on after its end");
  }

  #sequence(open: number, close: number, item: () => void): void {
    this.#take(open);
    this.#skipSpace();
    if (this.#bytes[this.#at] !== close) {
      do item();
      while (this.#skips(char.comma));
    }
    this.#take(close);
  }

  /** A number; null for what is none: true, false and null. */
  #number(): number | null {
    const start = this.#at;
    while (this.#at - start < longestNumber && isWordByte(this.#bytes[this.#at])) this.#at++;
    const word = String.fromCharCode(...this.#bytes.subarray(start, this.#at));
    if (word === "true" || word === "false" || word === "null") return null;
    if (!numberSyntax.test(word)) throw this.#error("is damaged");
    return Number(word);
  }

  /** Steps over text in quotes; says whether it has escapes. */
  #skipText(): boolean {
    if (this.#bytes[this.#at] !== char.quote) throw this.#error("is damaged");
    let escaped = false;
    for (this.#at++; this.#bytes[this.#at] !== char.quote; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || byte < 0x20) throw this.#error("has text that does not end");
      if (byte !== char.backslash) continue;
      escaped = true;
      this.#at++;
    }
    this.#at++;
    return escaped;
  }

  #skips(byte: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #take(byte: number): void {
    if (!this.#skips(byte)) throw this.#error("is damaged");
  }

  #skipSpace(): void {
    for (; ; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  }

  #error(problem: string, cause?: unknown): FormatError {
    return new FormatError(this.#file, `its header, which should be JSON, ${problem} at byte ${this.#at}`, { cause });
  }
}

/** Whether it can be in a number or a name: a letter, a digit, or one of + − and the point. */
function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  if ((byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e) return true;
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
