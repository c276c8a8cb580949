import * as nn from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { fieldName, positional } from "../../../packages/nn/test/torch-modules.ts";
import type { CallCase } from "../case.ts";
import { float32Tolerance, normalisedTolerance } from "../compare.ts";
import type { Planned } from "../plan.ts";
import { upload } from "../tensors.ts";
import { drawnInputs, readArguments, type Sample, sampledCases } from "../torch-samples.ts";

interface ModuleSample extends Sample {
  /** How many of the inputs are given to the layer; others are constants of its constructor. */
  readonly given: number;
  readonly train: boolean;
}

type Made = nn.Layer & {
  forward(...x: readonly Tensor[]): Tensor;
  forwardWithIndices?(x: Tensor): readonly Tensor[];
};

/** Arguments of constructors that the porting guide says are not here. */
const notHere = new Set(["inplace", "size_average", "reduce", "max_norm", "scale_grad_by_freq", "sparse"]);

/** The layers of both sides whose values do not depend on chance. */
const subjects = Object.fromEntries(
  Object.entries(nn).filter(
    ([name, value]) => /^[A-Z]/.test(name) && typeof value === "function" && !/Dropout/.test(name),
  ),
);

/**
 * Cases of PyTorch's own module inputs, of the layers that are here.
 *
 * @throws Error if the installed PyTorch has no such tables.
 */
export function moduleDbCases(python: string): readonly Planned[] {
  return sampledCases("module_db", python, "module_samples.py", subjects, caseOf);
}

function caseOf(sample: ModuleSample): CallCase | null {
  const { name, code, given, train } = sample;
  const { return_indices: withIndices = false, ...options } = sample.options;
  if (Object.keys(options).some((each) => notHere.has(each) && options[each] !== null)) return null;
  const inputs = drawnInputs(sample);
  const make = (): nn.Layer => {
    const read = readArguments(options, inputs.map(upload)) as Readonly<Record<string, unknown>>;
    const kept = Object.entries(read).filter(([each]) => !notHere.has(each));
    const first = positional[name] ?? [];
    const named = kept.filter(([each]) => !first.includes(each)).map(([each, value]) => [fieldName(each), value]);
    const Layer = (nn as unknown as Record<string, new (...args: readonly unknown[]) => nn.Layer>)[name]!;
    return new Layer(
      ...first.filter((each) => each in read).map((each) => read[each]),
      ...(named.length > 0 ? [Object.fromEntries(named)] : []),
    );
  };
  return {
    type: "call",
    inputs,
    torch: "m(*x)",
    run: (x, module) =>
      withIndices === true ? (module as Made).forwardWithIndices!(x[0]!) : (module as Made).forward(...x),
    layer: {
      make,
      torch: code,
      state: {},
      frozen: [],
      calls: [{ train, inputs: inputs.slice(0, given).map((_, i) => i) }],
    },
    tolerance: /Norm/.test(name) ? normalisedTolerance : float32Tolerance,
  };
}
