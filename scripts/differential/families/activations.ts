import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { calls, layers, type Target } from "../case.ts";
import type { Draw } from "../draw.ts";
import { keywords, onlyKeywords, python } from "../python.ts";

const { functional } = nn;

type Activation = (x: t.Tensor) => t.Tensor;

/** An activation without options: its name, the layer's, PyTorch's function. */
const plain: readonly (readonly [op: Activation, layer: new () => nn.Module, torch: string])[] = [
  [t.relu, nn.ReLU, "relu"],
  [t.sigmoid, nn.Sigmoid, "sigmoid"],
  [t.tanh, nn.Tanh, "tanh"],
  [t.silu, nn.SiLU, "silu"],
  [functional.relu6, nn.ReLU6, "relu6"],
  [functional.selu, nn.SELU, "selu"],
  [functional.mish, nn.Mish, "mish"],
  [functional.softsign, nn.Softsign, "softsign"],
  [functional.hardsigmoid, nn.Hardsigmoid, "hardsigmoid"],
  [functional.hardswish, nn.Hardswish, "hardswish"],
  [functional.logSigmoid, nn.LogSigmoid, "logsigmoid"],
];

/** Options of the others, as the function, the layer and PyTorch's take them. */
interface Choice {
  readonly run: Activation;
  readonly make: () => nn.Module;
  readonly options: string;
}

const chosen: readonly (readonly [op: unknown, layer: { name: string }, torch: string, choose: (d: Draw) => Choice])[] =
  [
    [
      t.leakyRelu,
      nn.LeakyReLU,
      "leaky_relu",
      (draw) => {
        const slope = draw.mostly(0.01, [0, 0.3, 1, -0.5]);
        return {
          run: (x) => t.leakyRelu(x, slope),
          make: () => new nn.LeakyReLU(slope),
          options: `negative_slope=${slope}`,
        };
      },
    ],
    [
      t.elu,
      nn.ELU,
      "elu",
      (draw) => {
        const alpha = draw.mostly(1, [0, 0.5, 2, -0.5]);
        return { run: (x) => t.elu(x, alpha), make: () => new nn.ELU(alpha), options: `alpha=${python(alpha)}` };
      },
    ],
    [
      functional.celu,
      nn.CELU,
      "celu",
      (draw) => {
        const alpha = draw.mostly(1, [0.5, 2, -0.5, 0]);
        return {
          run: (x) => functional.celu(x, alpha),
          make: () => new nn.CELU(alpha),
          options: `alpha=${python(alpha)}`,
        };
      },
    ],
    [
      t.gelu,
      nn.GELU,
      "gelu",
      (draw) => {
        const options = { approximate: draw.pick(["none", "tanh"] as const) };
        return { run: (x) => t.gelu(x, options), make: () => new nn.GELU(options), options: onlyKeywords(options) };
      },
    ],
    [
      t.softplus,
      nn.Softplus,
      "softplus",
      (draw) => {
        const options = { beta: draw.mostly(1, [0.5, 2, 5]), threshold: draw.mostly(20, [1, 0, 5]) };
        return {
          run: (x) => t.softplus(x, options),
          make: () => new nn.Softplus(options),
          options: onlyKeywords(options),
        };
      },
    ],
    [
      functional.hardtanh,
      nn.Hardtanh,
      "hardtanh",
      (draw) => {
        const options = { minVal: draw.mostly(-1, [-2, 0]), maxVal: draw.mostly(1, [0.5, 2]) };
        return {
          run: (x) => functional.hardtanh(x, options),
          make: () => new nn.Hardtanh(options),
          options: onlyKeywords(options),
        };
      },
    ],
  ];

export const activations: readonly Target[] = [
  ...plain.flatMap(([op, Layer, torch]) => [
    calls(`functional.${torch}`, op, (draw) => ({
      inputs: [draw.floats(draw.shape())],
      torch: `F.${torch}(x[0])`,
      run: ([x]) => op(x!),
    })),
    layers(`nn.${Layer.name}`, Layer, (draw) => ({
      inputs: [draw.floats(draw.shape())],
      make: () => new Layer(),
      torch: `nn.${Layer.name}()`,
    })),
  ]),
  ...chosen.flatMap(([op, Layer, torch, choose]) => [
    calls(`functional.${torch}`, op, (draw) => {
      const { run, options } = choose(draw);
      return { inputs: [draw.floats(draw.shape())], torch: `F.${torch}(x[0], ${options})`, run: ([x]) => run(x!) };
    }),
    layers(`nn.${Layer.name}`, Layer, (draw) => {
      const { make, options } = choose(draw);
      return { inputs: [draw.floats(draw.shape())], make, torch: `nn.${Layer.name}(${options})` };
    }),
  ]),
  calls("functional.prelu", functional.prelu, (draw) => {
    const [shape, slopes] = preluShapes(draw);
    return {
      inputs: [draw.floats(shape), draw.floats([slopes])],
      torch: "F.prelu(x[0], x[1])",
      run: ([x, weight]) => functional.prelu(x!, weight!),
    };
  }),
  layers("nn.PReLU", nn.PReLU, (draw) => {
    const [shape, numParameters] = preluShapes(draw);
    const options = { numParameters, init: draw.mostly(0.25, [0, -1]) };
    return {
      inputs: [draw.floats(shape)],
      make: () => new nn.PReLU(options),
      torch: `nn.PReLU(${onlyKeywords(options)})`,
      frozen: draw.chance(0.1) ? ["weight"] : [],
    };
  }),
  calls("reluGrad", t.reluGrad, (draw) => {
    const shape = draw.shape();
    return {
      inputs: [draw.floats(shape), draw.floats(shape, { grad: false })],
      torch: "torch.where(x[1] <= 0, 0, x[0])",
      run: ([grad, y]) => t.reluGrad(grad!, y!),
    };
  }),
  ...(
    [
      ["softmax", t.softmax, nn.Softmax],
      ["logSoftmax", t.logSoftmax, nn.LogSoftmax],
    ] as const
  ).flatMap(([name, op, Layer]) => [
    calls(name, op, (draw) => {
      const shape = draw.shape();
      const dim = draw.dim(shape.length);
      const torch = name === "softmax" ? "softmax" : "log_softmax";
      return { inputs: [draw.floats(shape)], torch: `F.${torch}(x[0], ${dim})`, run: ([x]) => op(x!, dim) };
    }),
    layers(`nn.${Layer.name}`, Layer, (draw) => {
      const shape = draw.shape();
      const dim = draw.dim(shape.length);
      return { inputs: [draw.floats(shape)], make: () => new Layer(dim), torch: `nn.${Layer.name}(${dim})` };
    }),
  ]),
  ...(
    [
      ["dropout", t.dropout],
      ["dropout1d", functional.dropout1d],
      ["dropout2d", t.dropout2d],
      ["alpha_dropout", functional.alphaDropout],
    ] as const
  ).map(([name, op]) =>
    calls(`functional.${name}`, op, (draw) => {
      const [p, training] = certain(draw);
      const ranks = name === "dropout1d" ? [2, 3] : [3, 4];
      const shape = name.endsWith("d") ? draw.list(draw.pick(ranks), () => draw.extent()) : draw.shape();
      return {
        inputs: [draw.floats(shape)],
        torch: `F.${name}(x[0], ${p}${keywords({ training })})`,
        run: ([x]) => op(x!, p, { training }),
      };
    }),
  ),
  ...(
    [
      [nn.Dropout, 1, 4],
      [nn.Dropout1d, 2, 3],
      [nn.Dropout2d, 3, 4],
      [nn.AlphaDropout, 1, 4],
    ] as const
  ).map(([Layer, least, most]) =>
    layers(`nn.${Layer.name}`, Layer, (draw) => {
      const [p, train] = certain(draw);
      return {
        inputs: [draw.floats(draw.list(draw.integer(least, most), () => draw.extent()))],
        make: () => new Layer(p),
        torch: `nn.${Layer.name}(${p})`,
        calls: [{ train, inputs: [0] }],
      };
    }),
  ),
  calls("applyKeepMask", t.applyKeepMask, (draw) => {
    const shape = draw.shape();
    const p = draw.pick([0, 0.25, 0.5]);
    const keep = draw.integers(shape, 0, 1);
    return {
      inputs: [draw.floats(shape), { ...keep, kind: "float32", data: Float32Array.from(keep.data) }],
      torch: `x[0] * x[1] / (1 - ${p})`,
      run: ([x, mask]) => t.applyKeepMask(x!, mask!, p),
    };
  }),
  layers("nn.Identity", nn.Identity, (draw) => ({
    inputs: [draw.floats(draw.shape())],
    make: () => new nn.Identity(),
    torch: "nn.Identity()",
  })),
];

/** A shape, and a number of slopes that mostly suits it. */
function preluShapes(draw: Draw): [shape: number[], slopes: number] {
  const shape = draw.shape();
  return [shape, draw.chance(0.5) ? 1 : draw.chance(0.05) ? 7 : (shape[1] ?? 1) || 1];
}

/** Dropout whose result is known: none is dropped, or all. */
function certain(draw: Draw): [p: number, training: boolean] {
  return draw.chance(0.5) ? [draw.pick([0, 1]), true] : [draw.pick([0, 0.3, 0.5, 1]), false];
}
