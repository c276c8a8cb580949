import { readFileSync, readdirSync } from "node:fs";
import { fromHost, type Tensor } from "@tapegrad/tensor";

/** A tensor in a golden file: flat and row-major; non-finite numbers are strings. */
export interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | "NaN" | "Infinity" | "-Infinity")[];
}

/** Tensors by name, as in a state dict. */
export type GoldenTensors = Readonly<Record<string, GoldenTensor>>;

/** What PyTorch computed, by the kind of golden file. */
export interface GoldenKinds {
  readonly function: {
    /** The Python expression that was run. */
    readonly code: string;
    readonly inputs: readonly GoldenTensor[];
    readonly outputs: readonly GoldenTensor[];
    readonly gradOutput: GoldenTensor;
    readonly gradInputs: readonly (GoldenTensor | null)[];
    /** The gradient of the sum of all `gradInputs` with `gradOutput` constant; only in `fn_second_*`. */
    readonly gradOfSumOfGradInputs?: readonly (GoldenTensor | null)[];
  };
  readonly module: {
    readonly mode: "train" | "eval";
    readonly params: GoldenTensors;
    readonly buffers: GoldenTensors;
    readonly inputs: readonly GoldenTensor[];
    readonly outputs: readonly GoldenTensor[];
    readonly gradOutput: GoldenTensor;
    readonly gradInputs: readonly (GoldenTensor | null)[];
    readonly gradParams: GoldenTensors;
    readonly buffersAfter: GoldenTensors;
  };
  readonly dropout: {
    readonly mode: "train" | "eval";
    readonly inputs: readonly GoldenTensor[];
    readonly outputs: readonly GoldenTensor[];
    /** 1 where a value was kept. */
    readonly keepMask: GoldenTensor;
    readonly gradOutput: GoldenTensor;
    readonly gradInputs: readonly GoldenTensor[];
  };
  readonly stateful: {
    readonly params: GoldenTensors;
    readonly buffers: GoldenTensors;
    readonly steps: readonly {
      readonly do: "train" | "eval" | "reset_running_stats" | "reset_parameters" | "set" | "forward";
      readonly field?: string;
      readonly value?: unknown;
      readonly input?: GoldenTensor;
      readonly output?: GoldenTensor;
      readonly training?: boolean;
      readonly buffersAfter: GoldenTensors;
    }[];
  };
  readonly loss: {
    readonly input: GoldenTensor;
    readonly target: GoldenTensor;
    readonly output: GoldenTensor;
    readonly gradOutput: GoldenTensor;
    readonly gradInput: GoldenTensor;
  };
  readonly optim: {
    readonly groups: readonly Readonly<Record<string, unknown>>[] | null;
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly params0: readonly GoldenTensor[];
    /** By step and parameter; null where a parameter had no gradient. */
    readonly grads: readonly (readonly (GoldenTensor | null)[])[];
    readonly paramsAfter: readonly (readonly GoldenTensor[])[];
    readonly stateAfter: Readonly<Record<string, Readonly<Record<string, GoldenTensor | null>>>>;
  };
  readonly scheduler: {
    readonly baseLrs: readonly number[];
    readonly baseMomentum?: number;
    /** The rate of each group that was used in each epoch. */
    readonly lrs: readonly (readonly number[])[];
    readonly momenta: readonly (readonly number[])[];
    readonly metrics?: readonly number[];
  };
  readonly clip: {
    readonly grads: readonly GoldenTensor[];
    /** The norm before clipping. */
    readonly totalNorm?: number;
    readonly gradsAfter: readonly GoldenTensor[];
  };
  readonly model: {
    readonly stateDict0: GoldenTensors;
    readonly batches: readonly { readonly x: GoldenTensor; readonly y: GoldenTensor }[];
    readonly losses: readonly number[];
    readonly bnAfterStep: readonly GoldenTensors[];
    readonly stateDictAfter: GoldenTensors;
    readonly pit: Readonly<Record<string, unknown>>;
  };
  readonly fold: {
    readonly conv: GoldenTensors;
    readonly bn: GoldenTensors;
    readonly eps: number;
    readonly fused: GoldenTensors;
    readonly inputs: readonly GoldenTensor[];
    readonly outputs: readonly GoldenTensor[];
  };
  readonly init: {
    readonly layers: Readonly<Record<string, unknown>>;
    readonly gains: Readonly<Record<string, number>>;
  };
  readonly errors: {
    readonly cases: readonly {
      readonly case: string;
      readonly type?: string;
      /** What PyTorch says; null where it has no objection. */
      readonly error?: string | null;
      readonly missing_keys?: readonly string[];
      readonly unexpected_keys?: readonly string[];
    }[];
  };
  readonly transforms: {
    readonly pngBase64: string;
    readonly imageHWC: GoldenTensor;
    readonly uint8Results: GoldenTensors;
  };
}

/** What a golden file holds: what was run, and what came out. */
export type GoldenCase<K extends keyof GoldenKinds = keyof GoldenKinds> = GoldenKinds[K] & {
  readonly name: string;
  /** PyTorch's version. */
  readonly torch: string;
  readonly kind: K;
  /** PyTorch's name of the layer, loss or optimizer. */
  readonly op: string;
  /** Constructor arguments under PyTorch's names. */
  readonly args?: Readonly<Record<string, unknown>>;
  readonly note?: string;
};

const folder = new URL("../fixtures/torch/", import.meta.url);

/**
 * What PyTorch 1.13 computed in float64 for a case, `"conv2d_plain"`: inputs lie on a 1/64 grid, results have ten
 * digits.
 *
 * @param kind what the file must be; decides the type.
 * @throws Error if there is no such case, or it is of another kind.
 */
export function loadGolden<K extends keyof GoldenKinds = keyof GoldenKinds>(name: string, kind?: K): GoldenCase<K> {
  const found = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as GoldenCase<K>;
  if (kind !== undefined && found.kind !== kind) {
    throw new Error(`loadGolden: ${name} is of kind ${found.kind}, expected ${kind}`);
  }
  return found;
}

/** The names of all golden cases, in alphabetical order; with `prefix`, of those that begin with it. */
export function goldenNames(prefix = ""): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(prefix) && file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** The numbers of a golden tensor. */
export function goldenValues({ data }: GoldenTensor): number[] {
  return data.map(Number);
}

/** A golden tensor on the current device: integers become int32, all else float32. */
export function goldenTensor(
  golden: GoldenTensor,
  { requiresGrad = false }: { readonly requiresGrad?: boolean } = {},
): Tensor {
  const values = goldenValues(golden);
  const integral = /^(u?int|bool)/.test(golden.dtype);
  return fromHost(integral ? Int32Array.from(values) : Float32Array.from(values), golden.shape, requiresGrad);
}
