// What `functions` has, and rounding, remainders, inverse and hyperbolic functions: a family of its own, so that programs
// without them need not carry them. A chain with one of them runs here as a whole.
import { Alone, mapUnary, walkBinary } from "./lib/elementwise";
import { MoreBinaryOperations, MoreUnaryOperations } from "./lib/more-operations";
import { BinaryInt, MoreBinary, MoreUnary } from "./lib/opcodes";
import { binary as binaryFunction, unary as unaryFunction } from "./functions";

export { chain } from "./lib/chain";
export { where } from "./lib/elementwise";

export function unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
  switch (opcode) {
    case MoreUnary.Floor: mapUnary<MoreUnaryOperations>(MoreUnary.Floor, from, to, a, out, s, t); break;
    case MoreUnary.Ceil: mapUnary<MoreUnaryOperations>(MoreUnary.Ceil, from, to, a, out, s, t); break;
    case MoreUnary.Round: mapUnary<MoreUnaryOperations>(MoreUnary.Round, from, to, a, out, s, t); break;
    case MoreUnary.Trunc: mapUnary<MoreUnaryOperations>(MoreUnary.Trunc, from, to, a, out, s, t); break;
    case MoreUnary.Exp2: mapUnary<MoreUnaryOperations>(MoreUnary.Exp2, from, to, a, out, s, t); break;
    case MoreUnary.Expm1: mapUnary<MoreUnaryOperations>(MoreUnary.Expm1, from, to, a, out, s, t); break;
    case MoreUnary.Log2: mapUnary<MoreUnaryOperations>(MoreUnary.Log2, from, to, a, out, s, t); break;
    case MoreUnary.Log10: mapUnary<MoreUnaryOperations>(MoreUnary.Log10, from, to, a, out, s, t); break;
    case MoreUnary.Sinh: mapUnary<MoreUnaryOperations>(MoreUnary.Sinh, from, to, a, out, s, t); break;
    case MoreUnary.Cosh: mapUnary<MoreUnaryOperations>(MoreUnary.Cosh, from, to, a, out, s, t); break;
    case MoreUnary.Tan: mapUnary<MoreUnaryOperations>(MoreUnary.Tan, from, to, a, out, s, t); break;
    case MoreUnary.Asin: mapUnary<MoreUnaryOperations>(MoreUnary.Asin, from, to, a, out, s, t); break;
    case MoreUnary.Acos: mapUnary<MoreUnaryOperations>(MoreUnary.Acos, from, to, a, out, s, t); break;
    case MoreUnary.Atan: mapUnary<MoreUnaryOperations>(MoreUnary.Atan, from, to, a, out, s, t); break;
    default: unaryFunction(from, to, opcode, a, out, s, t);
  }
}

export function binary(from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize): void {
  switch (opcode) {
    case MoreBinary.Atan2: walkBinary<Alone<MoreBinaryOperations>>(from, to, MoreBinary.Atan2, a, b, out, rank, layout); break;
    case MoreBinary.Fmod: walkBinary<Alone<MoreBinaryOperations>>(from, to, MoreBinary.Fmod, a, b, out, rank, layout); break;
    case MoreBinary.Remainder: walkBinary<Alone<MoreBinaryOperations>>(from, to, MoreBinary.Remainder, a, b, out, rank, layout); break;
    case BinaryInt.FmodInt: walkBinary<Alone<MoreBinaryOperations>>(from, to, BinaryInt.FmodInt, a, b, out, rank, layout); break;
    case BinaryInt.RemainderInt: walkBinary<Alone<MoreBinaryOperations>>(from, to, BinaryInt.RemainderInt, a, b, out, rank, layout); break;
    default: binaryFunction(from, to, opcode, a, b, out, rank, layout);
  }
}
