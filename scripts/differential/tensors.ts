import { fromHost, type Tensor } from "@tapegrad/tensor";
import type { Values } from "./answer.ts";
import type { Drawn } from "./case.ts";

export function upload({ data, kind, shape, requiresGrad }: Drawn): Tensor {
  return fromHost(kind === "bool" ? Float32Array.from(data) : data, shape, requiresGrad);
}

export function look(value: Tensor | number): Values {
  if (typeof value === "number") return { shape: [], kind: "float", data: [value] };
  return { shape: value.shape, kind: value.dtype === "int32" ? "int" : "float", data: value.dataSync().slice() };
}
