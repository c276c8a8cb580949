// Elementwise functions with broadcasting: those that are cheap, and how chains of any are run. An opcode chooses the function;
// the ops' files in src/ops name it. The families `elementwise` and `functions` export them.
import {
  Add, AddInt, Div, Equal, EqualInt, Greater, GreaterEqual, GreaterEqualInt, GreaterInt, Less, LessEqual,
  LessEqualInt, LessInt, Maximum, MaximumInt, Minimum, MinimumInt, Mul, MulInt, NotEqual, NotEqualInt, ReluGrad,
  Sub, SubInt,
} from "./binary-operations";
import {
  Abs, AbsInt, Clamp, ClampInt, Copy, Exp, LeakyRelu, Neg, NegInt, Reciprocal, Relu, ReluInt, Rsqrt, Sign, SignInt, Sqrt, Square,
  SquareInt, ToFloat32, ToInt32,
} from "./unary-operations";
import { storePart } from "./lanes";
import { threadScratch } from "./thread";

/** out[i] = f(a[i]) for i in [from, to); s and t are the op's scalar parameters. */
export function unary(from: i32, to: i32, opcode: i32, a: usize, out: usize, s: f32, t: f32): void {
  switch (opcode) {
    case 0: mapUnary<Copy>(from, to, a, out, s, t); break;
    case 1: mapUnary<Neg>(from, to, a, out, s, t); break;
    case 2: mapUnary<Abs>(from, to, a, out, s, t); break;
    case 3: mapUnary<Sign>(from, to, a, out, s, t); break;
    case 4: mapUnary<Square>(from, to, a, out, s, t); break;
    case 5: mapUnary<Reciprocal>(from, to, a, out, s, t); break;
    case 6: mapUnary<Sqrt>(from, to, a, out, s, t); break;
    case 7: mapUnary<Rsqrt>(from, to, a, out, s, t); break;
    case 8: mapUnary<Exp>(from, to, a, out, s, t); break;
    case 16: mapUnary<Relu>(from, to, a, out, s, t); break;
    case 17: mapUnary<LeakyRelu>(from, to, a, out, s, t); break;
    case 23: mapUnary<Clamp>(from, to, a, out, s, t); break;
    case 24: mapUnary<ToInt32>(from, to, a, out, s, t); break;
    case 25: mapUnary<ToFloat32>(from, to, a, out, s, t); break;
    case 32: mapUnary<NegInt>(from, to, a, out, s, t); break;
    case 33: mapUnary<AbsInt>(from, to, a, out, s, t); break;
    case 34: mapUnary<SignInt>(from, to, a, out, s, t); break;
    case 35: mapUnary<SquareInt>(from, to, a, out, s, t); break;
    case 36: mapUnary<ReluInt>(from, to, a, out, s, t); break;
    case 37: mapUnary<ClampInt>(from, to, a, out, s, t); break;
    default: unreachable();
  }
}

export function mapUnary<F>(from: i32, to: i32, a: usize, out: usize, s: f32, t: f32): void {
  const f = changetype<F>(0);
  const scalarS = f32x4.splat(s);
  const scalarT = f32x4.splat(t);
  a += <usize>from << 2;
  out += <usize>from << 2;
  let left = to - from;
  for (; left >= 4; left -= 4) {
    v128.store(out, f.apply(v128.load(a), scalarS, scalarT));
    a += 16;
    out += 16;
  }
  if (left > 0) storePart(out, f.apply(v128.load(a), scalarS, scalarT), left);
}

/**
 * out[i] = f(a[…], b[…]) for flat indices i in [from, to) of an output of `rank` axes. `layout` holds int32: the
 * extents, then the strides of a, then those of b, in elements; the last strides are 1, or 0 where an operand repeats.
 */
export function binary(from: i32, to: i32, opcode: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize): void {
  switch (opcode) {
    case 64: walkBinary<Add>(from, to, a, b, out, rank, layout); break;
    case 65: walkBinary<Sub>(from, to, a, b, out, rank, layout); break;
    case 66: walkBinary<Mul>(from, to, a, b, out, rank, layout); break;
    case 67: walkBinary<Div>(from, to, a, b, out, rank, layout); break;
    case 69: walkBinary<Maximum>(from, to, a, b, out, rank, layout); break;
    case 70: walkBinary<Minimum>(from, to, a, b, out, rank, layout); break;
    case 71: walkBinary<Equal>(from, to, a, b, out, rank, layout); break;
    case 72: walkBinary<NotEqual>(from, to, a, b, out, rank, layout); break;
    case 73: walkBinary<Less>(from, to, a, b, out, rank, layout); break;
    case 74: walkBinary<LessEqual>(from, to, a, b, out, rank, layout); break;
    case 75: walkBinary<Greater>(from, to, a, b, out, rank, layout); break;
    case 76: walkBinary<GreaterEqual>(from, to, a, b, out, rank, layout); break;
    case 77: walkBinary<ReluGrad>(from, to, a, b, out, rank, layout); break;
    case 96: walkBinary<AddInt>(from, to, a, b, out, rank, layout); break;
    case 97: walkBinary<SubInt>(from, to, a, b, out, rank, layout); break;
    case 98: walkBinary<MulInt>(from, to, a, b, out, rank, layout); break;
    case 99: walkBinary<MaximumInt>(from, to, a, b, out, rank, layout); break;
    case 100: walkBinary<MinimumInt>(from, to, a, b, out, rank, layout); break;
    case 101: walkBinary<EqualInt>(from, to, a, b, out, rank, layout); break;
    case 102: walkBinary<NotEqualInt>(from, to, a, b, out, rank, layout); break;
    case 103: walkBinary<LessInt>(from, to, a, b, out, rank, layout); break;
    case 104: walkBinary<LessEqualInt>(from, to, a, b, out, rank, layout); break;
    case 105: walkBinary<GreaterInt>(from, to, a, b, out, rank, layout); break;
    case 106: walkBinary<GreaterEqualInt>(from, to, a, b, out, rank, layout); break;
    default: unreachable();
  }
}

/** Goes through the innermost axis run by run. */
export function walkBinary<F>(from: i32, to: i32, a: usize, b: usize, out: usize, rank: i32, layout: usize): void {
  const strides = <usize>rank << 2;
  const last = strides - 4;
  const inner = load<i32>(layout + last);
  const aStep = load<i32>(layout + strides + last);
  const bStep = load<i32>(layout + 2 * strides + last);
  let position = from;
  while (position < to) {
    let rest = position / inner;
    const within = position - rest * inner;
    let aOffset = within * aStep;
    let bOffset = within * bStep;
    for (let axis = last; axis > 0; ) {
      axis -= 4;
      const extent = load<i32>(layout + axis);
      const quotient = rest / extent;
      const index = rest - quotient * extent;
      aOffset += index * load<i32>(layout + strides + axis);
      bOffset += index * load<i32>(layout + 2 * strides + axis);
      rest = quotient;
    }
    const run = min(inner - within, to - position);
    const aRun = a + (<usize>aOffset << 2);
    const bRun = b + (<usize>bOffset << 2);
    mapBinary<F>(run, aRun, aStep, bRun, bStep, out + (<usize>position << 2));
    position += run;
  }
}

function mapBinary<F>(left: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize): void {
  const f = changetype<F>(0);
  let x = aStep == 0 ? v128.load32_splat(a) : v128.load(a);
  let y = bStep == 0 ? v128.load32_splat(b) : v128.load(b);
  if (aStep == 0) {
    for (; left >= 4; left -= 4) {
      v128.store(out, f.apply(x, v128.load(b)));
      b += 16;
      out += 16;
    }
    if (bStep != 0) y = v128.load(b);
  } else if (bStep == 0) {
    for (; left >= 4; left -= 4) {
      v128.store(out, f.apply(v128.load(a), y));
      a += 16;
      out += 16;
    }
    x = v128.load(a);
  } else {
    for (; left >= 4; left -= 4) {
      v128.store(out, f.apply(v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
      out += 16;
    }
    x = v128.load(a);
    y = v128.load(b);
  }
  if (left > 0) storePart(out, f.apply(x, y), left);
}

/**
 * out = condition ≠ 0 ? a : b, laid out as in `binary`, with rows of strides for condition, a and b. The condition is
 * float32 for opcode 128 (−0 is false and NaN true) and int32 for 129.
 */
export function where(
  from: i32, to: i32, opcode: i32, condition: usize, a: usize, b: usize, out: usize, rank: i32, layout: usize,
): void {
  const strides = <usize>rank << 2;
  const last = strides - 4;
  const inner = load<i32>(layout + last);
  const cStep = load<i32>(layout + strides + last);
  const aStep = load<i32>(layout + 2 * strides + last);
  const bStep = load<i32>(layout + 3 * strides + last);
  let position = from;
  while (position < to) {
    let rest = position / inner;
    const within = position - rest * inner;
    let cOffset = within * cStep;
    let aOffset = within * aStep;
    let bOffset = within * bStep;
    for (let axis = last; axis > 0; ) {
      axis -= 4;
      const extent = load<i32>(layout + axis);
      const quotient = rest / extent;
      const index = rest - quotient * extent;
      cOffset += index * load<i32>(layout + strides + axis);
      aOffset += index * load<i32>(layout + 2 * strides + axis);
      bOffset += index * load<i32>(layout + 3 * strides + axis);
      rest = quotient;
    }
    let left = min(inner - within, to - position);
    let target = out + (<usize>position << 2);
    position += left;
    let cRun = condition + (<usize>cOffset << 2);
    let aRun = a + (<usize>aOffset << 2);
    let bRun = b + (<usize>bOffset << 2);
    for (; left > 0; left -= 4) {
      const c = cStep == 0 ? v128.load32_splat(cRun) : v128.load(cRun);
      const x = aStep == 0 ? v128.load32_splat(aRun) : v128.load(aRun);
      const y = bStep == 0 ? v128.load32_splat(bRun) : v128.load(bRun);
      const zero = i32x4.splat(0);
      const holds = opcode == 129 ? i32x4.ne(c, zero) : f32x4.ne(c, zero);
      const chosen = v128.bitselect(x, y, holds);
      if (left >= 4) v128.store(target, chosen);
      else storePart(target, chosen, left);
      cRun += 16 * cStep;
      aRun += 16 * aStep;
      bRun += 16 * bStep;
      target += 16;
    }
  }
}

/** Elements of a tile: small enough that a chain's intermediate values stay in the first-level cache. */
const TILE: i32 = 1024;
/** Bytes of one step in a chain's program. */
const STEP_BYTES: usize = 48;

/**
 * Runs a chain of elementwise steps over flat indices [from, to) of its output, tile by tile. `program` holds for each
 * step: opcode, operand count, three operand addresses, output address, rank, address of a layout as in `binary`, s, t,
 * and a mask. Addresses whose bit in the mask is set (1, 2, 4 for the operands, 8 for the output) are offsets into this
 * thread's tiles.
 * The functions are those of `F`, which has `unary` and `binary`.
 */
export function runChain<F>(from: i32, to: i32, program: usize, steps: i32, tiles: usize, tileBytes: i32): void {
  const f = changetype<F>(0);
  const own = threadScratch(tiles, tileBytes);
  for (let start = from; start < to; start += TILE) {
    const end = min(start + TILE, to);
    const base = own - (<usize>start << 2);
    let step = program;
    for (let i = 0; i < steps; i++) {
      const mask = load<i32>(step + 40);
      const opcode = load<i32>(step);
      const count = load<i32>(step + 4);
      const a = load<u32>(step + 8) + (mask & 1 ? base : 0);
      const b = load<u32>(step + 12) + (mask & 2 ? base : 0);
      const c = load<u32>(step + 16) + (mask & 4 ? base : 0);
      const out = load<u32>(step + 20) + (mask & 8 ? base : 0);
      const rank = load<i32>(step + 24);
      const layout = load<u32>(step + 28);
      if (count == 1) f.unary(start, end, opcode, a, out, load<f32>(step + 32), load<f32>(step + 36));
      else if (count == 2) f.binary(start, end, opcode, a, b, out, rank, layout);
      else where(start, end, opcode, a, b, c, out, rank, layout);
      step += STEP_BYTES;
    }
  }
}
