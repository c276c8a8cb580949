// Elementwise functions with broadcasting: those that nearly every program needs, and how any are applied. A number of opcodes.ts
// chooses the function.
import { BinaryOperations } from "./binary-operations";
import { storePair, storePart, storeUpToFour } from "./lanes";
import { Binary, BinaryInt, Choice, Unary, UnaryInt } from "./opcodes";
import { UnaryOperations } from "./unary-operations";

/** out[i] = f(a[i]) for i in [from, to); s and t are the op's scalar parameters. */
export function unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
  switch (opcode) {
    case Unary.Copy: mapUnaryInTwos<UnaryOperations>(Unary.Copy, from, to, a, out, s, t); break;
    case Unary.Neg: mapUnaryInTwos<UnaryOperations>(Unary.Neg, from, to, a, out, s, t); break;
    case Unary.Square: mapUnaryInTwos<UnaryOperations>(Unary.Square, from, to, a, out, s, t); break;
    case Unary.Reciprocal: mapUnaryInTwos<UnaryOperations>(Unary.Reciprocal, from, to, a, out, s, t); break;
    case Unary.Sqrt: mapUnaryInTwos<UnaryOperations>(Unary.Sqrt, from, to, a, out, s, t); break;
    case Unary.Rsqrt: mapUnaryInTwos<UnaryOperations>(Unary.Rsqrt, from, to, a, out, s, t); break;
    case Unary.Exp: mapUnary<UnaryOperations>(Unary.Exp, from, to, a, out, s, t); break;
    case Unary.Relu: mapUnaryInTwos<UnaryOperations>(Unary.Relu, from, to, a, out, s, t); break;
    case Unary.ToInt32: mapUnary<UnaryOperations>(Unary.ToInt32, from, to, a, out, s, t); break;
    case Unary.ToFloat32: mapUnary<UnaryOperations>(Unary.ToFloat32, from, to, a, out, s, t); break;
    case UnaryInt.NegInt: mapUnary<UnaryOperations>(UnaryInt.NegInt, from, to, a, out, s, t); break;
    case UnaryInt.SquareInt: mapUnary<UnaryOperations>(UnaryInt.SquareInt, from, to, a, out, s, t); break;
    case UnaryInt.ReluInt: mapUnary<UnaryOperations>(UnaryInt.ReluInt, from, to, a, out, s, t); break;
    default: unreachable();
  }
}

/** `mapUnary`, two vectors at once, which engines can pair: for what programs spend their time in. */
@inline
function mapUnaryInTwos<F>(opcode: i32, from: i32, to: i32, a: usize, out: usize, s: f32, t: f32): void {
  const f = changetype<F>(0);
  const scalarS = f32x4.splat(s);
  const scalarT = f32x4.splat(t);
  for (; from + 8 <= to; from += 8) {
    const at = <usize>from << 2;
    const x = v128.load(a + at), x2 = v128.load(a + at, 16);
    storePair(out + at, f.apply(opcode, x, scalarS, scalarT), f.apply(opcode, x2, scalarS, scalarT));
  }
  mapUnary<F>(opcode, from, to, a, out, s, t);
}

@inline
export function mapUnary<F>(opcode: i32, from: i32, to: i32, a: usize, out: usize, s: f32, t: f32): void {
  const f = changetype<F>(0);
  const scalarS = f32x4.splat(s);
  const scalarT = f32x4.splat(t);
  a += <usize>from << 2;
  out += <usize>from << 2;
  let left = to - from;
  for (; left >= 4; left -= 4) {
    v128.store(out, f.apply(opcode, v128.load(a), scalarS, scalarT));
    a += 16;
    out += 16;
  }
  if (left > 0) storePart(out, f.apply(opcode, v128.load(a), scalarS, scalarT), left);
}

/**
 * out[i] = f(a[…], b[…]) for flat indices i in [from, to) of an output of `rank` axes. `layout` holds int32: the
 * extents, then the strides of a, then those of b, in elements; the last strides are 1, or 0 where an operand repeats.
 */
export function binary(from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize): void {
  binaryWith<Seldom>(from, to, opcode, a, b, out, rank, layout);
}

/** `binary`, of which `S` has the functions that are seldom needed. */
@inline
export function binaryWith<S>(
  from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize,
): void {
  switch (opcode) {
    case Binary.Add: walkBinary<InTwos<BinaryOperations>>(from, to, Binary.Add, a, b, out, rank, layout); break;
    case Binary.Sub: walkBinary<InTwos<BinaryOperations>>(from, to, Binary.Sub, a, b, out, rank, layout); break;
    case Binary.Mul: walkBinary<InTwos<BinaryOperations>>(from, to, Binary.Mul, a, b, out, rank, layout); break;
    case Binary.Div: walkBinary<InTwos<BinaryOperations>>(from, to, Binary.Div, a, b, out, rank, layout); break;
    default: walkBinary<S>(from, to, opcode, a, b, out, rank, layout);
  }
}

@inline
export function walkBinary<F>(
  from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize,
): void {
  walk<F>(false, from, to, opcode, a, b, 0, out, rank, layout);
}

/**
 * Goes through the innermost axis of two operands, or of `three`, run by run. `F` has `run`, which computes one of `left` elements.
 */
@inline
function walk<F>(
  three: bool, from: i32, to: i32, opcode: i32, a: usize, b: usize, c: usize, out: usize, rank: i32, layout: usize,
): void {
  const f = changetype<F>(0);
  const strides = <usize>rank << 2;
  const last = strides - 4;
  const inner = load<i32>(layout + last);
  const aStep = load<i32>(layout + strides + last);
  const bStep = load<i32>(layout + 2 * strides + last);
  const cStep = three ? load<i32>(layout + 3 * strides + last) : 0;
  let position = from;
  while (position < to) {
    let rest = position / inner;
    const within = position - rest * inner;
    let aOffset = within * aStep;
    let bOffset = within * bStep;
    let cOffset = within * cStep;
    for (let axis = last; axis > 0; ) {
      axis -= 4;
      const extent = load<i32>(layout + axis);
      const quotient = rest / extent;
      const index = rest - quotient * extent;
      aOffset += index * load<i32>(layout + strides + axis);
      bOffset += index * load<i32>(layout + 2 * strides + axis);
      if (three) cOffset += index * load<i32>(layout + 3 * strides + axis);
      rest = quotient;
    }
    const run = min(inner - within, to - position);
    const aRun = a + (<usize>aOffset << 2);
    const bRun = b + (<usize>bOffset << 2);
    const cRun = c + (<usize>cOffset << 2);
    f.run(opcode, run, aRun, aStep, bRun, bStep, out + (<usize>position << 2), cRun, cStep);
    position += run;
  }
}

/** What is often broadcast over short runs has a walk of its own: asking for the function in every run would cost a tenth. */
export class Alone<F> {
  @inline run(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize, c: usize, cStep: i32): void {
    mapBinary<F>(opcode, left, a, aStep, b, bStep, out);
  }
}

/** What programs spend their time in. */
class InTwos<F> {
  @inline run(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize, c: usize, cStep: i32): void {
    if (left < 8) mapBinary<F>(opcode, left, a, aStep, b, bStep, out);
    else mapBinaryInTwos<F>(opcode, left, a, aStep, b, bStep, out);
  }
}

/** All others share one, which makes the module smaller by a quarter. */
class Seldom {
  @inline run(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize, c: usize, cStep: i32): void {
    runSeldom(opcode, left, a, aStep, b, bStep, out);
  }
}

export function runSeldom(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize): void {
  switch (opcode) {
    case Binary.Equal: mapBinary<BinaryOperations>(Binary.Equal, left, a, aStep, b, bStep, out); break;
    case Binary.NotEqual: mapBinary<BinaryOperations>(Binary.NotEqual, left, a, aStep, b, bStep, out); break;
    case Binary.ReluGrad: mapBinaryInTwos<BinaryOperations>(Binary.ReluGrad, left, a, aStep, b, bStep, out); break;
    case BinaryInt.AddInt: mapBinary<BinaryOperations>(BinaryInt.AddInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.SubInt: mapBinary<BinaryOperations>(BinaryInt.SubInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.MulInt: mapBinary<BinaryOperations>(BinaryInt.MulInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.EqualInt: mapBinary<BinaryOperations>(BinaryInt.EqualInt, left, a, aStep, b, bStep, out); break;
    case BinaryInt.NotEqualInt: mapBinary<BinaryOperations>(BinaryInt.NotEqualInt, left, a, aStep, b, bStep, out); break;
    default: unreachable();
  }
}

/** `mapBinary`, two vectors at once, which engines can pair. */
@inline
function mapBinaryInTwos<F>(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize): void {
  const f = changetype<F>(0);
  if (aStep == 0) {
    const x = v128.load32_splat(a);
    for (; left >= 8; left -= 8) {
      const y = v128.load(b), y2 = v128.load(b, 16);
      storePair(out, f.apply(opcode, x, y), f.apply(opcode, x, y2));
      b += 32;
      out += 32;
    }
  } else if (bStep == 0) {
    const y = v128.load32_splat(b);
    for (; left >= 8; left -= 8) {
      const x = v128.load(a), x2 = v128.load(a, 16);
      storePair(out, f.apply(opcode, x, y), f.apply(opcode, x2, y));
      a += 32;
      out += 32;
    }
  } else {
    for (; left >= 8; left -= 8) {
      const x = v128.load(a), y = v128.load(b), x2 = v128.load(a, 16), y2 = v128.load(b, 16);
      storePair(out, f.apply(opcode, x, y), f.apply(opcode, x2, y2));
      a += 32;
      b += 32;
      out += 32;
    }
  }
  mapBinary<F>(opcode, left, a, aStep, b, bStep, out);
}

@inline
export function mapBinary<F>(opcode: i32, left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize): void {
  const f = changetype<F>(0);
  let x = aStep == 0 ? v128.load32_splat(a) : v128.load(a);
  let y = bStep == 0 ? v128.load32_splat(b) : v128.load(b);
  if (aStep == 0) {
    for (; left >= 4; left -= 4) {
      v128.store(out, f.apply(opcode, x, v128.load(b)));
      b += 16;
      out += 16;
    }
    if (bStep != 0) y = v128.load(b);
  } else if (bStep == 0) {
    for (; left >= 4; left -= 4) {
      v128.store(out, f.apply(opcode, v128.load(a), y));
      a += 16;
      out += 16;
    }
    x = v128.load(a);
  } else {
    for (; left >= 4; left -= 4) {
      v128.store(out, f.apply(opcode, v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
      out += 16;
    }
    x = v128.load(a);
    y = v128.load(b);
  }
  if (left > 0) storePart(out, f.apply(opcode, x, y), left);
}

/** out = condition ≠ 0 ? a : b, laid out as in `binary`, with rows of strides for condition, a and b. */
export function where(
  from: i32, to: i32, opcode: i32, condition: usize, a: usize, b: usize, out: usize, rank: i32, layout: usize,
): void {
  walk<Choose>(true, from, to, opcode, condition, a, b, out, rank, layout);
}

class Choose {
  @inline run(opcode: i32, left: i32, c: usize, cStep: i32, a: usize, aStep: i32, out: usize, b: usize, bStep: i32): void {
    for (; left > 0; left -= 4) {
      const condition = cStep == 0 ? v128.load32_splat(c) : v128.load(c);
      const x = aStep == 0 ? v128.load32_splat(a) : v128.load(a);
      const y = bStep == 0 ? v128.load32_splat(b) : v128.load(b);
      const zero = i32x4.splat(0);
      const holds = opcode == Choice.WhereInt ? i32x4.ne(condition, zero) : f32x4.ne(condition, zero);
      storeUpToFour(out, v128.bitselect(x, y, holds), left);
      c += 16 * cStep;
      a += 16 * aStep;
      b += 16 * bStep;
      out += 16;
    }
  }
}
