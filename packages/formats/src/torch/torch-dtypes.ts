import { type FileDType, layoutOf } from "../io/file-dtype.ts";

/** A dtype of PyTorch, and what it is here. */
export interface TorchDType {
  readonly dtype: FileDType;
  /** PyTorch's own name, without `torch.`. */
  readonly dtypeName: string;
  readonly elementBytes: number;
}

const read: readonly FileDType[] = [
  "float8_e4m3fn",
  "float8_e5m2",
  "float16",
  "bfloat16",
  "float32",
  "float64",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
];

/** Those whose values are not read, and how many bytes one takes: tensors of them have a shape and bytes. */
const unread: Readonly<Record<string, number>> = {
  complex32: 4,
  complex64: 8,
  complex128: 16,
  qint8: 1,
  quint8: 1,
  qint32: 4,
  float8_e4m3fnuz: 1,
  float8_e5m2fnuz: 1,
  float8_e8m0fnu: 1,
  float4_e2m1fn_x2: 1,
};

/** PyTorch's dtypes by their names, as of 2.9. */
export const torchDTypes: ReadonlyMap<string, TorchDType> = new Map(
  [
    ...read.map((dtype): TorchDType => ({ dtype, dtypeName: dtype, elementBytes: layoutOf(dtype).bytes })),
    ...Object.entries(unread).map(([dtypeName, elementBytes]): TorchDType => ({
      dtype: "unknown",
      dtypeName,
      elementBytes,
    })),
  ].map((type) => [type.dtypeName, type]),
);
