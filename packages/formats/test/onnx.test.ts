import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeOnnx, exportOnnx } from "@tapegrad/formats";
import {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  BatchNorm2d,
  CELU,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  Dropout,
  ELU,
  Flatten,
  functional,
  GELU,
  GroupNorm,
  Hardsigmoid,
  Hardswish,
  InstanceNorm2d,
  type Layer,
  LayerNorm,
  LeakyReLU,
  Linear,
  LocalResponseNorm,
  LogSoftmax,
  LPPool2d,
  MaxPool2d,
  Mish,
  Module,
  ReLU,
  ReLU6,
  ReplicationPad2d,
  RMSNorm,
  SELU,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
  Unfold,
  Upsample,
  UpsamplingBilinear2d,
  ZeroPad2d,
} from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { defaultGenerator, manualSeed, noGrad, randn, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { abs } from "@tapegrad/tensor/ops/abs";
import { add } from "@tapegrad/tensor/ops/add";
import { cat } from "@tapegrad/tensor/ops/cat";
import { cos } from "@tapegrad/tensor/ops/cos";
import { flip } from "@tapegrad/tensor/ops/flip";
import { matmul } from "@tapegrad/tensor/ops/matmul";
import { mean } from "@tapegrad/tensor/ops/mean";
import { pow } from "@tapegrad/tensor/ops/pow";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { slice } from "@tapegrad/tensor/ops/slice";
import { transpose } from "@tapegrad/tensor/ops/transpose";
import { expectClose } from "@tapegrad/testing";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { PbfReader, PbfWriter } from "pbf";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

beforeEach(() => void manualSeed(0));

async function runOnnx(bytes: Uint8Array, input: Tensor): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const { output } = await session.run({
    input: new OrtTensor("float32", (await input.data()) as Float32Array, [...input.shape]),
  });
  return { data: output!.data, dims: output!.dims };
}

/** A model's outputs, ours and onnxruntime's, for the input it was traced with and for a larger batch. */
async function expectSame(model: Layer, shape: readonly number[]): Promise<void> {
  model.eval();
  const bytes = await encodeOnnx(model, randn(shape));
  for (const n of [shape[0]!, shape[0]! + 2]) {
    const input = randn([n, ...shape.slice(1)]);
    const expected = noGrad(() => model.forward(input));
    const { data, dims } = await runOnnx(bytes, input);
    expect(dims).toEqual(expected.shape);
    expectClose(data, expected);
  }
}

const mul3 = (x: Tensor): Tensor => t.mul(x, 3);

/** A model of one function. */
class Lambda extends Module {
  readonly #fn: (x: Tensor) => Tensor;
  constructor(fn: (x: Tensor) => Tensor) {
    super();
    this.#fn = fn;
  }
  forward(x: Tensor): Tensor {
    return this.#fn(x);
  }
}

describe("onnxruntime computes the same", () => {
  test("for a Sequential with batch norm, pooling and dropout", async () => {
    const model = new Sequential(
      new Conv2d(3, 8, 3, { padding: 1, stride: 2 }),
      new BatchNorm2d(8),
      new ReLU(),
      new MaxPool2d(2),
      new Dropout(0.5),
      new Conv2d(8, 8, 3, { padding: "same", dilation: 2, groups: 4, bias: false }),
      new BatchNorm2d(8, { affine: false }),
      new ReLU6(),
      new Flatten(),
      new Linear(8 * 4 * 4, 10),
      new LogSoftmax(1),
    );
    // Statistics that are not 0 and 1.
    model.forward(randn([16, 3, 16, 16]));
    await expectSame(model, [2, 3, 16, 16]);
  });

  test.each<[string, () => Layer]>([
    ["ELU", () => new ELU(0.7)],
    ["SELU", () => new SELU()],
    ["GELU", () => new GELU()],
    ["GELU by tanh", () => new GELU({ approximate: "tanh" })],
    ["SiLU", () => new SiLU()],
    ["Softplus", () => new Softplus({ beta: 2 })],
    ["LeakyReLU", () => new LeakyReLU(0.2)],
    ["Hardswish", () => new Hardswish()],
    ["Mish", () => new Mish()],
    ["roots as powers", () => new Lambda((x) => add(pow(abs(x), 0.5), pow(add(abs(x), 1), -0.5)))],
    ["Sigmoid", () => new Sigmoid()],
    ["Tanh", () => new Tanh()],
    ["Softmax", () => new Softmax(1)],
    ["AvgPool2d", () => new AvgPool2d(2)],
    ["AvgPool2d with padding", () => new AvgPool2d(3, { stride: 2, padding: 1 })],
    ["MaxPool2d in ceil mode", () => new MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true })],
    ["AdaptiveAvgPool2d to one", () => new AdaptiveAvgPool2d(1)],
    ["AdaptiveAvgPool2d with overlapping bins", () => new AdaptiveAvgPool2d([3, 4])],
    ["ZeroPad2d", () => new ZeroPad2d([1, 2, 0, 1])],
    ["a transposed product", () => new Lambda((x) => transpose(x, 1, 3))],
    ["slices, flips and joins", () => new Lambda((x) => cat([slice(x, 2, 1, 5, 2), flip(slice(x, 2, 0, 2), [3])], 2))],
    ["means and functions", () => new Lambda((x) => cos(mean(x, [2, 3])))],
    ["GroupNorm", () => new GroupNorm(2, 4)],
    ["LayerNorm", () => new LayerNorm([6, 6])],
    ["InstanceNorm2d", () => new InstanceNorm2d(4, { affine: true })],
    ["BatchNorm2d without running statistics", () => new BatchNorm2d(4, { trackRunningStats: false })],
    ["a linear layer on the last axis", () => new Linear(6, 3)],
    [
      "ConvTranspose2d",
      () => new ConvTranspose2d(4, 6, [3, 2], { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    ],
    ["dilated ConvTranspose2d", () => new ConvTranspose2d(4, 3, 3, { outputPadding: 1, dilation: 2 })],
    [
      "ConvTranspose1d",
      () => new Sequential(new Flatten({ startDim: 2 }), new ConvTranspose1d(4, 3, 3, { stride: 2 })),
    ],
    ["AdaptiveMaxPool2d", () => new AdaptiveMaxPool2d([4, 3])],
    ["ReplicationPad2d", () => new ReplicationPad2d([1, 2, 0, 3])],
    ["nearest neighbours", () => new Upsample({ scaleFactor: 1.5 })],
    ["UpsamplingBilinear2d", () => new UpsamplingBilinear2d({ size: [9, 4] })],
    ["Unfold", () => new Unfold(2, { stride: 2 })],
    ["LPPool2d", () => new Sequential(new Sigmoid(), new LPPool2d(3, 2))],
    ["LocalResponseNorm", () => new LocalResponseNorm(3)],
    ["RMSNorm", () => new RMSNorm(6)],
    ["CELU", () => new CELU(0.5)],
    ["Hardsigmoid", () => new Hardsigmoid()],
    ["normalize", () => new Lambda((x) => functional.normalize(x))],
    ["cosineSimilarity", () => new Lambda((x) => functional.cosineSimilarity(x, slice(x, 3, 0, 1)))],
    [
      "rounding",
      () => new Lambda((x) => t.add(t.add(t.floor(x), t.ceil(mul3(x))), t.add(t.round(mul3(x)), t.trunc(mul3(x))))),
    ],
    ["arcs", () => new Lambda((x) => t.add(t.atan(x), t.add(t.asin(t.tanh(x)), t.acos(t.tanh(x)))))],
    ["hyperbolic functions", () => new Lambda((x) => t.add(t.sinh(x), t.add(t.cosh(x), t.tan(t.tanh(x)))))],
    [
      "powers and logarithms",
      () => new Lambda((x) => t.add(t.add(t.exp2(x), t.expm1(x)), t.add(t.log2(t.exp(x)), t.log10(t.exp(x))))),
    ],
    ["remainders and mixtures", () => new Lambda((x) => t.lerp(t.fmod(mul3(x), 2), x, 0.75))],
    [
      "bounds that are tensors",
      () => new Lambda((x) => t.clamp(x, { min: t.full([6], -0.5), max: slice(x, 2, 0, 1) })),
    ],
    ["deviations", () => new Lambda((x) => t.std(x, [1, 3], { keepDim: true }))],
    ["extremes", () => new Lambda((x) => t.sub(t.amax(x, 1), t.amin(x, 1)))],
    ["running sums", () => new Lambda((x) => t.cumsum(x, 2))],
  ])("for %s", async (_, make) => {
    await expectSame(make(), [2, 4, 6, 6]);
  });

  test("regular windows as what ONNX calls them, others as products", async () => {
    const named = async (pooling: Layer): Promise<boolean> =>
      new TextDecoder("latin1").decode(await encodeOnnx(pooling, randn([2, 4, 6, 6]))).includes("AveragePool");
    expect(await named(new AvgPool2d(2))).toBe(true);
    expect(await named(new AdaptiveAvgPool2d([3, 2]))).toBe(true);
    expect(await named(new AdaptiveAvgPool2d([4, 3]))).toBe(false);
  });

  test("for a fixed batch, where the model asks for one", async () => {
    const model = new Lambda((x) => reshape(matmul(x, transpose(x, 0, 1)), [x.shape[0]!, 1, x.shape[0]!]));
    const input = randn([2, 3]);
    await expect(encodeOnnx(model, input)).rejects.toThrow(/more than one extent depends on the batch/);
    expectClose(
      (await runOnnx(await encodeOnnx(model, input, { dynamicBatch: false }), input)).data,
      model.forward(input),
    );
  });

  test("from the file, whose weights have their state-dict names", async () => {
    const path = join(folder, "model.onnx");
    const model = new Sequential({ body: new Linear(3, 2), act: new ReLU() });
    await exportOnnx(path, model, randn([1, 3]));
    const bytes = new Uint8Array(readFileSync(path));
    expect(new TextDecoder("latin1").decode(bytes)).toContain("body.weight");
    const input = randn([5, 3]);
    expectClose((await runOnnx(bytes, input)).data, model.forward(input));
  });
});

test.each<[string, (x: Tensor) => Tensor]>([
  ["norm of order 3", (x) => t.norm(x, { p: 3, dim: 1 })],
  ["norm of a scalar", (x) => t.add(x, t.norm(t.mean(x)))],
  ["mean of a scalar", (x) => t.add(x, t.mean(t.sum(x)))],
  ["sum over no axes", (x) => t.add(x, t.sum(x, []))],
  ["variance over no axes", (x) => t.add(x, t.varMean(x, [], { correction: 0 })[0])],
  ["root mean square with the batch", (x) => functional.rmsNorm(x, x.shape)],
  ["indexSelect of an axis of one", (x) => t.indexSelect(x, 1, tensor(Int32Array.of(0, 0)))],
  ["indexSelect of the first of an axis of one", (x) => t.indexSelect(x, 1, tensor(Int32Array.of(0)))],
  ["indexSelect of the last axis of several of one", (x) => t.indexSelect(x, 2, tensor(Int32Array.of(0, 0, 0)))],
  ["cumsum before an axis of one", (x) => t.cumsum(t.reshape(x, [-1, 1, 5, 1]), 2)],
  ["cumsum of an axis of one", (x) => t.cumsum(x, 1)],
])("axes are found in a batch of one: %s", async (_, fn) => {
  await expectSame(new Lambda(fn), [1, 1, 1, 5]);
});

test.each<[string, (x: Tensor) => Tensor]>([
  [
    "a border goes around the batch",
    (x) =>
      functional.padBorder(
        x,
        [
          [1, 1],
          [0, 0],
        ],
        { mode: "replicate" },
      ),
  ],
  ["a border goes around the batch", (x) => functional.padBorder(transpose(x, 0, 1), [[1, 1]], { mode: "replicate" })],
  ["a number of div depends on the batch", (x) => t.div(x, x.shape[0]!)],
  ["a variance is taken over the batch", (x) => t.varMean(x, 0)[0]],
])("%s: what depends on its size is refused", async (words, fn) => {
  await expect(encodeOnnx(new Lambda(fn), randn([2, 3]))).rejects.toThrow(`exportOnnx: ${words}; set dynamicBatch`);
  const input = randn([2, 3]);
  expectClose((await runOnnx(await encodeOnnx(new Lambda(fn), input, { dynamicBatch: false }), input)).data, fn(input));
});

test("an op without counterpart is named", async () => {
  const model = new Lambda((x) => t.atan2(x, 2));
  await expect(encodeOnnx(model, randn([1, 2]))).rejects.toThrow(ValueError);
  await expect(encodeOnnx(model, randn([1, 2]))).rejects.toThrow(/exportOnnx: the op atan2 has no counterpart/);
});

test.each<[string, (x: Tensor) => Tensor]>([
  ["gather", (x) => t.max(x, 1).values],
  ["mul", (x) => t.mul(x, x.detach())],
  ["add", (x) => t.add(x, t.rand([3]))],
])("%s of what follows from the input, unrecorded, is refused, whatever the sample holds", async (op, fn) => {
  await expect(encodeOnnx(new Lambda(fn), t.zeros([2, 3]))).rejects.toThrow(
    `exportOnnx: an operand of ${op} follows from the values of the input, or from chance`,
  );
});

test("what chance draws is refused in train mode, too, in which each run draws the same", async () => {
  const model = new Lambda((x) => t.add(x, t.rand([3])));
  await expect(encodeOnnx(model, randn([2, 3]), { mode: "train" })).rejects.toThrow("an operand of add follows from");
});

test("positions for each example need a batch of fixed size", async () => {
  const model = new Lambda((x) => t.gather(x, 1, t.zeros([x.shape[0]!, 2], { dtype: "int32" })));
  await expect(encodeOnnx(model, randn([2, 3]))).rejects.toThrow(/set dynamicBatch to false/);
  const input = randn([2, 3]);
  const { data } = await runOnnx(await encodeOnnx(model, input, { dynamicBatch: false }), input);
  expectClose(
    data,
    noGrad(() => model.forward(input)),
  );
});

describe("train mode", () => {
  const nodes = (bytes: Uint8Array): Map<string, ReturnType<typeof readNode>> => {
    const found = new Map<string, ReturnType<typeof readNode>>();
    new PbfReader(bytes).readFields((tag, _, pbf) => {
      if (tag !== 7) return;
      pbf.readMessage((field, __, graph) => {
        if (field === 1) {
          const node = readNode(graph);
          found.set(node.opType, node);
        }
      }, null);
    }, null);
    return found;
  };

  test("gives training-mode nodes and leaves the model as it was", async () => {
    const model = new Sequential(new BatchNorm2d(2, { momentum: 0.25 }), new Dropout(0.3)).eval();
    const input = randn([4, 2, 3, 3]);
    const random = manualSeed(3).getState();
    const found = nodes(await encodeOnnx(model, input, { mode: "train" }));
    expect(found.get("BatchNormalization")!.ints.get("training_mode")).toBe(1);
    expect(found.get("BatchNormalization")!.floats.get("momentum")).toBeCloseTo(0.75);
    expect(found.get("BatchNormalization")!.outputs).toHaveLength(3);
    expect(found.get("Dropout")!.inputs).toHaveLength(3);
    expect(model.training).toBe(false);
    expect(model.modules().every(({ training }) => !training)).toBe(true);
    expect((model.at(0) as BatchNorm2d).numBatchesTracked!.itemSync()).toBe(0);
    expect(Array.from((model.at(0) as BatchNorm2d).runningMean!.dataSync())).toEqual([0, 0]);
    expect(defaultGenerator().getState()).toEqual(random);
  });

  test("onnxruntime normalises by the batch, and moves the running statistics as ONNX says", async () => {
    const model = new Sequential(new Conv2d(2, 3, 3), new BatchNorm2d(3, { momentum: 0.25 }), new ReLU());
    const norm = model.at(1) as BatchNorm2d;
    norm.runningMean!.assign(tensor([1, -2, 3]));
    norm.runningVar!.assign(tensor([2, 0.5, 4]));
    const input = randn([4, 2, 6, 6]);
    const bytes = await encodeOnnx(model, input, { mode: "train" });
    const [, mean, variance] = nodes(bytes).get("BatchNormalization")!.outputs;
    const session = await InferenceSession.create(withOutputs(bytes, [mean!, variance!]), { logSeverityLevel: 3 });
    const feeds = { input: new OrtTensor("float32", (await input.data()) as Float32Array, [...input.shape]) };
    const found = await session.run(feeds);
    const before = [norm.runningMean!, norm.runningVar!].map((buffer) => [...buffer.dataSync()]);
    expectClose(found["output"]!.data, model.forward(input));
    expectClose(found[mean!]!.data, norm.runningMean!);
    // PyTorch's running variance takes the unbiased one of the batch's 64 values for each channel.
    const biased = [...norm.runningVar!.dataSync()].map((after, c) => {
      const old = 0.75 * before[1]![c]!;
      return old + ((after - old) * 63) / 64;
    });
    expectClose(found[variance!]!.data, biased);
  });

  test("onnxruntime drops elements as often as told, and scales those it keeps", async () => {
    const input = randn([64, 512]);
    const bytes = await encodeOnnx(new Sequential(new Dropout(0.3)), input, { mode: "train" });
    const { data } = await runOnnx(bytes, input);
    const kept = Array.from(data, (value) => value !== 0);
    const expected = Array.from(input.dataSync(), (value, i) => (kept[i]! ? value / 0.7 : 0));
    expectClose(data, expected);
    const share = kept.filter(Boolean).length / kept.length;
    expect(Math.abs(share - 0.7)).toBeLessThan(6 * Math.sqrt((0.3 * 0.7) / kept.length));
  });

  test("in eval mode neither node is there in its training form", async () => {
    const model = new Sequential(new BatchNorm2d(2), new Dropout(0.3));
    model.forward(randn([4, 2, 3, 3]));
    const found = nodes(await encodeOnnx(model, randn([4, 2, 3, 3])));
    expect(model.training).toBe(true);
    expect(found.get("BatchNormalization")!.ints.has("training_mode")).toBe(false);
    expect(found.has("Dropout")).toBe(false);
  });
});

/** The model with more of its values as outputs: protobuf merges a second graph into the first. */
function withOutputs(model: Uint8Array, names: readonly string[]): Uint8Array {
  const float = 1;
  const pbf = new PbfWriter();
  pbf.writeMessage(
    7,
    (_, graph) => {
      for (const name of names) {
        graph.writeMessage(
          12,
          (__, value) => {
            value.writeStringField(1, name);
            value.writeMessage(
              2,
              (___, type) => type.writeMessage(1, (____, tensorType) => tensorType.writeVarintField(1, float), null),
              null,
            );
          },
          null,
        );
      }
    },
    null,
  );
  return Uint8Array.from([...model, ...pbf.finish()]);
}

interface ReadNode {
  opType: string;
  inputs: string[];
  outputs: string[];
  ints: Map<string, number>;
  floats: Map<string, number>;
}

function readNode(pbf: PbfReader): ReadNode {
  return pbf.readMessage(
    (tag, node: ReadNode, reader) => {
      if (tag === 1) node.inputs.push(reader.readString());
      else if (tag === 2) node.outputs.push(reader.readString());
      else if (tag === 4) node.opType = reader.readString();
      else if (tag === 5) {
        let name = "";
        reader.readMessage((field, _, attribute) => {
          if (field === 1) name = attribute.readString();
          else if (field === 2) node.floats.set(name, attribute.readFloat());
          else if (field === 3) node.ints.set(name, attribute.readVarint());
        }, null);
      }
    },
    { opType: "", inputs: [], outputs: [], ints: new Map(), floats: new Map() },
  );
}
