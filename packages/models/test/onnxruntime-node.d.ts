/** What the tests use of onnxruntime-node, whose package has no types of its own. */
declare module "onnxruntime-node" {
  export class Tensor {
    constructor(dtype: "float32", data: Float32Array, dims: readonly number[]);
    readonly data: Float32Array;
    readonly dims: readonly number[];
  }
  export class InferenceSession {
    static create(model: Uint8Array, options?: { readonly logSeverityLevel?: number }): Promise<InferenceSession>;
    run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  }
}
