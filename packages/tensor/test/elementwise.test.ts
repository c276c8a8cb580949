import { grad } from "@tapegrad/autograd";
import {
  abs,
  add,
  allClose,
  cast,
  clamp,
  clone,
  cos,
  div,
  DTypeError,
  elu,
  equal,
  equals,
  erf,
  exp,
  fromHost,
  gelu,
  greater,
  leakyRelu,
  less,
  log,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  type Num,
  pow,
  relu,
  ShapeError,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
  ValueError,
  where,
  withDevice,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { broadcastablePairs, eachDevice, expectClose, gridValues, portableDevices } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const nan = Number.NaN;

/** The gradient of the sum of `f(x)`. */
function slope(f: (x: Tensor) => Tensor, values: number[]): number[] {
  const x = tensor(values, { requiresGrad: true });
  return Array.from(grad(sum(f(x)), [x])[0]!.dataSync(), (value) => value + 0);
}

eachDevice((device) => {
  test("numbers stand on either side", () => {
    const x = tensor([1, 2, 4]);
    expectClose(sub(x, 1), [0, 1, 3]);
    expectClose(sub(1, x), [0, -1, -3]);
    expectClose(div(8, x), [8, 4, 2]);
    expectClose(pow(2, x), [2, 4, 16]);
  });

  test("a column and a row make a table", () => {
    const table = add(tensor([[10], [20]]), tensor([1, 2, 3]));
    expect(table.shape).toEqual([2, 3]);
    expectClose(table, [11, 12, 13, 21, 22, 23]);
  });

  test("int32 stays int32 where torch keeps it", () => {
    const x = tensor([7, -3], { dtype: "int32" });
    for (const y of [
      add(x, x),
      mul(x, -2),
      neg(x),
      abs(x),
      sign(x),
      maximum(x, 0),
      relu(x),
      clamp(x, { max: 2 }),
      sub(1, x),
    ]) {
      expect(y.dtype).toBe("int32");
    }
    expect([...mul(x, -2).dataSync()]).toEqual([-14, 6]);
  });

  test("int32 becomes float32 where torch promotes it", () => {
    const x = tensor([7, -3], { dtype: "int32" });
    expectClose(div(x, 2), [3.5, -1.5]);
    expectClose(add(x, 0.5), [7.5, -2.5]);
    expectClose(add(x, tensor([0.25, 0.25])), [7.25, -2.75]);
    expectClose(exp(tensor([0, 1], { dtype: "int32" })), [1, Math.E]);
    const either = (b: number): Tensor => where(tensor([1, 0]), x, b);
    expect([either(2).dtype, either(0.5).dtype]).toEqual(["int32", "float32"]);
    expectClose(either(0.5), [7, 0.5]);
  });

  test("comparisons give float32 ones and zeros", () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([3, 2, 1])];
    expect(less(a, b).dtype).toBe("float32");
    expect([...less(a, b).dataSync()]).toEqual([1, 0, 0]);
    expect([...equal(a, b).dataSync()]).toEqual([0, 1, 0]);
    expect([...notEqual(a, 2).dataSync()]).toEqual([1, 0, 1]);
  });

  test("NaN goes through relu, clamp, maximum, minimum and where's condition", () => {
    const x = tensor([nan, -1, 2]);
    expectClose(relu(x), [nan, 0, 2]);
    expectClose(clamp(x, { min: 0, max: 1 }), [nan, 0, 1]);
    expectClose(maximum(x, 0), [nan, 0, 2]);
    expectClose(maximum(0, x), [nan, 0, 2]);
    expectClose(minimum(tensor([1, nan, 3]), tensor([nan, 1, 2])), [nan, nan, 2]);
    expectClose(where(x, 1, 0), [1, 1, 1]);
    expectClose(equal(x, x), [0, 1, 1]);
  });

  test("clamp gives max where the bounds cross", () => {
    expectClose(clamp(tensor([-9, 4, 9]), { min: 5, max: 3 }), [3, 3, 3]);
  });

  test("pow has C's special cases", () => {
    expectClose(pow(tensor([-2, -2, -8, 0, 0, 2]), tensor([3, 2, 1 / 3, 0, 2, -1])), [-8, 4, nan, 1, 0, 0.5]);
  });

  test("large arguments saturate instead of overflowing", () => {
    const x = tensor([-1000, -30, 30, 1000]);
    expectClose(tanh(x), [-1, -1, 1, 1]);
    expectClose(sigmoid(x), [0, Math.exp(-30), 1, 1]);
    expectClose(softplus(x), [0, Math.exp(-30), 30, 1000]);
    expectClose(exp(x), [0, Math.exp(-30), Math.exp(30), Infinity]);
  });

  test("gradients at kinks and ties are PyTorch's", () => {
    expect(slope(relu, [-1, 0, 2])).toEqual([0, 0, 1]);
    expect(slope(abs, [-1, 0, 2])).toEqual([-1, 0, 1]);
    expect(slope(sqrt, [0, 4])).toEqual([Infinity, 0.25]);
    expect(slope((x) => clamp(x, { min: 0, max: 1 }), [-0.5, 0, 0.5, 1, 1.5])).toEqual([0, 1, 1, 1, 0]);
    expect(slope((x) => maximum(x, tensor([1, 1, 1])), [0, 1, 2])).toEqual([0, 0.5, 1]);
    expect(slope((x) => minimum(x, 1), [0, 1, 2])).toEqual([1, 0.5, 0]);
    expect(slope((x) => pow(x, 0), [0, 3])).toEqual([0, 0]);
    expect(slope((x) => pow(0, x), [1, 2])).toEqual([0, 0]);
  });

  test("where keeps NaN of the other branch out of the gradient", () => {
    expect(slope((x) => where(greater(x, 0), log(x), 0), [-1, 0.5])).toEqual([0, 2]);
  });

  test("a broadcast operand's gradient is summed over what it was repeated for", () => {
    const bias = tensor([[1], [2]], { requiresGrad: true });
    const weights = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expectClose(grad(sum(mul(bias, weights)), [bias])[0]!, tensor([[6], [15]]));
  });

  test("cast rounds toward zero", () => {
    const y = cast(tensor([-1.9, -0.5, 0.5, 1.9]), "int32");
    expect(y.dtype).toBe("int32");
    expect([...y.dataSync()].map((value) => value + 0)).toEqual([-1, 0, 0, 1]);
  });

  test("clone has a storage of its own", () => {
    const x = tensor([1, 2]);
    const y = clone(x);
    x.assign(tensor([8, 9]));
    expectClose(y, [1, 2]);
  });

  test("empty tensors stay empty", () => {
    const empty = tensor([], { shape: [0, 3] });
    expect(add(empty, tensor([1, 2, 3])).shape).toEqual([0, 3]);
    expect(relu(empty).shape).toEqual([0, 3]);
  });

  const operations: readonly (readonly [string, (a: Num, b: Num) => Tensor, (a: number, b: number) => number])[] = [
    ["add", add, (a, b) => a + b],
    ["sub", sub, (a, b) => a - b],
    ["mul", mul, (a, b) => a * b],
    ["maximum", maximum, Math.max],
    ["less", less, (a, b) => Number(a < b)],
  ];

  test("broadcasting is what a loop over indices does", () => {
    const pairs = broadcastablePairs({ maxRank: 4, maxExtent: device === "wasm" ? 9 : 4 });
    const cases = pairs.chain((pair) =>
      fc.record({
        pair: fc.constant(pair),
        a: gridValues(sizeOf(pair.a)),
        b: gridValues(sizeOf(pair.b)),
        operation: fc.constantFrom(...operations),
      }),
    );
    fc.assert(
      fc.property(cases, ({ pair, a, b, operation: [, fn, f] }) => {
        const result = fn(tensor(a, { shape: pair.a }), tensor(b, { shape: pair.b }));
        expect(result.shape).toEqual(pair.result);
        expect([...result.dataSync()].map((value) => value + 0)).toEqual(
          broadcastLoop(f, a, pair.a, b, pair.b, pair.result),
        );
      }),
      { numRuns: device === "wasm" ? 500 : 100 },
    );
  });
});

/** f of the elements that each index of `shape` reads, where axes of 1 repeat; all values are exact. */
function broadcastLoop(
  f: (a: number, b: number) => number,
  a: readonly number[],
  aShape: readonly number[],
  b: readonly number[],
  bShape: readonly number[],
  shape: readonly number[],
): number[] {
  const read = (values: readonly number[], own: readonly number[], index: readonly number[]): number => {
    let position = 0;
    own.forEach(
      (extent, axis) => (position = position * extent + (extent === 1 ? 0 : index[shape.length - own.length + axis]!)),
    );
    return values[position]!;
  };
  return Array.from({ length: sizeOf(shape) }, (_, flat) => {
    const index = shape.map(() => 0);
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return f(read(a, aShape, index), read(b, bShape, index)) + 0;
  });
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

test("shapes that do not broadcast are refused, naming the op and both shapes", () => {
  expect(() => add(tensor([1, 2, 3]), tensor([1, 2]))).toThrow(
    new ShapeError(
      "add: shapes [3] and [2] do not broadcast: the size of the first (3) must match the size of the second (2) at axis 0, or one of them be 1",
    ),
  );
});

test("what has no int32 meaning is refused", () => {
  const x = tensor([1, 2], { dtype: "int32" });
  expect(() => pow(x, -1)).toThrow(ValueError);
  expect(() => gelu(x)).toThrow("gelu: expected a float32 x, got int32");
  expect(() => silu(x)).toThrow(DTypeError);
});

test("two numbers make no tensor", () => {
  expect(() => add(1, 2)).toThrow(new ValueError("add: expected two tensors, or a tensor and a number, got 1 and 2"));
});

test("clamp of integers stays int32 between whole bounds, and is float32 between others", () => {
  const x = tensor([-3, 1, 4], { dtype: "int32" });
  const whole = clamp(x, { min: -1, max: Infinity });
  expect(whole.dtype).toBe("int32");
  expectClose(whole, tensor([-1, 1, 4], { dtype: "int32" }));
  const broken = clamp(x, { min: 0.5, max: 2.5 });
  expect(broken.dtype).toBe("float32");
  expectClose(broken, [0.5, 1, 2.5]);
  const beside = clamp(x, { min: tensor([0, 0, 0], { dtype: "int32" }), max: 2.5 });
  expect(beside.dtype).toBe("float32");
  expectClose(beside, [0, 1, 2.5]);
});

test("clamp wants a bound, and none that is NaN", () => {
  expect(() => clamp(tensor([1]), {})).toThrow(ValueError);
  expect(() => clamp(tensor([1]), { min: nan })).toThrow(ValueError);
});

describe("wasm functions are accurate to a few units in the last place", () => {
  const float64 = new Float64Device();
  const bounds: readonly (readonly [string, (x: Tensor) => Tensor, readonly [number, number], number])[] = [
    ["exp", exp, [-87, 88.7], 1.1],
    ["log", log, [1e-30, 100], 0.9],
    ["log1p", log1p, [-0.999, 10], 1.5],
    ["tanh", tanh, [-10, 10], 1.5],
    ["sigmoid", sigmoid, [-80, 80], 2.5],
    ["erf", erf, [-5, 5], 1.3],
    ["sin", sin, [-100, 100], 0.6],
    ["cos", cos, [-100, 100], 0.6],
    ["sin", sin, [-1e30, 1e30], 0.6],
    ["softplus", (x) => softplus(x), [-80, 20], 2],
    ["silu", silu, [-80, 80], 2.5],
    ["elu", (x) => elu(x), [0, 80], 0.5],
    ["pow", (x) => pow(x, 2.5), [0, 1000], 0.6],
    ["pow", (x) => pow(1.5, x), [-200, 200], 0.6],
  ];
  test.each(bounds)("%s", (_, fn, [low, high], limit) => {
    const values = Float32Array.from({ length: 20_001 }, (_, i) => low + ((high - low) * i) / 20_000);
    const actual = fn(fromHost(values, [values.length])).dataSync();
    const exact = withDevice(float64, () => fn(tensor(Array.from(values))).dataSync());
    let worst = 0;
    exact.forEach((value, i) => {
      if (Math.abs(value) > 3.4028235e38) return;
      worst = Math.max(worst, Math.abs(actual[i]! - value) / unitInTheLastPlace(value));
    });
    expect(worst).toBeLessThan(limit);
  });

  test("special values", () => {
    const x = tensor([nan, Infinity, -Infinity, 0, -0, 1e-45, -1e-45]);
    expect([...exp(x).dataSync()]).toEqual([nan, Infinity, 0, 1, 1, 1, 1]);
    expect([...log(x).dataSync()]).toEqual([
      nan,
      Infinity,
      nan,
      -Infinity,
      -Infinity,
      Math.fround(Math.log(2 ** -149)),
      nan,
    ]);
    expect([...tanh(x).dataSync()]).toEqual([nan, 1, -1, 0, -0, 2 ** -149, -(2 ** -149)]);
    expect([...erf(x).dataSync()]).toEqual([nan, 1, -1, 0, -0, 2 ** -149, -(2 ** -149)]);
    expect([...sin(x).dataSync()].slice(0, 4)).toEqual([nan, nan, nan, 0]);
    expect(
      [...exp(tensor([-104.1, -103.2, 88.72, 88.73])).dataSync()].map((value) => value > 0 && value < Infinity),
    ).toEqual([false, true, true, false]);
  });
});

function unitInTheLastPlace(value: number): number {
  return 2 ** Math.max(Math.floor(Math.log2(Math.abs(value))) - 23, -149);
}

test("results do not depend on where in a vector an element lies", () => {
  const values = Float32Array.from({ length: 23 }, (_, i) => Math.sin(i * 1.7) * 3);
  for (const fn of [exp, tanh, gelu, silu, erf, (x: Tensor) => leakyRelu(x)]) {
    const whole = fn(fromHost(values, [23])).dataSync();
    const single = Array.from(values, (value) => fn(tensor([value])).dataSync()[0]);
    expect([...whole]).toEqual(single);
  }
});

test("all portable devices are tried here", () => {
  expect(portableDevices).toEqual(["wasm", "gpu:webasm", "gpu:cpu"]);
});

test("equals compares shape and values, as torch.equal does", async () => {
  const x = tensor([1, 0, -2]);
  expect(await equals(x, x)).toBe(true);
  expect(await equals(x, tensor([1, -0, -2]))).toBe(true);
  expect(await equals(x, tensor([1, 0, -2.0000002]))).toBe(false);
  expect(await equals(tensor([[1, 2]]), tensor([1, 2]))).toBe(false);
  expect(await equals(tensor([NaN]), tensor([NaN]))).toBe(false);
  expect(await equals(tensor([]), tensor([]))).toBe(true);
  expect(await equals(tensor([1, 2]), await onOtherDevice([1, 2]))).toBe(true);
  await expect(equals(tensor([1]), tensor([1], { dtype: "int32" }))).rejects.toThrow(
    "equals: expected tensors of one dtype, got float32 and int32; cast(x, dtype) converts",
  );
});

test("allClose compares with a tolerance relative to the second, as torch.allclose does", async () => {
  expect(await allClose(tensor([1]), tensor([1.000009]))).toBe(true);
  expect(await allClose(tensor([1]), tensor([1.00002]))).toBe(false);
  expect(await allClose(tensor([0]), tensor([1e-8]), { rtol: 0 })).toBe(true);
  expect(await allClose(tensor([10]), tensor([8]), { rtol: 0.2, atol: 0 })).toBe(false);
  expect(await allClose(tensor([8]), tensor([10]), { rtol: 0.2, atol: 0 })).toBe(true);
  for (const [a, b, close] of [
    [Infinity, Infinity, true],
    [Infinity, -Infinity, false],
    [1, Infinity, false],
    [Infinity, 1, false],
    [NaN, NaN, false],
    [NaN, 1, false],
  ] as const)
    expect(await allClose(tensor([a]), tensor([b]), { rtol: 1 })).toBe(close);
  expect(await allClose(tensor([NaN, 1]), tensor([NaN, 1]), { equalNan: true })).toBe(true);
  expect(await allClose(tensor([NaN, 1]), tensor([1, NaN]), { equalNan: true })).toBe(false);
  expect(await allClose(tensor([[1, 1]]), tensor(1))).toBe(true);
  expect(await allClose(tensor([[1], [1]]), tensor([1, 2]))).toBe(false);
  expect(await allClose(tensor([1, 2], { dtype: "int32" }), tensor([1, 3], { dtype: "int32" }), { atol: 1 })).toBe(
    true,
  );
  await expect(allClose(tensor([1, 2]), tensor([1, 2, 3]))).rejects.toThrow(/^allClose: shapes \[2\] and \[3\]/);
});

async function onOtherDevice(values: number[]): Promise<Tensor> {
  return withDevice(new Float64Device(), () => tensor(values));
}
