import { full, sameShape, showShape, TapegradError } from "@tapegrad/tensor";
import type { Device, Handle, Tensor } from "@tapegrad/tensor";
import { Buffer } from "./buffer.ts";
import type { Parameter } from "./parameter.ts";

/** Tensors under their state-dict names. */
export type StateDict = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** How a state dict is loaded. */
export interface LoadOptions {
  /** Whether missing and unexpected keys are errors. @default true */
  readonly strict?: boolean;
}

/** Which keys a module and a loaded state dict did not share. */
export interface LoadResult {
  /** State of the module that the dict lacks; it keeps its values. */
  readonly missingKeys: readonly string[];
  /** Entries of the dict that the module has no place for. */
  readonly unexpectedKeys: readonly string[];
}

/** A state dict does not fit a module; the message lists everything that is wrong with it. */
export class StateDictError extends TapegradError implements LoadResult {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
  /** Keys whose tensor has another shape or dtype than the module's. */
  readonly mismatchedKeys: readonly string[];

  constructor(message: string, { missingKeys, unexpectedKeys }: LoadResult, mismatchedKeys: readonly string[]) {
    super(message);
    this.missingKeys = missingKeys;
    this.unexpectedKeys = unexpectedKeys;
    this.mismatchedKeys = mismatchedKeys;
  }
}

/** The state of a module under its state-dict names. */
type Targets = ReadonlyMap<string, Parameter | Buffer>;

/** Copies the values of `state` into the targets: checks everything, then writes. */
export function loadTensors(module: string, targets: Targets, state: StateDict, strict: boolean): LoadResult {
  const given = new Map<string, Tensor>(state instanceof Map ? state : Object.entries(state));
  fillAbsentBuffers(given, targets);
  const result: LoadResult = {
    missingKeys: [...targets.keys()].filter((key) => !given.has(key)),
    unexpectedKeys: [...given.keys()].filter((key) => !targets.has(key)),
  };
  const matched = [...targets].flatMap(([key, target]) => {
    const source = given.get(key);
    return source === undefined ? [] : [{ key, target, source }];
  });
  const mismatched = matched.filter(
    ({ target, source }) => !sameShape(source.shape, target.shape) || source.dtype !== target.dtype,
  );

  const complaints = mismatched.map(({ key, target, source }) => {
    const what = sameShape(source.shape, target.shape) ? "dtype" : "size";
    return `${what} mismatch for ${key}: the state dict has ${describe(source)}, the module expects ${describe(target)}`;
  });
  if (strict && result.unexpectedKeys.length > 0)
    complaints.unshift(`unexpected keys: ${result.unexpectedKeys.join(", ")}`);
  if (strict && result.missingKeys.length > 0) complaints.unshift(`missing keys: ${result.missingKeys.join(", ")}`);
  if (complaints.length > 0) {
    const message = `loadStateDict: the state dict does not fit ${module}:\n  ${complaints.join("\n  ")}`;
    throw new StateDictError(
      message,
      result,
      mismatched.map(({ key }) => key),
    );
  }

  // A source that was disposed, or whose device cannot be read at once, throws here: before the first write.
  const writes = matched.map(({ target, source }) => ({
    storage: target.storage,
    values: copyTo(target.device, source),
  }));
  for (const { storage, values } of writes) storage.replace(values, false);
  return result;
}

/** Adds to a state dict the buffers that it may lack. */
function fillAbsentBuffers(given: Map<string, Tensor>, targets: Targets): void {
  for (const [key, target] of targets) {
    if (given.has(key) || !(target instanceof Buffer) || target.valueIfAbsent === null) continue;
    given.set(key, full(target.shape, target.valueIfAbsent, { dtype: target.dtype }));
  }
}

/** A copy of the values on a device. */
function copyTo(device: Device, source: Tensor): Handle {
  return source.device === device ? device.copy(source.storage.handle) : device.upload(source.dataSync());
}

function describe({ dtype, shape }: Tensor): string {
  return `${dtype} ${showShape(shape)}`;
}
