import { TapegradError } from "@tapegrad/tensor";

/** What became of an attempt to fetch a file. */
export interface FailedAttempt {
  readonly url: string;
  readonly reason: string;
}

/** No mirror gave a file as it should be; the message says what each did. */
export class DownloadError extends TapegradError {
  readonly file: string;
  readonly attempts: readonly FailedAttempt[];

  override get name(): string {
    return "DownloadError";
  }

  constructor(file: string, attempts: readonly FailedAttempt[]) {
    super(
      `download: ${file} could not be fetched:${attempts.map(({ url, reason }) => `\n  ${url}: ${reason}`).join("")}`,
    );
    this.file = file;
    this.attempts = attempts;
  }
}
