import type { Address } from "./context.ts";
import type { Residence } from "./handle.ts";
import type { LinearMemory } from "./memory.ts";

/** What a kernel computed from one operand alone, as transformed weights are. */
export interface Derived {
  /** How: compared with `===`. */
  readonly key: unknown;
  /** -1 until it was asked for a second time. */
  ptr: number;
  bytes: number;
}

/** So many bytes are kept at most, of all operands together. */
const MOST_BYTES = 64 * 2 ** 20;
/** Ways in which one operand is kept; the oldest goes. */
const MOST_KEYS = 4;

/**
 * Keeps what kernels derive from operands that stay the same, as weights do while a network infers. What is asked for once only,
 * as in training, takes no memory of its own.
 */
export class DerivedValues {
  readonly #memory: LinearMemory;
  readonly #owners = new Set<Residence>();
  #bytes = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** `bytes` of memory that `make` has filled, now or when it was last asked for by this key; `owner` is where the operand lies. */
  get(owner: Residence | undefined, key: unknown, bytes: number, make: (at: Address) => void): Address {
    const known = owner?.derived?.find((each) => each.key === key);
    if (known !== undefined && known.ptr >= 0) return known.ptr as Address;
    const kept = known !== undefined && this.#bytes + bytes <= MOST_BYTES;
    const at = kept ? (this.#memory.allocate(bytes) as Address) : this.#memory.scratch(bytes);
    make(at);
    if (kept) {
      [known.ptr, known.bytes] = [at, bytes];
      this.#bytes += bytes;
      this.#owners.add(owner!);
    } else if (owner !== undefined && known === undefined) this.#note(owner, key);
    return at;
  }

  /** Forgets what was derived from an operand: its values change, or go. */
  forget(owner: Residence): void {
    if (owner.derived === null) return;
    for (const each of owner.derived) this.#free(each);
    owner.derived = null;
    this.#owners.delete(owner);
  }

  /** Address of a fresh block, for which all that was derived gives way. Between kernels only. @throws DeviceError if there is no room. */
  allocate(bytes: number): number {
    try {
      return this.#memory.allocate(bytes);
    } catch (error) {
      if (this.#owners.size === 0) throw error;
      for (const owner of this.#owners) this.forget(owner);
      return this.#memory.allocate(bytes);
    }
  }

  #note(owner: Residence, key: unknown): void {
    owner.derived ??= [];
    if (owner.derived.length === MOST_KEYS) this.#free(owner.derived.shift()!);
    owner.derived.push({ key, ptr: -1, bytes: 0 });
  }

  #free({ ptr, bytes }: Derived): void {
    if (ptr < 0) return;
    this.#memory.free(ptr);
    this.#bytes -= bytes;
  }
}
