// Copies into parts of what is there. Layouts are as in movement.ts.
import { copyRun, offsetOf } from "./lib/runs";

/** out[position of i] = x[i] for flat i in [from, to). */
export function write(from: i32, to: i32, x: usize, out: usize, rank: i32, layout: usize): void {
  const strides = <usize>rank << 2;
  const last = strides - 4;
  const inner = load<i32>(layout + last);
  const step = load<i32>(layout + strides + last);
  let position = from;
  while (position < to) {
    const within = position % inner;
    const target = out + (<usize>(offsetOf(position / inner, last, layout, strides) + within * step) << 2);
    const run = min(inner - within, to - position);
    const source = x + (<usize>position << 2);
    if (step == 1) copyRun(source, target, run);
    else for (let i = 0; i < run; i++) store<i32>(target + (<usize>(i * step) << 2), load<i32>(source + (<usize>i << 2)));
    position += run;
  }
}
