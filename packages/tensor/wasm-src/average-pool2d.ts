// Averages over windows of planes, and the adjoint. `rows` and `columns` are tables of a `Span` for each row and
// column of the result; a sum is divided by both divisors. `single` tells that each column is a window by itself, with the divisor of the first.
import { CHAIN, sumLanes } from "./lib/lanes";

/** The window of a row, or column, of the result. */
@unmanaged
class Span {
  first: i32;
  end: i32;
  divisor: f32;
}

/** Planes `from` to `to` of the averages. */
export function averagePool(
  from: i32, to: i32, x: usize, out: usize, height: i32, width: i32, rows: usize, rowCount: i32, columns: usize, columnCount: i32, single: i32,
): void {
  out += <usize>(from * rowCount * columnCount) << 2;
  for (let plane = from; plane < to; plane++) {
    const source = x + (<usize>(plane * height * width) << 2);
    for (let i = 0; i < rowCount; i++) {
      const row = changetype<Span>(rows + <usize>i * offsetof<Span>());
      let j = 0;
      if (single && row.end - row.first <= CHAIN) {
        const divisor = f32x4.splat(row.divisor * changetype<Span>(columns).divisor);
        for (; j + 4 <= columnCount; j += 4) {
          let sums = f32x4.splat(0);
          for (let y = row.first; y < row.end; y++) sums = f32x4.add(sums, v128.load(source + (<usize>(y * width + j) << 2)));
          v128.store(out, f32x4.div(sums, divisor));
          out += 16;
        }
      }
      for (; j < columnCount; j++) {
        const column = changetype<Span>(columns + <usize>j * offsetof<Span>());
        const left = column.first;
        const breadth = column.end - left;
        const top = row.first;
        const depth = row.end - top;
        const at = source + (<usize>(top * width + left) << 2);
        let sum: f32 = 0;
        if (depth * breadth <= CHAIN) for (let y = 0; y < depth; y++) sum += sumRow(at + (<usize>(y * width) << 2), breadth);
        else sum = <f32>sumLarge(at, depth, breadth, <usize>width << 2);
        store<f32>(out, sum / (row.divisor * column.divisor));
        out += 4;
      }
    }
  }
}

/** The sum of a window whose rows lie `pitch` bytes apart. */
function sumLarge(x: usize, depth: i32, breadth: i32, pitch: usize): f64 {
  let sum: f64 = 0;
  for (; depth > 0; depth--) {
    for (let column = 0; column < breadth; column += CHAIN) {
      sum += <f64>sumRow(x + (<usize>column << 2), min(breadth - column, CHAIN));
    }
    x += pitch;
  }
  return sum;
}

function sumRow(at: usize, count: i32): f32 {
  let sum: f32 = 0;
  if (count >= 8) {
    let lanes = f32x4.splat(0);
    for (; count >= 4; count -= 4) {
      lanes = f32x4.add(lanes, v128.load(at));
      at += 16;
    }
    sum = sumLanes(lanes);
  }
  for (; count > 0; count--) {
    sum += load<f32>(at);
    at += 4;
  }
  return sum;
}

/** Planes `from` to `to` of the adjoint: each value of g, divided, is added to all places of its window. */
export function averagePoolGrad(
  from: i32, to: i32, g: usize, out: usize, height: i32, width: i32, rows: usize, rowCount: i32, columns: usize, columnCount: i32, single: i32,
): void {
  g += <usize>(from * rowCount * columnCount) << 2;
  for (let plane = from; plane < to; plane++) {
    const target = out + (<usize>(plane * height * width) << 2);
    memory.fill(target, 0, <usize>(height * width) << 2);
    for (let i = 0; i < rowCount; i++) {
      const row = changetype<Span>(rows + <usize>i * offsetof<Span>());
      let j = 0;
      if (single) {
        const divisor = f32x4.splat(row.divisor * changetype<Span>(columns).divisor);
        for (; j + 4 <= columnCount; j += 4) {
          const shares = f32x4.div(v128.load(g), divisor);
          for (let y = row.first; y < row.end; y++) {
            const at = target + (<usize>(y * width + j) << 2);
            v128.store(at, f32x4.add(v128.load(at), shares));
          }
          g += 16;
        }
      }
      for (; j < columnCount; j++) {
        const column = changetype<Span>(columns + <usize>j * offsetof<Span>());
        const left = column.first;
        const breadth = column.end - left;
        const share = load<f32>(g) / (row.divisor * column.divisor);
        for (let y = row.first; y < row.end; y++) {
          let at = target + (<usize>(y * width + left) << 2);
          for (let k = 0; k < breadth; k++) {
            store<f32>(at, load<f32>(at) + share);
            at += 4;
          }
        }
        g += 4;
      }
    }
  }
}
