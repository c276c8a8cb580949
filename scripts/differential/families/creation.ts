import { init } from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { calls, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { python } from "../python.ts";

/** Tensors with given values, and initialisers without chance. */
export const creation: readonly Target[] = [
  ...(
    [
      ["zeros", t.zeros],
      ["ones", t.ones],
    ] as const
  ).map(([name, op]) =>
    calls(name, op, (draw) => {
      const [shape, dtype] = [draw.shape(), dtypeOf(draw)];
      return {
        inputs: [],
        torch: `torch.${name}(${python(shape)}${torchType(dtype)})`,
        run: () => op(shape, { dtype }),
      };
    }),
  ),
  ...(
    [
      ["zeros_like", t.zerosLike],
      ["ones_like", t.onesLike],
    ] as const
  ).map(([name, op]) =>
    calls(name, op, (draw) => ({
      inputs: [{ ...draw.numbers(draw.shape()), requiresGrad: false }],
      torch: `torch.${name}(x[0])`,
      run: ([x]) => op(x!),
    })),
  ),
  calls("full", t.full, (draw) => {
    const [shape, dtype] = [draw.shape(), dtypeOf(draw)];
    const value = dtype === "int32" ? draw.integer(-9, 9) : draw.pick([0.5, -0, NaN, Infinity, 3]);
    const type = dtype === "int32" ? "torch.int32" : "torch.get_default_dtype()";
    return {
      inputs: [],
      torch: `torch.full(${python(shape)}, ${python(value)}, dtype=${type})`,
      run: () => t.full(shape, value, { dtype }),
    };
  }),
  calls("scalar", t.scalar, (draw) => {
    const value = draw.number(-3, 3);
    return { inputs: [], torch: `torch.tensor(${python(value)}, dtype=torch.float32)`, run: () => t.scalar(value) };
  }),
  calls("eye", t.eye, (draw) => {
    const [rows, columns] = [draw.extent(), draw.extent()];
    return { inputs: [], torch: `torch.eye(${rows}, ${columns})`, run: () => t.eye(rows, columns) };
  }),
  calls("arange", t.arange, (draw) => {
    const [start, end] = [draw.pick([0, 1, -2, 0.5]), draw.integer(-5, 9)];
    const step = draw.pick([1, 2, 0.5, -1, 0.25, 3]);
    return {
      inputs: [],
      torch: `torch.arange(${start}, ${end}, ${step}, dtype=torch.get_default_dtype())`,
      run: () => t.arange(start, end, { step }),
    };
  }),
  calls("tensor", t.tensor, (draw) => {
    const values = draw.list(draw.integer(1, 3), () => [draw.number(-3, 3), draw.integer(-3, 3)]);
    return { inputs: [], torch: `torch.tensor(${python(values)}, dtype=torch.float32)`, run: () => t.tensor(values) };
  }),
  ...(
    [
      ["constant", "constant_", init.constant],
      ["zeros", "zeros_", init.zeros],
      ["ones", "ones_", init.ones],
      ["identity", "eye_", init.identity],
      ["dirac", "dirac_", init.dirac],
    ] as const
  ).map(([name, torch, op]) =>
    calls(`init.${name}`, op, (draw) => {
      const axes = { identity: draw.mostly(2, [3]), dirac: draw.mostly(draw.integer(3, 5), [2]) }[name as string];
      const shape = axes === undefined ? draw.shape() : draw.list(axes, () => draw.integer(1, 5));
      const value = draw.number(-3, 3);
      return {
        inputs: [draw.floats(shape, { grad: false, view: false })],
        torch: `nn.init.${torch}(x[0]${name === "constant" ? `, ${value}` : ""})`,
        run: ([x]) => (name === "constant" ? init.constant(x!, value) : (op as (x: t.Tensor) => t.Tensor)(x!)),
      };
    }),
  ),
  calls("init.calculateGain", init.calculateGain, (draw) => {
    const [name, torch] = draw.pick([
      ["linear", "linear"],
      ["conv2d", "conv2d"],
      ["convTranspose2d", "conv_transpose2d"],
      ["sigmoid", "sigmoid"],
      ["tanh", "tanh"],
      ["relu", "relu"],
      ["leakyRelu", "leaky_relu"],
      ["selu", "selu"],
    ] as const);
    const slope = name === "leakyRelu" && draw.chance(0.7) ? draw.number(0, 2) : undefined;
    return {
      inputs: [],
      torch: `nn.init.calculate_gain(${python(torch)}, ${python(slope)})`,
      run: () => init.calculateGain(name, slope),
    };
  }),
];

function dtypeOf(draw: Draw): t.DType {
  return draw.mostly<t.DType>("float32", ["int32"]);
}

function torchType(dtype: t.DType): string {
  return dtype === "int32" ? ", dtype=torch.int32" : "";
}
