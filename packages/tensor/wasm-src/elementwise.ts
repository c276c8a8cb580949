// Arithmetic, equality and the exponential function, element by element, and chains of them.
import { binary, runChain, unary } from "./lib/elementwise";

export { binary, unary, where } from "./lib/elementwise";

class Arithmetic {
  @inline unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
    unary(from, to, opcode, a, out, s, t);
  }

  @inline binary(
    from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize,
  ): void {
    binary(from, to, opcode, a, b, out, rank, layout);
  }
}

export function chain(from: i32, to: i32, program: usize, steps: i32, tiles: usize, tileBytes: i32): void {
  runChain<Arithmetic>(from, to, program, steps, tiles, tileBytes);
}
