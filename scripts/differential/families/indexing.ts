import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { calls, type Drawn, layers, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { python } from "../python.ts";

/** What picks elements by position. Rarely a position does not exist. */
export const indexing: readonly Target[] = [
  calls("indexSelect", t.indexSelect, (draw) => {
    const shape = draw.shape();
    const dim = draw.dim(shape.length);
    // Of a scalar, PyTorch takes one position or several, but reads beside it for each further one.
    const count = shape.length === 0 ? 1 : draw.extent();
    const index = draw.integers([count], ...positions(draw, shape.at(dim) ?? 1), "index");
    return {
      inputs: [draw.numbers(shape), index],
      torch: `torch.index_select(x[0], ${dim}, x[1])`,
      run: ([x, at]) => t.indexSelect(x!, dim, at!),
    };
  }),
  calls("gather", t.gather, (draw) => {
    const { shape, dim, index } = gathered(draw);
    return {
      inputs: [draw.numbers(shape), index],
      torch: `torch.gather(x[0], ${dim}, x[1])`,
      run: ([x, at]) => t.gather(x!, dim, at!),
    };
  }),
  calls("scatterAdd", t.scatterAdd, (draw) => {
    const { shape, dim, index } = gathered(draw);
    const whole = draw.chance(0.2);
    const values = (of: readonly number[]): Drawn =>
      whole ? draw.integers(of, -(2 ** 31), 2 ** 31 - 1) : draw.floats(of);
    return {
      inputs: [values(shape), index, values(index.shape)],
      torch: `torch.scatter_add(x[0], ${dim}, x[1], x[2])`,
      run: ([x, at, source]) => t.scatterAdd(x!, dim, at!, source!),
    };
  }),
  calls("oneHot", t.oneHot, (draw) => {
    const classes = draw.integer(1, 5);
    return {
      inputs: [draw.integers(draw.shape(0, 3), ...positions(draw, classes), "index")],
      torch: `F.one_hot(x[0], ${classes}).to(torch.get_default_dtype())`,
      run: ([x]) => t.oneHot(x!, classes),
    };
  }),
  calls("functional.embedding", nn.functional.embedding, (draw) => {
    const [rows, columns] = [draw.integer(1, 5), draw.extent(4)];
    const paddingIdx = draw.mostly<number | null>(null, [0, -1, rows - 1, rows]);
    return {
      inputs: [draw.integers(draw.shape(0, 3), ...positions(draw, rows), "index"), draw.floats([rows, columns])],
      torch: `F.embedding(x[0], x[1], padding_idx=${python(paddingIdx)})`,
      run: ([x, weight]) => nn.functional.embedding(x!, weight!, { paddingIdx }),
    };
  }),
  layers("nn.Embedding", nn.Embedding, (draw) => {
    const [rows, columns] = [draw.integer(1, 5), draw.integer(1, 4)];
    const paddingIdx = draw.mostly<number | null>(null, [0, -1, rows - 1, rows]);
    return {
      inputs: [draw.integers(draw.shape(0, 3), ...positions(draw, rows), "index")],
      make: () => new nn.Embedding(rows, columns, { paddingIdx }),
      torch: `nn.Embedding(${rows}, ${columns}, padding_idx=${python(paddingIdx)})`,
    };
  }),
];

/** The least and the greatest position along an axis. */
function positions(draw: Draw, extent: number): [least: number, most: number] {
  if (draw.chance(0.03)) return [0, extent];
  return [0, Math.max(0, extent - 1)];
}

function gathered(draw: Draw): {
  readonly shape: number[];
  readonly dim: number;
  readonly index: ReturnType<Draw["integers"]>;
} {
  const shape = draw.shape();
  const dim = draw.dim(shape.length);
  const at = dim < 0 ? dim + shape.length : dim;
  const region = shape.map((extent, i) => (i === at ? draw.extent() : draw.integer(Math.min(1, extent), extent)));
  return { shape, dim, index: draw.integers(region, ...positions(draw, shape[at] ?? 1), "index") };
}
