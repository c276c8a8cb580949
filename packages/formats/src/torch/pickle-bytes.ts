import { opcode } from "./opcode.ts";

/** Grows the bytes of a pickle, protocol 2. */
export class PickleBytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  code(code: number): this {
    return this.byte(code);
  }

  byte(value: number): this {
    this.#room(1)[this.#length++] = value;
    return this;
  }

  /** A float, or an int if the number is whole and exact. */
  number(value: number): this {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return this.#float(value);
    if (value >= 0 && value < 256) return this.code(opcode.BININT1).byte(value);
    if (value >= 0 && value < 65536)
      return this.code(opcode.BININT2)
        .byte(value & 255)
        .byte(value >>> 8);
    if (value === (value | 0)) return this.code(opcode.BININT).#uint32(value >>> 0);
    return this.integer(BigInt(value));
  }

  /** An int of any size: the fewest bytes of its two's complement. */
  integer(value: bigint): this {
    let length = 1;
    while (BigInt.asIntN(8 * length, value) !== value) length++;
    if (length < 256) this.code(opcode.LONG1).byte(length);
    else this.code(opcode.LONG4).#uint32(length);
    for (let i = 0; i < length; i++) this.byte(Number((value >> BigInt(8 * i)) & 0xffn));
    return this;
  }

  text(text: string): this {
    const utf8 = new TextEncoder().encode(text);
    this.code(opcode.BINUNICODE).#uint32(utf8.length);
    return this.#append(utf8);
  }

  global(module: string, name: string): this {
    return this.code(opcode.GLOBAL).#append(new TextEncoder().encode(`${module}\n${name}\n`));
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #float(value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, false);
    return this.code(opcode.BINFLOAT).#append(bytes);
  }

  #uint32(value: number): this {
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 255);
    return this;
  }

  #append(bytes: Uint8Array): this {
    this.#room(bytes.length).set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #room(more: number): Uint8Array {
    if (this.#length + more > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + more));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
