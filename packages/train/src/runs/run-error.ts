import { TapegradError } from "@tapegrad/tensor";

/** A run folder cannot be used: it is in use, holds a run already, or one that differs. */
export class RunError extends TapegradError {
  readonly folder: string;

  constructor(caller: string, folder: string, reason: string) {
    super(`${caller}: the run folder ${folder} ${reason}`);
    this.folder = folder;
  }

  override get name(): string {
    return "RunError";
  }
}
