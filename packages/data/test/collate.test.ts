import { collate, DataLoader, type Sample, type Values } from "@tapegrad/data";
import { ShapeError, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const targetsOf = (...targets: readonly Values[]): Tensor =>
  collate(targets.map((target) => ({ input: 0, target }))).targets;
const inputsOf = (...inputs: readonly Values[]): Tensor =>
  collate(inputs.map((input) => ({ input, target: 0 }))).inputs;
const look = (found: Tensor): unknown => [found.dtype, found.shape, [...found.dataSync()]];

describe("collate: plain targets", () => {
  test("whole numbers are int32, fractions float32", () => {
    expect(look(targetsOf(0, 1, 2))).toEqual(["int32", [3], [0, 1, 2]]);
    expect(look(targetsOf(0, 0.5, 1, 1.5))).toEqual(["float32", [4], [0, 0.5, 1, 1.5]]);
    expect(look(targetsOf(-(2 ** 31), 2 ** 31 - 1))).toEqual(["int32", [2], [-(2 ** 31), 2 ** 31 - 1]]);
  });

  test("NaN and infinities are kept, as float32", () => {
    expect(look(targetsOf(Number.NaN, 1))).toEqual(["float32", [2], [Number.NaN, 1]]);
    expect(look(targetsOf(1, -Infinity))).toEqual(["float32", [2], [1, -Infinity]]);
  });

  test.each([
    [[3e9], "3000000000 is whole and beyond int32"],
    [[0, -(2 ** 31) - 1], "-2147483649 is whole and beyond int32"],
    [[0.5, 1e300], "1e+300 is beyond float32"],
    [
      [
        [1, 2],
        [3, 4e10],
      ],
      "40000000000 is whole and beyond int32",
    ],
  ])("%j fit neither", (targets, message) => {
    expect(() => targetsOf(...targets)).toThrow(ValueError);
    expect(() => targetsOf(...targets)).toThrow(message);
  });

  test("what is nested in itself, bigints and floats beyond float32 are refused", () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => targetsOf(endless as never)).toThrow("is nested more than 64 deep, or in itself");
    expect(() => targetsOf(new BigInt64Array(0) as never)).toThrow(
      /must be a number, .* got a value of type BigInt64Array/,
    );
    expect(() => targetsOf(Float64Array.of(0.5, 1e300))).toThrow("target of sample 0: 1e+300 is beyond float32");
  });

  test("no number is changed by more than float32 rounds it, or it is refused", () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), fc.float());
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 5 }), (targets) => {
        let found: Tensor;
        try {
          found = targetsOf(...targets);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError);
          expect(targets.some((value) => Math.abs(value) >= 2 ** 31)).toBe(true);
          return;
        }
        const kept = targets.map((value) => (found.dtype === "int32" ? value + 0 : Math.fround(value)));
        expect([...found.dataSync()].map((value) => value + 0)).toEqual(kept.map((value) => value + 0));
      }),
    );
  });

  test("a loader tells once that batches differ in dtype, and how not to", async () => {
    const heard: string[] = [];
    const dataset = { length: 6, get: (i: number): Sample => ({ input: i, target: i / 4 }) };
    const dtypes: string[] = [];
    for await (const { targets } of new DataLoader(dataset, { warn: (message) => heard.push(message) }))
      dtypes.push(targets.dtype);
    expect(dtypes).toEqual(["int32", "float32", "float32", "float32", "int32", "float32"]);
    expect(heard).toEqual([expect.stringContaining("Float32Array.of(target)")]);
  });
});

describe("collate: values of any shape", () => {
  test("nested lists and lists of typed arrays", () => {
    const rows = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ];
    expect(look(inputsOf(...rows))).toEqual(["float32", [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(look(targetsOf(...rows))).toEqual(["int32", [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]]);
    const typed = rows.map((row) => row.map((each) => Float64Array.from(each)));
    expect(look(targetsOf(...typed))).toEqual(["float32", [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(look(inputsOf(3, 4))).toEqual(["float32", [2], [3, 4]]);
    expect(look(inputsOf([], []))).toEqual(["float32", [2, 0], []]);
  });

  test.each([
    [Float32Array, "float32", "float32"],
    [Float64Array, "float32", "float32"],
    [Int32Array, "int32", "int32"],
    [Uint8Array, "float32", "int32"],
    [Uint8ClampedArray, "float32", "int32"],
    [Int8Array, "float32", "int32"],
    [Int16Array, "float32", "int32"],
    [Uint16Array, "float32", "int32"],
    [Uint32Array, "float32", "int32"],
  ])("a %o decides the dtype, whatever the values", (Numbers, input, target) => {
    expect(look(inputsOf(Numbers.of(1, 2), Numbers.of(3, 4)))).toEqual([input, [2, 2], [1, 2, 3, 4]]);
    expect(look(targetsOf(Numbers.of(1), Numbers.of(0)))).toEqual([target, [2, 1], [1, 0]]);
    const shaped = { values: Numbers.of(1, 2), shape: [2, 1] };
    expect(look(targetsOf(shaped))).toEqual([target, [1, 2, 1], [1, 2]]);
  });

  test("tensors are stacked as they are, scalars too", () => {
    expect(look(inputsOf(tensor([1, 2]), tensor([3, 4])))).toEqual(["float32", [2, 2], [1, 2, 3, 4]]);
    expect(look(targetsOf(tensor(Int32Array.of(5)), tensor(Int32Array.of(6))))).toEqual(["int32", [2, 1], [5, 6]]);
    expect(look(targetsOf(tensor(0), tensor(0.5)))).toEqual(["float32", [2], [0, 0.5]]);
  });

  test("{ values, shape } with a plain list follows the rule for numbers", () => {
    expect(look(targetsOf({ values: [1, 2.5], shape: [2] }))).toEqual(["float32", [1, 2], [1, 2.5]]);
  });
});

describe("collate refuses, naming the field and the sample", () => {
  test.each<readonly [readonly unknown[], string]>([
    [[[1, 2], [3]], "target of sample 1 has shape [1], that of sample 0 has [2]"],
    [[[[1, 2], [3]]], "target of sample 0 is ragged: it holds both [2] and [1]"],
    [[tensor([1]), tensor([1, 2])], "target of sample 1 has shape [2], that of sample 0 has [1]"],
    [[{ values: [1, 2], shape: [3] }], "target of sample 0 has 2 values for shape [3]"],
  ])("shapes: %j", (targets, message) => {
    expect(() => targetsOf(...(targets as Values[]))).toThrow(ShapeError);
    expect(() => targetsOf(...(targets as Values[]))).toThrow(message);
  });

  test.each<readonly [readonly unknown[], string]>([
    [[Float32Array.of(1), Int32Array.of(1)], "target of sample 1 is a Int32Array, that of sample 0 is a Float32Array"],
    [[[1], Float32Array.of(1)], "target of sample 1 is a Float32Array, that of sample 0 is plain numbers"],
    [[tensor(1), 1], "target of sample 1 is no tensor, unlike that of sample 0"],
    [[1, tensor(1)], "target of sample 0 is no tensor"],
    [[tensor([1]), tensor(Int32Array.of(1))], "target of sample 1 is int32, that of sample 0 is float32"],
    [
      ["cat"],
      'target of sample 0 must be a number, a list of numbers, a typed array, { values, shape } or a tensor, got "cat"',
    ],
    [[true], "got true"],
    [[[1, "2"]], 'target of sample 0 must consist of numbers, got "2"'],
    [[BigInt64Array.of(1n)], "target of sample 0 must be a number"],
    [[Uint32Array.of(2 ** 32 - 1)], "target of sample 0: 4294967295 is beyond int32"],
    [[{ values: "12", shape: [2] }], "target of sample 0 must be a number"],
  ])("kinds: %o", (targets, message) => {
    expect(() => targetsOf(...(targets as Values[]))).toThrow(ValueError);
    expect(() => targetsOf(...(targets as Values[]))).toThrow(message);
  });
});
