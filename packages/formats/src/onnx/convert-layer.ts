import { BatchNorm, type Dropout } from "@tapegrad/nn";
import { fromHost, type OpRecord, type Tensor } from "@tapegrad/tensor";
import { fileTensor } from "../io/file-tensor.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/** What a batch norm op says of itself. */
interface BatchNormParams {
  readonly eps: number;
  readonly weight: boolean;
  readonly bias: boolean;
  /** What normalised; null for the statistics of the batch. */
  readonly statistics: readonly [mean: Tensor, variance: Tensor] | null;
}

/**
 * Adds the nodes of a batch norm: one with the running statistics; one in ONNX's training mode for a layer in train mode;
 * the formula itself where there is no such layer but the statistics are the batch's, as in group and layer norms.
 *
 * In training mode ONNX's momentum weighs the old value and its running variance is the biased one, unlike torch's.
 *
 * @param layer the layer in train mode that this is the op of.
 */
export function convertBatchNorm(graph: GraphBuilder, record: OpRecord, layer: BatchNorm | Dropout | undefined): void {
  const { eps, weight, bias, statistics } = record.params as BatchNormParams;
  const [x, ...affine] = record.inputs;
  const channels = x!.shape[1]!;
  const filled = (value: number): Tensor => fromHost(new Float32Array(channels).fill(value), [channels]);
  const trained = layer instanceof BatchNorm ? layer : null;
  const [mean, variance] = statistics ?? [trained?.runningMean ?? filled(0), trained?.runningVar ?? filled(1)];
  const [scale, shift] = [weight ? affine[0]! : null, bias ? affine[Number(weight)]! : null];
  if (statistics === null && trained === null)
    return graph.bind(record.outputs[0]!, normalise(graph, x!, eps, scale, shift));

  const inputs = [x!, scale ?? filled(1), shift ?? filled(0), mean, variance].map((tensor) => graph.nameOf(tensor));
  const training =
    trained === null ? {} : { training_mode: { int: 1 }, momentum: { float: 1 - (trained.momentum ?? 0) } };
  graph.bind(
    record.outputs[0]!,
    graph.node("BatchNormalization", inputs, { epsilon: { float: eps }, ...training }, trained === null ? 0 : 2),
  );
}

/** (x − E[x]) / √(Var[x] + eps) · scale + shift, over all axes but that of the channels. */
function normalise(graph: GraphBuilder, x: Tensor, eps: number, scale: Tensor | null, shift: Tensor | null): string {
  const axes = { axes: { ints: x.shape.map((_, axis) => axis).filter((axis) => axis !== 1) } };
  const perChannel = (tensor: Tensor): string =>
    graph.node("Reshape", [graph.nameOf(tensor), graph.ints([-1, ...x.shape.slice(2).map(() => 1)])]);
  const name = graph.nameOf(x);
  const centred = graph.node("Sub", [name, graph.node("ReduceMean", [name], axes)]);
  const variance = graph.node("ReduceMean", [graph.node("Mul", [centred, centred])], axes);
  let y = graph.node("Div", [centred, graph.node("Sqrt", [graph.node("Add", [variance, graph.float(eps)])])]);
  if (scale !== null) y = graph.node("Mul", [y, perChannel(scale)]);
  return shift === null ? y : graph.node("Add", [y, perChannel(shift)]);
}

/** Adds the node of a dropout in train mode: the op itself is a product with a mask, which is left behind. */
export function convertDropout(graph: GraphBuilder, record: OpRecord, layer: Dropout): void {
  const training = graph.constant(fileTensor(Uint8Array.of(1), [], { dtype: "bool" }));
  graph.bind(
    record.outputs[0]!,
    graph.node("Dropout", [graph.nameOf(record.inputs[0]!), graph.float(layer.p), training]),
  );
}
