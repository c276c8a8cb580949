// What `elementwise-order` has, and logarithms, trigonometric functions and what is made of them: a family of its own, so
// that programs without them need not carry them. A chain with one of them runs here as a whole.
import { Power } from "./lib/binary-operations";
import { binary as binaryOrder, unary as unaryOrder } from "./elementwise-order";
import { Alone, mapUnary, walkBinary } from "./lib/elementwise";
import { BinaryFunction, UnaryFunction } from "./lib/opcodes";
import { UnaryFunctions } from "./lib/unary-operations";

export { chain } from "./lib/chain";
export { where } from "./lib/elementwise";

export function unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
  switch (opcode) {
    case UnaryFunction.Log: mapUnary<UnaryFunctions>(UnaryFunction.Log, from, to, a, out, s, t); break;
    case UnaryFunction.Log1p: mapUnary<UnaryFunctions>(UnaryFunction.Log1p, from, to, a, out, s, t); break;
    case UnaryFunction.Sin: mapUnary<UnaryFunctions>(UnaryFunction.Sin, from, to, a, out, s, t); break;
    case UnaryFunction.Cos: mapUnary<UnaryFunctions>(UnaryFunction.Cos, from, to, a, out, s, t); break;
    case UnaryFunction.Tanh: mapUnary<UnaryFunctions>(UnaryFunction.Tanh, from, to, a, out, s, t); break;
    case UnaryFunction.Sigmoid: mapUnary<UnaryFunctions>(UnaryFunction.Sigmoid, from, to, a, out, s, t); break;
    case UnaryFunction.Erf: mapUnary<UnaryFunctions>(UnaryFunction.Erf, from, to, a, out, s, t); break;
    case UnaryFunction.Gelu: mapUnary<UnaryFunctions>(UnaryFunction.Gelu, from, to, a, out, s, t); break;
    case UnaryFunction.GeluTanh: mapUnary<UnaryFunctions>(UnaryFunction.GeluTanh, from, to, a, out, s, t); break;
    case UnaryFunction.Silu: mapUnary<UnaryFunctions>(UnaryFunction.Silu, from, to, a, out, s, t); break;
    case UnaryFunction.Softplus: mapUnary<UnaryFunctions>(UnaryFunction.Softplus, from, to, a, out, s, t); break;
    case UnaryFunction.Elu: mapUnary<UnaryFunctions>(UnaryFunction.Elu, from, to, a, out, s, t); break;
    default: unaryOrder(from, to, opcode, a, out, s, t);
  }
}

export function binary(from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize): void {
  if (opcode == BinaryFunction.Pow) walkBinary<Alone<Power>>(from, to, BinaryFunction.Pow, a, b, out, rank, layout);
  else binaryOrder(from, to, opcode, a, b, out, rank, layout);
}
