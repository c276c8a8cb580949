import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FileTensor, OrderedDict, type TorchValue, Tuple } from "@tapegrad/formats";
import { expect } from "vitest";

const folder = join(import.meta.dirname, "../fixtures");

/** The path of a file that PyTorch or numpy wrote. */
export function fixture(name: string): string {
  return join(folder, name);
}

/** A value as `expected.json` spells it. */
export type Expected =
  | null
  | boolean
  | number
  | string
  | { readonly $tensor: ExpectedTensor }
  | { readonly $dict: readonly (readonly [string | number, Expected])[] }
  | { readonly $tuple: readonly Expected[] }
  | readonly Expected[];

export interface ExpectedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number;
  readonly data: readonly (number | string | boolean)[];
  readonly isParameter: boolean;
}

export interface Golden {
  readonly state_dict: Expected;
  readonly checkpoint: Expected;
  readonly module_state_dict: Expected;
  readonly module_metadata: Expected;
  readonly sharedStorages: unknown;
}

export const golden: Golden = JSON.parse(readFileSync(fixture("expected.json"), "utf8")) as Golden;

/** Checks that a value read from a file is what PyTorch says it is, down to strides and bits. */
export async function expectValue(actual: TorchValue | undefined, expected: Expected): Promise<void> {
  if (typeof expected !== "object" || expected === null) {
    expect(actual).toBe(expected);
  } else if (Array.isArray(expected)) {
    expect(Array.isArray(actual)).toBe(true);
    await expectAll(actual as TorchValue[], expected as Expected[]);
  } else if ("$tensor" in expected) {
    await expectTensor(actual, expected.$tensor);
  } else if ("$dict" in expected) {
    expect(actual).toBeInstanceOf(Map);
    const dict = actual as ReadonlyMap<string, TorchValue>;
    expect([...dict.keys()]).toEqual(expected.$dict.map(([key]) => key));
    await expectAll(
      [...dict.values()],
      expected.$dict.map(([, value]) => value),
    );
  } else {
    expect(actual).toBeInstanceOf(Tuple);
    await expectAll((actual as Tuple).items, (expected as { $tuple: Expected[] }).$tuple);
  }
}

async function expectAll(actual: readonly TorchValue[], expected: readonly Expected[]): Promise<void> {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) await expectValue(actual[i], value);
}

async function expectTensor(actual: TorchValue | undefined, expected: ExpectedTensor): Promise<void> {
  expect(actual).toBeInstanceOf(FileTensor);
  const tensor = actual as FileTensor;
  const { dtype, shape, stride, storageOffset, isParameter } = tensor;
  expect({ dtype, shape, stride, storageOffset, isParameter }).toEqual({
    dtype: expected.dtype,
    shape: expected.shape,
    stride: expected.stride,
    storageOffset: expected.storageOffset,
    isParameter: expected.isParameter,
  });
  expect(Array.from((await tensor.values()) as ArrayLike<number | bigint>)).toEqual(
    expected.data.map((value) => decode(value, dtype)),
  );
}

function decode(value: number | string | boolean, dtype: string): number | bigint {
  if (dtype === "int64") return BigInt(value);
  return Number(value);
}

export function asDict(value: TorchValue): ReadonlyMap<string, TorchValue> {
  expect(value).toBeInstanceOf(Map);
  return value as ReadonlyMap<string, TorchValue>;
}

export function asOrderedDict(value: TorchValue): OrderedDict {
  expect(value).toBeInstanceOf(OrderedDict);
  return value as OrderedDict;
}
