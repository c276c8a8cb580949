import * as t from "@tapegrad/tensor";
import { conformanceRows } from "../../../packages/tensor/test/conformance-rows.ts";
import { calls, type Drawn, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";

const exported = new Map(Object.entries(t));

/** Ops whose rows of the conformance tests say what PyTorch calls the same: the rows' inputs, drawn anew. */
export const rows: readonly Target[] = conformanceRows.flatMap(({ name, case: special, inputs, fn, torch }) =>
  torch === undefined
    ? []
    : calls(special === undefined ? name : `${name}, ${special}`, exported.get(name), (draw) => ({
        inputs: inputs(generatorOf(draw)).map(drawn),
        torch,
        run: (x) => fn(...x),
      })),
);

function generatorOf(draw: Draw): t.Generator {
  return new t.Generator(draw.integer(0, 2 ** 31 - 1));
}

function drawn(tensor: t.Tensor): Drawn {
  const values = tensor.dataSync();
  const common = { shape: tensor.shape, view: null };
  if (values instanceof Int32Array) return { ...common, kind: "int32", data: values.slice(), requiresGrad: false };
  return { ...common, kind: "float32", data: Float32Array.from(values), requiresGrad: true };
}
