import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { calls, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { python } from "../python.ts";
import { broadcastable } from "./elementwise.ts";

/** What moves, joins, repeats or picks elements. */
export const movement: readonly Target[] = [
  calls("reshape", t.reshape, (draw) => {
    const shape = draw.shape();
    const target = draw.chance(0.1) ? draw.shape() : split(draw, shape);
    return {
      inputs: [draw.numbers(shape)],
      torch: `x[0].reshape(${python(target)})`,
      run: ([x]) => t.reshape(x!, target),
    };
  }),
  calls("flatten", t.flatten, (draw) => {
    const shape = draw.shape();
    const [from, to] = [draw.dim(shape.length), draw.dim(shape.length)];
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.flatten(x[0], ${from}, ${to})`,
      run: ([x]) => t.flatten(x!, from, to),
    };
  }),
  calls("nn.Flatten", nn.Flatten, (draw) => {
    const shape = draw.shape();
    const [startDim, endDim] = [draw.dim(shape.length), draw.dim(shape.length)];
    return {
      inputs: [draw.numbers(shape)],
      torch: "m(x[0])",
      run: ([x], m) => (m as nn.Flatten).forward(x!),
      layer: {
        make: () => new nn.Flatten({ startDim, endDim }),
        torch: `nn.Flatten(${startDim}, ${endDim})`,
        state: {},
        frozen: [],
        calls: [{ train: true, inputs: [0] }],
      },
    };
  }),
  calls("squeeze", t.squeeze, (draw) => {
    const shape = draw.shape().map((extent) => (draw.chance(0.4) ? 1 : extent));
    const dim = draw.chance(0.4) ? undefined : draw.dim(shape.length);
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.squeeze(x[0]${dim === undefined ? "" : `, ${dim}`})`,
      run: ([x]) => t.squeeze(x!, dim),
    };
  }),
  calls("unsqueeze", t.unsqueeze, (draw) => {
    const shape = draw.shape(0, 3);
    const dim = draw.dim(shape.length + 1);
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.unsqueeze(x[0], ${dim})`,
      run: ([x]) => t.unsqueeze(x!, dim),
    };
  }),
  calls("permute", t.permute, (draw) => {
    const shape = draw.shape();
    const dims = draw.chance(0.05) ? draw.dims(shape.length) : draw.dims(shape.length, shape.length);
    return { inputs: [draw.numbers(shape)], torch: `x[0].permute(${python(dims)})`, run: ([x]) => t.permute(x!, dims) };
  }),
  calls("transpose", t.transpose, (draw) => {
    const shape = draw.shape();
    const [a, b] = [draw.dim(shape.length), draw.dim(shape.length)];
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.transpose(x[0], ${a}, ${b})`,
      run: ([x]) => t.transpose(x!, a, b),
    };
  }),
  calls("broadcastTo", t.broadcastTo, (draw) => {
    const target = draw.shape();
    const shape = draw.chance(0.05) ? draw.shape() : broadcastable(draw, target);
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.broadcast_to(x[0], ${python(target)})`,
      run: ([x]) => t.broadcastTo(x!, target),
    };
  }),
  calls("slice", t.slice, (draw) => {
    const shape = draw.shape(1);
    const dim = draw.integer(0, shape.length - 1);
    const [start, end, step] = [draw.integer(-6, 6), draw.integer(-6, 7), draw.integer(1, 3)];
    const lead = ":, ".repeat(dim);
    return {
      inputs: [draw.numbers(shape)],
      torch: `x[0][${lead}${start}:${end}:${step}]`,
      run: ([x]) => t.slice(x!, dim, start, end, step),
    };
  }),
  calls("flip", t.flip, (draw) => {
    const shape = draw.shape();
    const dims = draw.dims(shape.length, 0);
    return {
      inputs: [draw.numbers(shape)],
      torch: `torch.flip(x[0], ${python(dims)})`,
      run: ([x]) => t.flip(x!, dims),
    };
  }),
  calls("pad", t.pad, (draw) => {
    const shape = draw.shape();
    const amounts = shape.map((): [number, number] => [draw.integer(-1, 3), draw.integer(-1, 3)]);
    const value = draw.mostly(0, [1.5, -2, Infinity]);
    return {
      inputs: [draw.floats(shape)],
      torch: `F.pad(x[0], ${python([...amounts].reverse().flat())}, value=${python(value)})`,
      run: ([x]) => t.pad(x!, amounts, { value }),
    };
  }),
  calls("cat", t.cat, (draw) => {
    const shape = draw.shape(1);
    const dim = draw.dim(shape.length);
    const inputs = draw.list(draw.integer(1, 4), () =>
      draw.floats(shape.map((extent, i) => (i === dim || i === dim + shape.length ? draw.extent(3) : extent))),
    );
    return { inputs, torch: `torch.cat(x, ${dim})`, run: (x) => t.cat(x, dim) };
  }),
  calls("stack", t.stack, (draw) => {
    const shape = draw.shape(0, 3);
    const dim = draw.dim(shape.length + 1);
    const inputs = draw.list(draw.integer(1, 4), () => draw.floats(shape));
    return { inputs, torch: `torch.stack(x, ${dim})`, run: (x) => t.stack(x, dim) };
  }),
  calls("take", t.take, (draw) => {
    const { shape, inner, starts, steps, torch } = placement(draw);
    return {
      inputs: [draw.floats(shape)],
      torch: `x[0][${torch}]`,
      run: ([x]) => t.take(x!, inner, { starts, steps }),
    };
  }),
  calls("place", t.place, (draw) => {
    const { shape, inner, starts, steps, torch } = placement(draw);
    const value = draw.mostly(0, [1.5, -2]);
    return {
      inputs: [draw.floats(inner)],
      torch: `placed(x[0], ${python(shape)}, (${torch}), ${python(value)})`,
      run: ([x]) => t.place(x!, shape, { starts, steps }, value),
    };
  }),
];

/** Another shape for as many elements, sometimes with an extent left to be found. */
function split(draw: Draw, shape: readonly number[]): number[] {
  const size = shape.reduce((a, b) => a * b, 1);
  const factors: number[] = [];
  let left = size;
  while (left > 1) {
    const divisors = Array.from({ length: left - 1 }, (_, i) => i + 2).filter((divisor) => left % divisor === 0);
    const factor = draw.pick(divisors);
    factors.push(factor);
    left /= factor;
  }
  const target = size === 0 ? draw.shuffled(shape) : factors;
  if (target.length > 0 && draw.chance(0.4)) target[draw.integer(0, target.length - 1)] = -1;
  return target;
}

/** A smaller tensor within a larger one, and the slices that say where. */
function placement(draw: Draw): {
  readonly shape: number[];
  readonly inner: number[];
  readonly starts: number[];
  readonly steps: number[];
  readonly torch: string;
} {
  const inner = draw.list(draw.integer(1, 3), () => draw.integer(1, 3));
  const starts = inner.map(() => draw.integer(0, 2));
  const steps = inner.map(() => draw.integer(1, 3));
  const shape = inner.map((extent, i) => starts[i]! + (extent - 1) * steps[i]! + 1 + draw.integer(0, 2));
  const torch = inner.map(
    (extent, i) => `slice(${starts[i]}, ${starts[i]! + (extent - 1) * steps[i]! + 1}, ${steps[i]})`,
  );
  return { shape, inner, starts, steps, torch: `${torch.join(", ")},` };
}
