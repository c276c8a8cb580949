import { GradientError, type OpRecord, type Tensor } from "@tapegrad/tensor";

/** Which records a backward pass visits, and in which order. */
export interface Plan {
  /** Every record that the roots depend on and that leads to a wanted tensor; a record comes after all that use it. */
  readonly order: readonly OpRecord[];
  /** Which of a record's inputs want a gradient. */
  needs(record: OpRecord): readonly boolean[];
}

/**
 * Orders the records under `roots`, without recursion, so that a long chain cannot overflow the stack.
 *
 * @param wanted the tensors whose gradients are asked for; null stands for every leaf that requires one.
 * @throws GradientError if a record on the way was released by an earlier backward pass.
 */
export function planWalk(caller: string, roots: readonly Tensor[], wanted: ReadonlySet<Tensor> | null): Plan {
  const inputsFirst = collect(roots);
  for (const record of inputsFirst) if (record.released) checkReleased(caller, record, roots, wanted);
  if (wanted === null) {
    return { order: inputsFirst.reverse(), needs: (record) => record.inputs.map((input) => input.requiresGrad) };
  }
  const leading = new Set<OpRecord>();
  const needed = (input: Tensor): boolean => wanted.has(input) || (input.record !== null && leading.has(input.record));
  for (const record of inputsFirst) if (record.inputs.some(needed)) leading.add(record);
  return {
    order: inputsFirst.filter((record) => leading.has(record)).reverse(),
    needs: (record) => record.inputs.map(needed),
  };
}

/** All records that the roots depend on, each after those of its inputs: a depth-first walk in post-order. */
function collect(roots: readonly Tensor[]): OpRecord[] {
  const finished: OpRecord[] = [];
  const seen = new Set<OpRecord>();
  const path: { readonly record: OpRecord; next: number }[] = [];
  const enter = (record: OpRecord | null): void => {
    if (record === null || seen.has(record)) return;
    seen.add(record);
    path.push({ record, next: 0 });
  };
  for (const root of roots) {
    enter(root.record);
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      if (top.next < top.record.inputs.length) {
        enter(top.record.inputs[top.next++]!.record);
      } else {
        finished.push(top.record);
        path.pop();
      }
    }
  }
  return finished;
}

/**
 * A released record has forgotten its inputs, so gradients cannot pass. It is an end of the walk only where the one
 * wanted tensor is its own output; anything else wanted might lie behind it.
 */
function checkReleased(
  caller: string,
  record: OpRecord,
  roots: readonly Tensor[],
  wanted: ReadonlySet<Tensor> | null,
): void {
  if (wanted?.size === 1) {
    const [only] = wanted;
    if (only!.record === record) return;
  }
  const where = roots.some((root) => root.record === record) ? "its own" : "a part of its";
  throw new GradientError(
    `${caller}: the record of ${record.op.name} was released by an earlier backward pass, so the gradient cannot flow ` +
      `through ${where} graph again; pass retainGraph: true to the earlier pass, compute the forward pass anew, or ` +
      `detach() the tensor where the gradient should stop`,
  );
}
