import { type OpRecord, sameShape, type Shape, type Tensor, ValueError } from "@tapegrad/tensor";
import type { Converter } from "./converter.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/** Params of the op, as far as they are read here. */
interface Grid {
  readonly rows: Tensor;
  readonly columns: Tensor;
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly picks: Shape;
}

/** What the positions depend on. */
const positions = ({ rows, columns, height, width }: Grid): Shape => [rows.size, height, columns.size, width];

/** Rows, then columns, of planes; their positions are constants of the graph. */
export function pickGrid(reshape: (graph: GraphBuilder, x: string, shape: Shape, twin: Shape) => string): Converter {
  return (graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord, twin: OpRecord): string => {
    const [grid, other] = [params as Grid, twin.params as Grid];
    if (!sameShape(positions(grid), positions(other)))
      throw new ValueError("exportOnnx: a border goes around the batch; set dynamicBatch to false");
    const planes = ({ planes: count, height, width }: Grid): Shape => [count, height, width];
    const whole = reshape(graph, x!, planes(grid), planes(other));
    const rows = graph.node("Gather", [whole, graph.nameOf(grid.rows)], { axis: { int: 1 } });
    const picked = graph.node("Gather", [rows, graph.nameOf(grid.columns)], { axis: { int: 2 } });
    return reshape(graph, picked, grid.picks, other.picks);
  };
}
