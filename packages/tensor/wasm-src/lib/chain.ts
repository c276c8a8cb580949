// Chains of elementwise functions, which all elementwise families run. `family` is the one that is compiled: see
// scripts/build-wasm.mjs.
import { binary, unary, where } from "family";
import { threadScratch } from "./thread";

/** Elements of a tile: small enough that a chain's intermediate values stay in the first-level cache. */
export const TILE: i32 = 1024;

/** A step of a chain: a function of one, two or three operands. */
@unmanaged
class Step {
  opcode: i32;
  count: i32;
  a: usize;
  b: usize;
  c: usize;
  out: usize;
  /** Rank and layout as in `binary`. */
  rank: i32;
  layout: usize;
  s: f32;
  t: f32;
  /** Which of a, b, c (1, 2, 4) and out (8) are not addresses but offsets into the thread's tiles. */
  tiled: i32;
}

/** Runs the steps of a chain over flat indices [from, to) of its output, tile by tile. */
export function chain(from: i32, to: i32, program: usize, steps: i32, tiles: usize, tileBytes: i32): void {
  const own = threadScratch(tiles, tileBytes);
  for (let start = from; start < to; start += TILE) {
    const end = min(start + TILE, to);
    const base = own - (<usize>start << 2);
    for (let i = 0; i < steps; i++) {
      const step = changetype<Step>(program + <usize>i * offsetof<Step>());
      const tiled = step.tiled;
      const a = step.a + (tiled & 1 ? base : 0);
      const b = step.b + (tiled & 2 ? base : 0);
      const c = step.c + (tiled & 4 ? base : 0);
      const out = step.out + (tiled & 8 ? base : 0);
      if (step.count == 1) unary(start, end, step.opcode, a, out, step.s, step.t);
      else if (step.count == 2) binary(start, end, step.opcode, a, b, out, step.rank, step.layout);
      else where(start, end, step.opcode, a, b, c, out, step.rank, step.layout);
    }
  }
}
