import * as t from "@tapegrad/tensor";
import type { CallCase } from "../case.ts";
import { float32Tolerance, normalisedTolerance } from "../compare.ts";
import { type Arguments, opDbCalls, Unfit } from "../op-db-calls.ts";
import type { Planned } from "../plan.ts";
import { drawnInputs, readArguments, type Sample, sampledCases } from "../torch-samples.ts";

interface OpSample extends Sample {
  readonly args: readonly unknown[];
}

/**
 * Cases of PyTorch's own sample inputs and error inputs, of the ops that `opDbCalls` has.
 *
 * @throws Error if the installed PyTorch has no such table.
 */
export function opDbCases(python: string): readonly Planned[] {
  return sampledCases("op_db", python, "op_samples.py", opDbCalls, caseOf);
}

function caseOf(sample: OpSample): CallCase | null {
  const { name, code, args, options } = sample;
  const inputs = drawnInputs(sample);
  const run = (x: readonly t.Tensor[]): t.Tensor | readonly t.Tensor[] =>
    opDbCalls[name]!(readArguments(args, x) as Arguments, readArguments(options, x) as Record<string, never>);
  try {
    // Whether there are words for it shows in the call; whatever else it throws is its answer.
    t.scope(
      () =>
        void run(
          inputs.map(({ data, shape, kind }) => t.fromHost(kind === "bool" ? Float32Array.from(data) : data, shape)),
        ),
    );
  } catch (error) {
    if (error instanceof Unfit) return null;
  }
  // Terms of the derivatives of a norm cancel.
  const tolerance = name === "linalg.vector_norm" ? normalisedTolerance : float32Tolerance;
  return { type: "call", inputs, torch: code, run, tolerance };
}
