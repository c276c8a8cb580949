import { Dropout, evaluating, type Layer, training as inTraining } from "@tapegrad/nn";
import { defaultGenerator, equals, Generator, type OpRecord, randn, Tensor, ValueError } from "@tapegrad/tensor";
import { checkBoolean, checkString, checkTensor, showValue, readOptions } from "@tapegrad/tensor/internal";
import { cat } from "@tapegrad/tensor/ops/cat";
import { slice } from "@tapegrad/tensor/ops/slice";
import { writeAtomically } from "../io/write-atomically.ts";
import { convertBatchNorm, convertDropout } from "./convert-layer.ts";
import { convertOp } from "./convert-op.ts";
import { encodeModel } from "./encode-model.ts";
import { GraphBuilder } from "./graph-builder.ts";
import type { OnnxGraph } from "./onnx-graph.ts";
import { trace, type Trace } from "./trace.ts";

/** How a model is exported. */
export interface ExportOnnxOptions {
  /**
   * In which mode it is traced. `"train"` gives ONNX's training-mode nodes for batch norm and dropout, for tools that
   * train on; whatever runs a model wants `"eval"`.
   *
   * @default "eval"
   */
  readonly mode?: "eval" | "train";
  /** Whether any number of samples is accepted, not only as many as `input` has. @default true */
  readonly dynamicBatch?: boolean;
  /** Name of the graph's input. @default "input" */
  readonly inputName?: string;
  /** Name of the graph's output. @default "output" */
  readonly outputName?: string;
}

/**
 * Writes a model as ONNX (operators of version 17), with its weights under their state-dict names.
 *
 * The model is run on `input` and what it does is written down, so it may be a `Sequential` or any module whose path
 * does not depend on values. Its mode, running statistics and random numbers are as before afterwards. The first axis is
 * taken for the batch, and a second run with one more sample tells which extents depend on it; the others are those of
 * `input`.
 *
 * ```ts
 * await exportOnnx("resnet20.onnx", model, zeros([1, 3, 32, 32]));
 * ```
 *
 * @throws ValueError naming an op that has no counterpart, or takes what follows from the input without a record: a run on other
 *   values tells.
 * @see https://onnx.ai/onnx/operators/
 */
export async function exportOnnx(
  path: string | URL,
  model: Layer,
  input: Tensor,
  options: ExportOnnxOptions = {},
): Promise<void> {
  const bytes = await encodeOnnx(model, input, options);
  await writeAtomically(path, (sink) => sink.write(bytes));
}

/** The bytes that `exportOnnx` would write. */
export async function encodeOnnx(model: Layer, input: Tensor, options: ExportOnnxOptions = {}): Promise<Uint8Array> {
  return encodeModel(await graphOf(model, input, options));
}

async function graphOf(model: Layer, sample: Tensor, options: ExportOnnxOptions): Promise<OnnxGraph> {
  checkTensor("exportOnnx", sample, "input");
  const { mode, dynamicBatch, inputName, outputName } = readOptions("exportOnnx", options, {
    mode: ["eval"],
    dynamicBatch: [true],
    inputName: ["input"],
    outputName: ["output"],
  });
  if (mode !== "eval" && mode !== "train")
    throw new ValueError(`exportOnnx: mode must be "eval" or "train", got ${showValue(mode)}`);
  checkBoolean("exportOnnx", "dynamicBatch", dynamicBatch);
  checkString("exportOnnx", "inputName", inputName);
  checkString("exportOnnx", "outputName", outputName);
  const traced = (batch: Tensor): Trace =>
    mode === "eval"
      ? evaluating(model, () => trace(model, batch))
      : withoutTraces(model, () => inTraining(model, () => trace(model, batch)));
  const { input, output, records, layers } = traced(sample);
  await checkConstants(
    { input, output, records, layers },
    elsewhere(() => traced(unlike(sample))),
    model,
  );
  const twins = dynamicBatch ? twinsOf(records, traced(cat([sample, slice(sample, 0, 0, 1)])).records) : records;

  const graph = new GraphBuilder(new Map([...model.namedParameters(), ...model.namedBuffers()]));
  graph.bind(input, inputName);
  for (const [i, record] of records.entries()) {
    const layer = layers.get(record);
    if (record.op.name === "batchNorm") convertBatchNorm(graph, record, mode === "train" ? layer : undefined);
    else if (layer instanceof Dropout) convertDropout(graph, record, layer);
    else convertOp(graph, record, twins[i]!);
  }
  graph.nodes.push({ opType: "Identity", inputs: [graph.nameOf(output)], outputs: [outputName], attributes: {} });
  const extents = ({ shape }: Tensor): (number | string)[] =>
    shape.map((extent, axis) => (dynamicBatch && axis === 0 ? "batch" : extent));
  return {
    name: model.constructor.name,
    nodes: graph.nodes,
    initializers: await graph.initializers(),
    inputs: [{ name: inputName, dtype: input.dtype, shape: extents(input) }],
    outputs: [{ name: outputName, dtype: output.dtype, shape: extents(output) }],
  };
}

/** Values drawn for the shape of an input: nothing that follows from it stays the same. */
function unlike(sample: Tensor): Tensor {
  return randn(sample.shape, { generator: new Generator("exportOnnx"), device: sample.device });
}

/**
 * @throws ValueError naming an op with an operand that follows from the input's values, or from chance, and was not recorded: positions
 *   of maxima, values that were detached. The graph would hold it as a constant.
 */
async function checkConstants(traced: Trace, other: Trace, model: Layer): Promise<void> {
  const state = new Set([...model.parameters(), ...model.buffers()].map(({ storage }) => storage));
  const known = (tensor: Tensor, { input }: Trace): boolean =>
    tensor === input || tensor.record !== null || state.has(tensor.storage);
  const constants = (trace: Trace): readonly (readonly [op: string, tensor: Tensor])[] =>
    trace.records
      .filter((record) => !trace.layers.has(record))
      .flatMap(({ op, inputs, params }) => {
        const { index } = Object(params) as { readonly index?: unknown };
        const operands = index instanceof Tensor ? [...inputs, index] : inputs;
        return operands.filter((tensor) => !known(tensor, trace)).map((tensor) => [op.name, tensor] as const);
      });
  const [here, there] = [constants(traced), constants(other)];
  for (const [i, [op, tensor]] of here.entries()) {
    const twin = there[i];
    if (twin?.[0] === op && (await equals(tensor, twin[1]))) continue;
    throw new ValueError(
      `exportOnnx: an operand of ${op} follows from the values of the input, or from chance, and is not recorded, as positions of maxima and detached values are; it has no counterpart in ONNX here`,
    );
  }
}

/** Runs a function in which the default generator gives other numbers; afterwards it goes on as if nothing had been drawn. */
function elsewhere<R>(fn: () => R): R {
  const generator = defaultGenerator();
  const before = generator.getState();
  generator.next();
  try {
    return fn();
  } finally {
    generator.setState(before);
  }
}

/** The records of the same ops for a batch of another size. @throws ValueError if the model does something else then. */
function twinsOf(records: readonly OpRecord[], others: readonly OpRecord[]): readonly OpRecord[] {
  if (records.length === others.length && records.every(({ op }, i) => op.name === others[i]!.op.name)) return others;
  throw new ValueError("exportOnnx: what the model does depends on the size of the batch; set dynamicBatch to false");
}

/** Runs the model in train mode and undoes what that changes: running statistics and the state of the random generator. */
function withoutTraces<R>(model: Layer, fn: () => R): R {
  const state = model.stateDict({ copy: true });
  const random = defaultGenerator().getState();
  try {
    return fn();
  } finally {
    model.loadStateDict(state);
    defaultGenerator().setState(random);
    for (const tensor of state.values()) tensor.dispose();
  }
}
