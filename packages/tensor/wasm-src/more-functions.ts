// What `functions` has, and rounding, remainders, inverse and hyperbolic functions: a family of its own, so that programs
// without them need not carry them. A chain with one of them runs here as a whole.
import { Alone, walkBinary, mapUnary } from "./lib/elementwise";
import {
  Acos, Asin, Atan, Atan2, Ceil, Cosh, Exp2, Expm1, Floor, Fmod, InDoubles, Log10, Log2, Remainder, Round, Sinh, Tan, Trunc,
} from "./lib/more-operations";
import { BinaryInt, MoreBinary, MoreUnary } from "./lib/opcodes";
import { binary as binaryFunction, unary as unaryFunction } from "./functions";

export { chain } from "./lib/chain";
export { where } from "./lib/elementwise";

export function unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
  switch (opcode) {
    case MoreUnary.Floor: mapUnary<Floor>(from, to, a, out, s, t); break;
    case MoreUnary.Ceil: mapUnary<Ceil>(from, to, a, out, s, t); break;
    case MoreUnary.Round: mapUnary<Round>(from, to, a, out, s, t); break;
    case MoreUnary.Trunc: mapUnary<Trunc>(from, to, a, out, s, t); break;
    case MoreUnary.Exp2: mapUnary<InDoubles<Exp2>>(from, to, a, out, s, t); break;
    case MoreUnary.Expm1: mapUnary<InDoubles<Expm1>>(from, to, a, out, s, t); break;
    case MoreUnary.Log2: mapUnary<InDoubles<Log2>>(from, to, a, out, s, t); break;
    case MoreUnary.Log10: mapUnary<InDoubles<Log10>>(from, to, a, out, s, t); break;
    case MoreUnary.Sinh: mapUnary<InDoubles<Sinh>>(from, to, a, out, s, t); break;
    case MoreUnary.Cosh: mapUnary<InDoubles<Cosh>>(from, to, a, out, s, t); break;
    case MoreUnary.Tan: mapUnary<Tan>(from, to, a, out, s, t); break;
    case MoreUnary.Asin: mapUnary<InDoubles<Asin>>(from, to, a, out, s, t); break;
    case MoreUnary.Acos: mapUnary<InDoubles<Acos>>(from, to, a, out, s, t); break;
    case MoreUnary.Atan: mapUnary<InDoubles<Atan>>(from, to, a, out, s, t); break;
    default: unaryFunction(from, to, opcode, a, out, s, t);
  }
}

export function binary(from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize): void {
  switch (opcode) {
    case MoreBinary.Atan2: walkBinary<Alone<Atan2>>(from, to, opcode, a, b, out, rank, layout); break;
    case MoreBinary.Fmod: walkBinary<Alone<Fmod<f32>>>(from, to, opcode, a, b, out, rank, layout); break;
    case MoreBinary.Remainder: walkBinary<Alone<Remainder<f32>>>(from, to, opcode, a, b, out, rank, layout); break;
    case BinaryInt.FmodInt: walkBinary<Alone<Fmod<i32>>>(from, to, opcode, a, b, out, rank, layout); break;
    case BinaryInt.RemainderInt: walkBinary<Alone<Remainder<i32>>>(from, to, opcode, a, b, out, rank, layout); break;
    default: binaryFunction(from, to, opcode, a, b, out, rank, layout);
  }
}
