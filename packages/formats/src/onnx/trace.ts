import { BatchNorm, Dropout, type Layer, registerForwardHook } from "@tapegrad/nn";
import { enableGrad, type OpRecord, type Tensor } from "@tapegrad/tensor";

/** What happened in a forward pass. */
export interface Trace {
  readonly input: Tensor;
  readonly output: Tensor;
  /** Ops in an order in which each comes after those that made its inputs. */
  readonly records: readonly OpRecord[];
  /** Batch norms and dropouts by the op that they ended in, for what the op itself does not say. */
  readonly layers: ReadonlyMap<OpRecord, BatchNorm | Dropout>;
}

/** Runs a model on a copy of an input and keeps the record of everything that depends on the input or a parameter. */
export function trace(model: Layer, sample: Tensor): Trace {
  const input = sample.detach();
  input.requiresGrad = true;
  const layers = new Map<OpRecord, BatchNorm | Dropout>();
  const handles = model.modules().flatMap((module) => {
    if (!(module instanceof BatchNorm || module instanceof Dropout)) return [];
    const note = (layer: BatchNorm | Dropout, [given]: readonly unknown[], made: unknown): void => {
      const { record } = made as Tensor;
      if (record !== null && made !== given) layers.set(record, layer);
    };
    return [
      registerForwardHook(module, note as (module: unknown, inputs: readonly unknown[], output: unknown) => void),
    ];
  });
  try {
    const output = enableGrad(() => model.forward(input));
    return { input, output, records: inOrder(output), layers };
  } finally {
    for (const handle of handles) handle.remove();
  }
}

/** Post-order over the record, without recursion: deep networks are deep here. */
function inOrder(output: Tensor): OpRecord[] {
  const ordered = new Set<OpRecord>();
  const pending: { readonly record: OpRecord; readonly ready: boolean }[] =
    output.record === null ? [] : [{ record: output.record, ready: false }];
  while (pending.length > 0) {
    const { record, ready } = pending.pop()!;
    if (ordered.has(record)) continue;
    if (ready) {
      ordered.add(record);
      continue;
    }
    pending.push({ record, ready: true });
    for (const input of [...record.inputs].reverse()) {
      if (input.record !== null && !ordered.has(input.record)) pending.push({ record: input.record, ready: false });
    }
  }
  return [...ordered];
}
