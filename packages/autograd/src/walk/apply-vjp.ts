import { DisposedError, GradientError, type MaybeTensor, type Op, type OpRecord, type Tensor } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";
import type { AnomalyError } from "../hooks/anomaly-error.ts";
import { checkGradient } from "./check-gradient.ts";

/**
 * Asks a record for the gradients of its inputs, null where none is needed or flows, after making sure that what it saved is
 * what it saw.
 *
 * @throws GradientError if a saved value was changed in place, DisposedError if it was disposed, and ShapeError,
 *   DTypeError or DeviceError if the op answers with a gradient that does not fit its input; all name the op.
 */
export function applyVjp(
  caller: string,
  record: OpRecord,
  grads: readonly MaybeTensor[],
  needs: readonly boolean[],
): readonly MaybeTensor[] {
  const { op, inputs, outputs, params } = record;
  checkSaved(caller, record);
  let answers: readonly MaybeTensor[];
  try {
    answers = op.vjp(grads, { inputs, outputs, params, needs });
  } catch (error) {
    throw isAnomaly(error) ? error.inBackwardOf(op.name, record.callSite) : error;
  }
  return needs.map((needed, i) => {
    const answer = answers[i];
    if (!needed || !answer) return null;
    const what = (): string => `${caller}: the gradient that the backward of ${op.name} gave input ${i}`;
    checkGradient(what, answer, inputs[i]!, "the input");
    return answer;
  });
}

/** By its method: programs that detect no anomalies need not carry the class. */
function isAnomaly(error: unknown): error is AnomalyError {
  return error instanceof Error && "inBackwardOf" in error;
}

/** Checks that the values that the op's vjp reads were neither disposed nor changed since the forward pass. */
function checkSaved(caller: string, { op, inputs, outputs, versions }: OpRecord): void {
  const { inputs: readInputs = true, outputs: readOutputs = true } = op.reads ?? {};
  for (let i = 0; i < inputs.length; i++) {
    if (isRead(readInputs, i)) checkUnchanged(caller, op, "input", i, inputs[i]!, versions[i]!);
  }
  for (let i = 0; i < outputs.length; i++) {
    if (isRead(readOutputs, i)) checkUnchanged(caller, op, "output", i, outputs[i]!, versions[inputs.length + i]!);
  }
}

function isRead(reads: boolean | readonly number[], i: number): boolean {
  return typeof reads === "boolean" ? reads : reads.includes(i);
}

function checkUnchanged(caller: string, op: Op, what: string, i: number, tensor: Tensor, version: number): void {
  const { storage } = tensor;
  if (!storage.disposed && storage.version === version) return;
  const which = `${caller}: ${what} ${i} of ${op.name}, ${tensor.dtype} ${showShape(tensor.shape)},`;
  if (storage.disposed) {
    throw new DisposedError(
      `${which} was disposed, but the gradient needs its values; dispose it, or end its scope, after the backward pass`,
    );
  }
  throw new GradientError(
    `${which} was changed in place after the forward pass (it is at version ${storage.version}, recorded at ` +
      `${version}), but the gradient needs its old values; change it after the backward pass, or change a clone`,
  );
}
