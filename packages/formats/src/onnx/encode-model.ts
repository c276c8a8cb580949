import { ValueError } from "@tapegrad/tensor";
import { PbfWriter } from "pbf";
import type { FileDType } from "../io/file-dtype.ts";
import type { OnnxAttribute, OnnxGraph, OnnxInitializer, OnnxNode, OnnxValue } from "./onnx-graph.ts";

/** The version of the operators that the nodes mean, and of the file format that came with it. */
const opset = 17;
const irVersion = 8;

/**
 * The bytes of an ONNX model.
 *
 * The field numbers are those of onnx.proto3.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, irVersion);
  pbf.writeStringField(2, "tapegrad");
  pbf.writeMessage(7, writeGraph, graph);
  pbf.writeMessage(8, writeOpset, opset);
  return pbf.finish();
}

function writeOpset(version: number, pbf: PbfWriter): void {
  pbf.writeStringField(1, "");
  pbf.writeVarintField(2, version);
}

function writeGraph({ name, nodes, initializers, inputs, outputs }: OnnxGraph, pbf: PbfWriter): void {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, name);
  for (const initializer of initializers) pbf.writeMessage(5, writeTensor, initializer);
  for (const input of inputs) pbf.writeMessage(11, writeValue, input);
  for (const output of outputs) pbf.writeMessage(12, writeValue, output);
}

function writeNode({ opType, inputs, outputs, attributes }: OnnxNode, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, outputs[0]!);
  pbf.writeStringField(4, opType);
  for (const entry of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, entry);
}

function writeAttribute([name, value]: readonly [string, OnnxAttribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if ("float" in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1);
  } else if ("int" in value) {
    pbf.writeVarintField(3, value.int);
    pbf.writeVarintField(20, 2);
  } else {
    for (const int of value.ints) pbf.writeVarintField(8, int);
    pbf.writeVarintField(20, 7);
  }
}

function writeTensor({ name, dtype, shape, bytes }: OnnxInitializer, pbf: PbfWriter): void {
  for (const extent of shape) pbf.writeVarintField(1, extent);
  pbf.writeVarintField(2, elementType(dtype));
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, bytes);
}

function writeValue({ name, dtype, shape }: OnnxValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, writeType, { dtype, shape });
}

function writeType(type: Omit<OnnxValue, "name">, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, type);
}

function writeTensorType({ dtype, shape }: Omit<OnnxValue, "name">, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementType(dtype));
  pbf.writeMessage(2, writeShape, shape);
}

function writeShape(shape: OnnxValue["shape"], pbf: PbfWriter): void {
  for (const extent of shape) pbf.writeMessage(1, writeExtent, extent);
}

function writeExtent(extent: number | string, pbf: PbfWriter): void {
  if (typeof extent === "number") pbf.writeVarintField(1, extent);
  else pbf.writeStringField(2, extent);
}

/** The numbers of TensorProto.DataType. */
function elementType(dtype: FileDType): number {
  switch (dtype) {
    case "float32":
      return 1;
    case "int32":
      return 6;
    case "int64":
      return 7;
    case "bool":
      return 9;
    default:
      throw new ValueError(`exportOnnx: no ${dtype} is written`);
  }
}
