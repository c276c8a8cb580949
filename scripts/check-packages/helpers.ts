// Helpers beside what is public cannot be imported, nor can their types.
// @ts-expect-error
export type Helper = typeof import("@tapegrad/tensor/ops/cat").catFor;
// @ts-expect-error
export type TypeOfHelper = import("@tapegrad/tensor/ops/matmul").Transposed;
export type Public = typeof import("@tapegrad/tensor/ops/cat").cat;
export type PublicType = import("@tapegrad/nn/load-state-dict").StateDict;
// All types hold without Node's.
export type Rest = [typeof import("@tapegrad/inspect"), typeof import("@tapegrad/train")];
