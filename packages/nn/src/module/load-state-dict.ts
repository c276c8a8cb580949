import {
  type DType,
  full,
  type Handle,
  sameShape,
  type StoredTensor,
  TapegradError,
  type Tensor,
  ValueError,
} from "@tapegrad/tensor";
import { checkTensor, isStoredTensor, showShape, showValue, tellOnce } from "@tapegrad/tensor/internal";
import { Buffer } from "./buffer.ts";
import type { Parameter } from "./parameter.ts";

/** Tensors under their state-dict names. */
export type StateDict = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** How a state dict is loaded. */
export interface LoadOptions {
  /** Whether missing and unexpected keys are errors. If not, and no key fits, it is told once. @default true */
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

  override get name(): string {
    return "StateDictError";
  }

  constructor(message: string, { missingKeys, unexpectedKeys }: LoadResult, mismatchedKeys: readonly string[]) {
    super(message);
    this.missingKeys = missingKeys;
    this.unexpectedKeys = unexpectedKeys;
    this.mismatchedKeys = mismatchedKeys;
  }
}

/** The state of a module under its state-dict names. */
export type Targets = ReadonlyMap<string, Parameter | Buffer>;

/** Copies the values of `state` into the targets: checks everything, then writes one tensor after the other. */
export function loadTensors(module: string, targets: Targets, state: StateDict, strict: boolean): LoadResult {
  const given = entriesOf(module, state);
  fillAbsentBuffers(given, targets, ({ shape, dtype, device }, value) => full(shape, value, { dtype, device }));
  const { matched, result } = match(module, targets, given, strict);

  // A source that was disposed, or whose device cannot be read at once, throws here: before the first write. One that is
  // itself a target is copied before it is overwritten.
  const overwritten = new Set(matched.map(({ target }) => target.storage));
  const writes = matched.map(({ target, source }) => {
    const { handle } = source.storage;
    const readsLater = source.device === target.device ? handle !== null : source.device.synchronous;
    const waits = readsLater && !overwritten.has(source.storage);
    return { target, source, copy: waits ? null : copyTo(target, source) };
  });
  for (const { target, source, copy } of writes) target.storage.replace(copy ?? copyTo(target, source), false);
  return result;
}

/** Pairs entries with the targets of their names. @throws StateDictError listing everything that does not fit. */
export function match<S extends Tensor | StoredTensor>(
  module: string,
  targets: Targets,
  given: ReadonlyMap<string, S>,
  strict: boolean,
): { readonly matched: readonly { readonly target: Parameter | Buffer; readonly source: S }[]; result: LoadResult } {
  const result: LoadResult = {
    missingKeys: [...targets.keys()].filter((key) => !given.has(key)),
    unexpectedKeys: [...given.keys()].filter((key) => !targets.has(key)),
  };
  const matched = [...targets].flatMap(([key, target]) => {
    const source = given.get(key);
    return source === undefined ? [] : [{ key, target, source }];
  });
  const mismatched = matched.filter(
    ({ target, source }) => !sameShape(source.shape, target.shape) || dtypeOf(source) !== target.dtype,
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
    const mismatchedKeys = mismatched.map(({ key }) => key);
    throw new StateDictError(message, result, mismatchedKeys);
  }
  const { unexpectedKeys } = result;
  if (unexpectedKeys.length > 0 && matched.every(({ target }) => mayBeAbsent(target)))
    tellOnce(
      `loadStateDict: nothing was loaded, since no key is one of ${module}: the state dict has ${unexpectedKeys[0]}, and the module ${[...targets.keys()][0] ?? "none"}`,
    );
  return { matched, result };
}

function mayBeAbsent(target: Parameter | Buffer): target is Buffer & { readonly valueIfAbsent: number } {
  return target instanceof Buffer && target.valueIfAbsent !== null;
}

/** Adds to a state dict the buffers that it may lack. */
export function fillAbsentBuffers<S>(
  given: Map<string, S>,
  targets: Targets,
  constant: (target: Buffer, value: number) => S,
): void {
  for (const [key, target] of targets) {
    if (given.has(key) || !mayBeAbsent(target)) continue;
    given.set(key, constant(target, target.valueIfAbsent));
  }
}

/** A copy of the values on the device of a target. */
function copyTo({ device }: Tensor, source: Tensor): Handle {
  return source.device === device ? device.copy(source.storage.handle) : device.upload(source.dataSync());
}

function describe(entry: Tensor | StoredTensor): string {
  return `${dtypeOf(entry)} ${showShape(entry.shape)}`;
}

function dtypeOf(entry: Tensor | StoredTensor): DType {
  return "deviceDType" in entry ? entry.deviceDType : entry.dtype;
}

/** @throws ValueError unless there are tensors by name. */
function entriesOf(module: string, state: StateDict): Map<string, Tensor> {
  if (typeof state !== "object" || state === null || Array.isArray(state))
    throw new ValueError(`${module}.loadStateDict: expected a state dict, got ${showValue(state)}`);
  const entries = new Map<string, Tensor>(state instanceof Map ? state : Object.entries(state));
  for (const [name, value] of entries) {
    if (isStoredTensor(value)) {
      throw new ValueError(
        `${module}.loadStateDict: ${name} is still in a file; await loadInto(model, state) of @tapegrad/formats reads it`,
      );
    }
    checkTensor(`${module}.loadStateDict`, value, name);
  }
  return entries;
}
