/** Base class of every error that tapegrad throws on purpose. */
export class TapegradError extends Error {
  /** Written out in each class: minifiers rename classes. */
  override get name(): string {
    return "TapegradError";
  }
}

/** A tensor's shape does not suit the operation; the message names the op, what came and what was expected. */
export class ShapeError extends TapegradError {
  override get name(): string {
    return "ShapeError";
  }
}

/** A tensor's dtype does not suit the operation. */
export class DTypeError extends TapegradError {
  override get name(): string {
    return "DTypeError";
  }
}

/** An option or argument has a value that the operation does not accept. */
export class ValueError extends TapegradError {
  override get name(): string {
    return "ValueError";
  }
}

/** An index or class label lies outside its range. */
export class IndexError extends TapegradError {
  override get name(): string {
    return "IndexError";
  }
}

/** A tensor was used after `dispose()`, after its `scope` ended, or after its device was destroyed. */
export class DisposedError extends TapegradError {
  override get name(): string {
    return "DisposedError";
  }
}

/** Asynchronous functions that change the same thing while they run overlap, where one must end within the other. */
export class OverlapError extends TapegradError {
  override get name(): string {
    return "OverlapError";
  }
}

/** A device is unknown, cannot be had, or cannot do what was asked; the message lists what was tried. */
export class DeviceError extends TapegradError {
  override get name(): string {
    return "DeviceError";
  }
}

/** A gradient was asked for that does not exist or whose record was already released. */
export class GradientError extends TapegradError {
  override get name(): string {
    return "GradientError";
  }
}

/**
 * A file is not what it should be: damaged, truncated, hostile, or of a kind that is not read here.
 *
 * The message is `file: reason`; both are also fields.
 */
export class FormatError extends TapegradError {
  readonly file: string;
  readonly reason: string;

  override get name(): string {
    return "FormatError";
  }

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${reason}`, options);
    this.file = file;
    this.reason = reason;
  }
}

/**
 * A file could not be written; the system's error is the `cause`.
 *
 * The message is `file: reason`; both are also fields.
 */
export class FileError extends TapegradError {
  readonly file: string;
  readonly reason: string;

  override get name(): string {
    return "FileError";
  }

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${reason}`, options);
    this.file = file;
    this.reason = reason;
  }
}
