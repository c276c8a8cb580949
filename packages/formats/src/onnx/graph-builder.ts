import type { Storage, Tensor } from "@tapegrad/tensor";
import { denseBytes } from "../io/content.ts";
import { fileTensor, type FileTensor } from "../io/file-tensor.ts";
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from "./onnx-graph.ts";

/** Collects the nodes and constants of a graph, and what its values are called. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, Tensor | FileTensor>();
  readonly #values = new Map<Tensor, string>();
  /** Names of parameters and buffers, by what they hold: views have the same name. */
  readonly #state: ReadonlyMap<Storage, string>;

  /** @param state parameters and buffers under their names. */
  constructor(state: ReadonlyMap<string, Tensor>) {
    this.#state = new Map(Array.from(state, ([name, tensor]) => [tensor.storage, name]));
  }

  /** Gives a tensor of the trace a name. */
  bind(tensor: Tensor, name: string): void {
    this.#values.set(tensor, name);
  }

  /** The name of a tensor: what a node called it, or that of a constant that the graph carries from here on. */
  nameOf(tensor: Tensor): string {
    const known = this.#values.get(tensor);
    if (known !== undefined) return known;
    const name = this.#state.get(tensor.storage) ?? `constant_${this.#constants.size}`;
    this.#constants.set(name, tensor);
    this.#values.set(tensor, name);
    return name;
  }

  /** Adds a node and returns the name of its (first) output. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    moreOutputs = 0,
  ): string {
    const base = `${opType}_${this.nodes.length}`;
    const outputs = [base, ...Array.from({ length: moreOutputs }, (_, i) => `${base}_${i + 1}`)];
    this.nodes.push({ opType, inputs, outputs, attributes });
    return base;
  }

  /** A float that the graph carries, as a scalar. */
  float(value: number): string {
    return this.constant(fileTensor(Float32Array.of(value), []));
  }

  /** Floats that the graph carries. */
  floats(values: Float32Array<ArrayBuffer>, shape: readonly number[]): string {
    return this.constant(fileTensor(values, shape));
  }

  /** A list of integers that the graph carries: a shape, axes. */
  ints(values: readonly number[]): string {
    return this.constant(fileTensor(BigInt64Array.from(values, BigInt), [values.length]));
  }

  constant(tensor: Tensor | FileTensor): string {
    const name = `constant_${this.#constants.size}`;
    this.#constants.set(name, tensor);
    return name;
  }

  /** The constants that nodes have named, with their values. */
  async initializers(): Promise<OnnxInitializer[]> {
    return Promise.all(
      Array.from(this.#constants, async ([name, tensor]) => ({
        name,
        dtype: tensor.dtype,
        shape: tensor.shape,
        bytes: await denseBytes(tensor),
      })),
    );
  }
}
