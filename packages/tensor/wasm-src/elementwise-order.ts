// What `elementwise` has, and functions that ask which of two numbers is larger: a family of its own, so that programs without
// them need not carry them. A chain with one of them runs here as a whole.
import { BinaryOperations } from "./lib/binary-operations";
import { binaryWith, mapBinary, mapUnary, runSeldom, unary as unaryEveryday } from "./lib/elementwise";
import { BinaryInt, OrderBinary, OrderUnary, UnaryInt } from "./lib/opcodes";
import { UnaryOperations } from "./lib/unary-operations";

export { chain } from "./lib/chain";
export { where } from "./lib/elementwise";

export function unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
  switch (opcode) {
    case OrderUnary.Abs: mapUnary<UnaryOperations>(OrderUnary.Abs, from, to, a, out, s, t); break;
    case OrderUnary.Sign: mapUnary<UnaryOperations>(OrderUnary.Sign, from, to, a, out, s, t); break;
    case OrderUnary.LeakyRelu: mapUnary<UnaryOperations>(OrderUnary.LeakyRelu, from, to, a, out, s, t); break;
    case OrderUnary.Clamp: mapUnary<UnaryOperations>(OrderUnary.Clamp, from, to, a, out, s, t); break;
    case UnaryInt.AbsInt: mapUnary<UnaryOperations>(UnaryInt.AbsInt, from, to, a, out, s, t); break;
    case UnaryInt.SignInt: mapUnary<UnaryOperations>(UnaryInt.SignInt, from, to, a, out, s, t); break;
    case UnaryInt.ClampInt: mapUnary<UnaryOperations>(UnaryInt.ClampInt, from, to, a, out, s, t); break;
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
    case OrderBinary.Maximum: mapBinary<BinaryOperations>(OrderBinary.Maximum, left, a, aStep, b, bStep, out); break;
    case OrderBinary.Minimum: mapBinary<BinaryOperations>(OrderBinary.Minimum, left, a, aStep, b, bStep, out); break;
    case OrderBinary.Less: mapBinary<BinaryOperations>(OrderBinary.Less, left, a, aStep, b, bStep, out); break;
    case OrderBinary.LessEqual: mapBinary<BinaryOperations>(OrderBinary.LessEqual, left, a, aStep, b, bStep, out); break;
    case OrderBinary.Greater: mapBinary<BinaryOperations>(OrderBinary.Greater, left, a, aStep, b, bStep, out); break;
    case OrderBinary.GreaterEqual: mapBinary<BinaryOperations>(OrderBinary.GreaterEqual, left, a, aStep, b, bStep, out); break;
    case BinaryInt.MaximumInt: mapBinary<BinaryOperations>(BinaryInt.MaximumInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.MinimumInt: mapBinary<BinaryOperations>(BinaryInt.MinimumInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.LessInt: mapBinary<BinaryOperations>(BinaryInt.LessInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.LessEqualInt: mapBinary<BinaryOperations>(BinaryInt.LessEqualInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.GreaterInt: mapBinary<BinaryOperations>(BinaryInt.GreaterInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.GreaterEqualInt: mapBinary<BinaryOperations>(BinaryInt.GreaterEqualInt, left, a, aStep, b, bStep, out); break;
    default: runSeldom(opcode, left, a, aStep, b, bStep, out);
  }
}
