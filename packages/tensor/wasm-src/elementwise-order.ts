// What `elementwise` has, and functions that ask which of two numbers is larger: a family of its own, so that programs without
// them need not carry them. A chain with one of them runs here as a whole.
import { Greater, GreaterEqual, Less, LessEqual, Maximum, Minimum } from "./lib/binary-operations";
import { binaryWith, mapBinary, mapUnary, runSeldom, unary as unaryEveryday } from "./lib/elementwise";
import { BinaryInt, OrderBinary, OrderUnary, UnaryInt } from "./lib/opcodes";
import { Abs, Clamp, ClampInt, LeakyRelu, Sign, SignInt } from "./lib/unary-operations";

export { chain } from "./lib/chain";
export { where } from "./lib/elementwise";

export function unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
  switch (opcode) {
    case OrderUnary.Abs: mapUnary<Abs<f32>>(from, to, a, out, s, t); break;
    case OrderUnary.Sign: mapUnary<Sign>(from, to, a, out, s, t); break;
    case OrderUnary.LeakyRelu: mapUnary<LeakyRelu>(from, to, a, out, s, t); break;
    case OrderUnary.Clamp: mapUnary<Clamp>(from, to, a, out, s, t); break;
    case UnaryInt.AbsInt: mapUnary<Abs<i32>>(from, to, a, out, s, t); break;
    case UnaryInt.SignInt: mapUnary<SignInt>(from, to, a, out, s, t); break;
    case UnaryInt.ClampInt: mapUnary<ClampInt>(from, to, a, out, s, t); break;
    default: unaryEveryday(from, to, opcode, a, out, s, t);
  }
}

export function binary(from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize): void {
  binaryWith<Order>(from, to, opcode, a, b, out, rank, layout);
}

class Order {
  @inline run(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize, c: usize, cStep: i32): void {
    runOrder(opcode, left, a, aStep, b, bStep, out);
  }
}

function runOrder(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize): void {
  switch (opcode) {
    case OrderBinary.Maximum: mapBinary<Maximum<f32>>(left, a, aStep, b, bStep, out); break;
    case OrderBinary.Minimum: mapBinary<Minimum<f32>>(left, a, aStep, b, bStep, out); break;
    case OrderBinary.Less: mapBinary<Less<f32>>(left, a, aStep, b, bStep, out); break;
    case OrderBinary.LessEqual: mapBinary<LessEqual<f32>>(left, a, aStep, b, bStep, out); break;
    case OrderBinary.Greater: mapBinary<Greater<f32>>(left, a, aStep, b, bStep, out); break;
    case OrderBinary.GreaterEqual: mapBinary<GreaterEqual<f32>>(left, a, aStep, b, bStep, out); break;
    case BinaryInt.MaximumInt: mapBinary<Maximum<i32>>(left, a, aStep, b, bStep, out); break;
    case BinaryInt.MinimumInt: mapBinary<Minimum<i32>>(left, a, aStep, b, bStep, out); break;
    case BinaryInt.LessInt: mapBinary<Less<i32>>(left, a, aStep, b, bStep, out); break;
    case BinaryInt.LessEqualInt: mapBinary<LessEqual<i32>>(left, a, aStep, b, bStep, out); break;
    case BinaryInt.GreaterInt: mapBinary<Greater<i32>>(left, a, aStep, b, bStep, out); break;
    case BinaryInt.GreaterEqualInt: mapBinary<GreaterEqual<i32>>(left, a, aStep, b, bStep, out); break;
    default: runSeldom(opcode, left, a, aStep, b, bStep, out);
  }
}
