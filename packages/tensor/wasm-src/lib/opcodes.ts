// The numbers by which functions are chosen: the one table of them. The build gives it to TypeScript as
// src/devices/wasm/generated/opcodes.ts. Functions of int32 values have numbers from 32 to 63 and from 96 to 127.

/** Functions of one float32 operand. */
export const enum Unary {
  Copy,
  Neg,
  Square = 4,
  Reciprocal,
  Sqrt,
  Rsqrt,
  Exp,
  Relu = 16,
  ToInt32 = 24,
  ToFloat32,
}

/** Those that only `elementwise-order` and the families above it have. */
export const enum OrderUnary {
  Abs = 2,
  Sign,
  LeakyRelu = 17,
  Clamp = 23,
}

/** Those that only `functions` and `more-functions` have. */
export const enum UnaryFunction {
  Log = 9,
  Log1p,
  Sin,
  Cos,
  Tanh,
  Sigmoid,
  Erf,
  Gelu = 18,
  GeluTanh,
  Silu,
  Softplus,
  Elu,
}

/** Functions of one int32 operand. */
export const enum UnaryInt {
  NegInt = 32,
  AbsInt,
  SignInt,
  SquareInt,
  ReluInt,
  ClampInt,
}

/** Functions of two float32 operands. */
export const enum Binary {
  Add = 64,
  Sub,
  Mul,
  Div,
  Equal = 71,
  NotEqual,
  ReluGrad = 77,
}

/** Those that only `elementwise-order` and the families above it have. */
export const enum OrderBinary {
  Maximum = 69,
  Minimum,
  Less = 73,
  LessEqual,
  Greater,
  GreaterEqual,
}

/** Those that only `functions` and `more-functions` have. */
export const enum BinaryFunction {
  Pow = 68,
}

/** Functions of two int32 operands. */
export const enum BinaryInt {
  AddInt = 96,
  SubInt,
  MulInt,
  MaximumInt,
  MinimumInt,
  EqualInt,
  NotEqualInt,
  LessInt,
  LessEqualInt,
  GreaterInt,
  GreaterEqualInt,
  FmodInt,
  RemainderInt,
}

/** Choices by a condition of float32, where −0 is false and NaN true, or of int32. */
export const enum Choice {
  WhereFloat = 128,
  WhereInt,
}

/** Sums along an axis. */
export const enum Total {
  Sum,
  SumSquares,
  SumInt = 4,
}

/** Largest and smallest values along an axis. */
export const enum Extreme {
  Max = 2,
  Min,
  MaxInt = 5,
  MinInt,
}

/** Functions of one float32 operand that only the family `more-functions` has. */
export const enum MoreUnary {
  Floor = 78,
  Ceil,
  Round,
  Trunc,
  Exp2,
  Expm1,
  Log2,
  Log10,
  Sinh,
  Cosh,
  Tan,
  Asin,
  Acos,
  Atan,
}

/** Functions of two float32 operands that only the family `more-functions` has. */
export const enum MoreBinary {
  Atan2 = 92,
  Fmod,
  Remainder,
}
