import { DTypeError, DisposedError, GradientError, ShapeError, sameShape, showShape } from "@tapegrad/tensor";
import type { MaybeTensor, OpRecord, Tensor } from "@tapegrad/tensor";
import { AnomalyError } from "./anomaly-error.ts";

/**
 * Asks a record for the gradients of its inputs, after making sure that what it saved is what it saw.
 *
 * @throws GradientError if a saved value was changed in place, DisposedError if it was disposed, and ShapeError or
 *   DTypeError if the op answers with a gradient that does not fit its input; all name the op.
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
    throw error instanceof AnomalyError ? error.inBackwardOf(op.name, record.callSite) : error;
  }
  for (const [i, input] of inputs.entries()) {
    const answer = answers[i];
    if (!answer || !needs[i]) continue;
    const what = `${caller}: the backward of ${op.name} gave input ${i}, ${showShape(input.shape)}, a gradient of`;
    if (!sameShape(answer.shape, input.shape)) throw new ShapeError(`${what} shape ${showShape(answer.shape)}`);
    if (answer.dtype !== "float32") throw new DTypeError(`${what} dtype ${answer.dtype}; expected float32`);
  }
  return answers;
}

/** Checks that the values that the op's vjp reads were neither disposed nor changed since the forward pass. */
function checkSaved(caller: string, { op, inputs, outputs, versions }: OpRecord): void {
  const { inputs: readInputs = true, outputs: readOutputs = true } = op.reads ?? {};
  const check = (tensor: Tensor, version: number, what: string): void => {
    const { storage } = tensor;
    const which = `${caller}: ${what} of ${op.name}, ${tensor.dtype} ${showShape(tensor.shape)},`;
    if (storage.disposed) {
      throw new DisposedError(
        `${which} was disposed, but the gradient needs its values; dispose it, or end its scope, after the backward pass`,
      );
    }
    if (storage.version !== version) {
      throw new GradientError(
        `${which} was changed in place after the forward pass (it is at version ${storage.version}, recorded at ` +
          `${version}), but the gradient needs its old values; change it after the backward pass, or change a clone`,
      );
    }
  };
  const isRead = (reads: boolean | readonly number[], i: number): boolean =>
    typeof reads === "boolean" ? reads : reads.includes(i);
  for (const [i, input] of inputs.entries()) {
    if (isRead(readInputs, i)) check(input, versions[i]!, `input ${i}`);
  }
  for (const [i, output] of outputs.entries()) {
    if (isRead(readOutputs, i)) check(output, versions[inputs.length + i]!, `output ${i}`);
  }
}
