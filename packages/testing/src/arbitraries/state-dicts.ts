import { fromHost, sizeOf, type Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import { shapes } from "./shapes.ts";

/** Which state dicts are drawn. */
export interface StateDictOptions {
  /** Fewest tensors. @default 0 */
  readonly minTensors?: number;
  /** Most tensors. @default 4 */
  readonly maxTensors?: number;
  /** Whether tensors without elements occur. @default true */
  readonly empty?: boolean;
}

/**
 * State dicts: float32 and int32 tensors, scalars and empty ones among them, under names as modules give them. Floats are often
 * special: NaN, infinities, −0, subnormal. Reports show names, shapes and values.
 */
export function stateDicts({ minTensors = 0, maxTensors = 4, empty = true }: StateDictOptions = {}): fc.Arbitrary<
  ReadonlyMap<string, Tensor>
> {
  const word = fc.constantFrom("weight", "bias", "conv1", "layer", "0", "running_mean", "größe");
  const names = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join("."));
  const entries = fc.uniqueArray(fc.tuple(names, hostTensors(empty ? 0 : 1)), {
    minLength: minTensors,
    maxLength: maxTensors,
    selector: ([name]) => name,
  });
  return entries.map((found) => {
    const state = new Map(found.map(([name, { values, shape }]) => [name, fromHost(values, shape)]));
    const parts = found.map(([name, { values, shape }]) => {
      const dtype = values instanceof Int32Array ? "int32" : "float32";
      return `${name}: ${dtype} [${shape.join(", ")}] = ${fc.stringify([...values])}`;
    });
    const text = `{ ${parts.join("; ")} }`;
    return Object.defineProperty(state, fc.toStringMethod, { value: () => text });
  });
}

interface HostTensor {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

function hostTensors(minExtent: number): fc.Arbitrary<HostTensor> {
  const special = fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** -149);
  const float32 = fc.oneof({ arbitrary: fc.float(), weight: 3 }, { arbitrary: special, weight: 1 });
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  return shapes({ maxRank: 3, minExtent, maxExtent: 3 }).chain((shape) => {
    const size = sizeOf(shape);
    const each = { minLength: size, maxLength: size };
    return fc.oneof(
      fc.array(float32, each).map((values) => ({ values: Float32Array.from(values), shape })),
      fc.array(int32, each).map((values) => ({ values: Int32Array.from(values), shape })),
    );
  });
}
