/** Addresses and what is kept by them are multiples of this: 4 GiB in such units fit into an int32. */
const UNIT = 64;

/**
 * A map from addresses to sizes or addresses. It takes what it needs once: a `Map` from which as much goes as comes makes itself
 * anew all the time, and each of its old tables keeps the next one alive until a whole collection.
 */
export class AddressTable {
  /** Keys in units, 0 where there is none; a key stands at its place or, if that is taken, at the next free one. */
  #keys = new Int32Array(256);
  #values = new Int32Array(256);
  #count = 0;

  get(address: number): number | undefined {
    const at = this.#find(address / UNIT);
    return this.#keys[at] === 0 ? undefined : this.#values[at]! * UNIT;
  }

  has(address: number): boolean {
    return this.#keys[this.#find(address / UNIT)] !== 0;
  }

  set(address: number, value: number): void {
    const at = this.#find(address / UNIT);
    this.#values[at] = value / UNIT;
    if (this.#keys[at] !== 0) return;
    this.#keys[at] = address / UNIT;
    if (++this.#count > this.#keys.length / 2) this.#grow();
  }

  delete(address: number): void {
    let gap = this.#find(address / UNIT);
    if (this.#keys[gap] === 0) return;
    this.#count--;
    // Those that follow move up, unless their own place lies behind the gap.
    const mask = this.#keys.length - 1;
    for (let at = (gap + 1) & mask; this.#keys[at] !== 0; at = (at + 1) & mask) {
      if (((at - this.#placeOf(this.#keys[at]!)) & mask) < ((at - gap) & mask)) continue;
      this.#keys[gap] = this.#keys[at]!;
      this.#values[gap] = this.#values[at]!;
      gap = at;
    }
    this.#keys[gap] = 0;
  }

  #placeOf(key: number): number {
    return (Math.imul(key, 0x9e3779b1) >>> 8) & (this.#keys.length - 1);
  }

  /** Where a key stands, or would. */
  #find(key: number): number {
    const mask = this.#keys.length - 1;
    let at = this.#placeOf(key);
    while (this.#keys[at] !== 0 && this.#keys[at] !== key) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Int32Array(2 * keys.length);
    this.#values = new Int32Array(2 * keys.length);
    this.#count = 0;
    for (let i = 0; i < keys.length; i++) if (keys[i] !== 0) this.set(keys[i]! * UNIT, values[i]! * UNIT);
  }
}
