import { FormatError, ShapeError, TapegradError, ValueError } from "@tapegrad/tensor/errors";
import type { LoadedPicture, PictureRequest } from "../pictures/load-picture.ts";
import type { PictureLimits } from "../pictures/picture.ts";
import type { TransformSpec } from "../transforms/transform.ts";

/** What a thread learns when it starts. */
export interface WorkerSetup {
  readonly specs: readonly TransformSpec[];
  readonly limits: PictureLimits;
}

/** Pictures that a thread is asked for. */
export interface Job {
  readonly id: number;
  readonly requests: readonly PictureRequest[];
}

/** A thread's answer: the pictures in the order asked, or why there are none. */
export interface JobResult {
  readonly id: number;
  readonly pictures?: readonly LoadedPicture[];
  readonly error?: ErrorDescription;
}

/** An error as data: class and fields would not survive the way between threads. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly file?: string;
  readonly reason?: string;
}

export function describeError(error: unknown): ErrorDescription {
  if (error instanceof FormatError)
    return { name: error.name, message: error.message, file: error.file, reason: error.reason };
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}

/** The error again, of its own class if that is one of tapegrad's. */
export function restoreError({ name, message, file, reason }: ErrorDescription): TapegradError {
  if (file !== undefined && reason !== undefined) return new FormatError(file, reason);
  const ErrorClass = errorClasses.get(name);
  return ErrorClass === undefined ? new TapegradError(`${name}: ${message}`) : new ErrorClass(message);
}

const errorClasses: ReadonlyMap<string, new (message: string) => TapegradError> = new Map([
  ["ShapeError", ShapeError],
  ["ValueError", ValueError],
]);
