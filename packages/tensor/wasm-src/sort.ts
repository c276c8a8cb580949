// Positions in sorted order along the middle axis of [outer, length, inner], stable, NaN greatest.
import { threadScratch } from "./lib/thread";

/** Rows up to this long are sorted by insertion; longer ones by radix, whose tables cost as much as this. */
const SHORT: i32 = 64;
/** Bytes of the four tables of 256 counts. */
const TABLES: usize = 4096;
/** The ascending key of every NaN. */
const NAN_KEY: u32 = 0xffffffff;

/**
 * For rows [from, to) of outer · inner: the positions of the sorted entries `start` to `start + count`.
 *
 * An entry is a key whose unsigned order is the order wanted, above its position: all are different, and any way of
 * sorting them is stable. Where `nanFirst` is not 0 and a row has a NaN, the position of the first one stands in for all.
 */
export function sortPositions(
  from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, start: i32, count: i32,
  descending: i32, integers: i32, nanFirst: i32, scratch: usize,
): void {
  const bytes = <usize>length << 3;
  const entries = threadScratch(scratch, <i32>(2 * bytes + TABLES));
  const spare = entries + bytes;
  const pitch = <usize>inner << 2;
  const flip: u32 = descending != 0 ? 0xffffffff : 0;
  for (let row = from; row < to; row++) {
    const o = row / inner;
    const i = row - o * inner;
    let at = x + ((<usize>o * <usize>length * <usize>inner + <usize>i) << 2);
    for (let k = 0; k < length; k++) {
      const bits = load<u32>(at);
      const key = (integers != 0 ? bits ^ 0x80000000 : keyOfFloat(bits)) ^ flip;
      store<u64>(entries + (<usize>k << 3), (<u64>key << 32) | <u64>k);
      at += pitch;
    }
    let sorted = entries;
    if (length <= SHORT) sortByInsertion(entries, length);
    else sorted = sortByRadix(entries, spare, length, spare + bytes);
    let target = out + ((<usize>o * <usize>count * <usize>inner + <usize>i) << 2);
    const nan = nanFirst != 0 ? firstNaN(sorted, length) : -1;
    for (let k = start; k < start + count; k++) {
      store<i32>(target, nan < 0 ? load<i32>(sorted + (<usize>k << 3)) : nan);
      target += pitch;
    }
  }
}

/** A number whose unsigned order is that of floats; both zeros are one number, and all NaNs are the greatest. */
@inline
function keyOfFloat(bits: u32): u32 {
  if ((bits & 0x7fffffff) > 0x7f800000) return NAN_KEY;
  if (bits == 0x80000000) return bits;
  return <i32>bits < 0 ? ~bits : bits ^ 0x80000000;
}

/** The position of the first NaN among entries in ascending order, or -1. */
function firstNaN(sorted: usize, length: i32): i32 {
  let position = -1;
  for (let k = length - 1; k >= 0; k--) {
    const at = sorted + (<usize>k << 3);
    if (load<u32>(at, 4) != NAN_KEY) break;
    position = load<i32>(at);
  }
  return position;
}

function sortByInsertion(entries: usize, length: i32): void {
  const end = entries + (<usize>length << 3);
  for (let next = entries + 8; next < end; next += 8) {
    const entry = load<u64>(next);
    let at = next;
    while (at > entries) {
      const before = load<u64>(at - 8);
      if (before < entry) break;
      store<u64>(at, before);
      at -= 8;
    }
    store<u64>(at, entry);
  }
}

/** By the bytes of the keys, the lowest first; a byte that all keys share is passed over. Returns where the result lies. */
function sortByRadix(entries: usize, spare: usize, length: i32, tables: usize): usize {
  memory.fill(tables, 0, TABLES);
  const bytes = <usize>length << 3;
  for (let at = entries; at < entries + bytes; at += 8) {
    for (let digit: usize = 0; digit < 4; digit++) {
      const slot = tables + (digit << 10) + (<usize>load<u8>(at + digit, 4) << 2);
      store<i32>(slot, load<i32>(slot) + 1);
    }
  }
  for (let digit: usize = 0; digit < 4; digit++) {
    const table = tables + (digit << 10);
    if (load<i32>(table + (<usize>load<u8>(entries + digit, 4) << 2)) == length) continue;
    let before = 0;
    for (let slot = table; slot < table + 1024; slot += 4) {
      const here = load<i32>(slot);
      store<i32>(slot, before);
      before += here;
    }
    for (let at = entries; at < entries + bytes; at += 8) {
      const slot = table + (<usize>load<u8>(at + digit, 4) << 2);
      const place = load<i32>(slot);
      store<i32>(slot, place + 1);
      store<u64>(spare + (<usize>place << 3), load<u64>(at));
    }
    const other = entries;
    entries = spare;
    spare = other;
  }
  return entries;
}
