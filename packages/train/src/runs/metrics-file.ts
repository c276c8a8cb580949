import type { FileHandle } from "node:fs/promises";
import { FileError, FormatError } from "@tapegrad/tensor";
import type { PastStep } from "../loop/reports.ts";
import { writeAll } from "../views/growing-file.ts";
import { jsonValue } from "../views/json-value.ts";

/** The metrics of a run, a line of JSON for every tenth step and for each epoch. No times: equal runs have equal files. */
export class MetricsFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #length: number;

  private constructor(path: string, handle: FileHandle, length: number) {
    this.#path = path;
    this.#handle = handle;
    this.#length = length;
  }

  /**
   * Opens the file, and forgets what lies behind `length`: what was written after the checkpoint that training goes on from.
   *
   * @throws FormatError if it is shorter.
   */
  static async open(path: string, length: number): Promise<MetricsFile> {
    const fs = process.getBuiltinModule("node:fs/promises");
    const handle = await fs.open(path, length === 0 ? "w" : "r+");
    const { size } = await handle.stat();
    if (size < length) {
      await handle.close();
      throw new FormatError(path, `is shorter than it was at the last checkpoint: ${size} bytes, expected ${length}`);
    }
    await handle.truncate(length);
    return new MetricsFile(path, handle, length);
  }

  /** The steps that have a line. @throws FormatError if one is damaged. */
  async steps(): Promise<readonly PastStep[]> {
    const fs = process.getBuiltinModule("node:fs/promises");
    const lines = (await fs.readFile(this.#path, "utf8")).split("\n").filter((line) => line !== "");
    try {
      return lines
        .map((line) => JSON.parse(line) as PastStep)
        .filter((line) => "loss" in line)
        .map(({ epoch, step, loss, lr }) => ({ epoch, step, loss: Number(loss), lr: lr.map(Number) }));
    } catch (cause) {
      throw new FormatError(this.#path, "has a line that is no JSON of a step or an epoch", { cause });
    }
  }

  /** Bytes that are on the disk, once `flush` is through. */
  get length(): number {
    return this.#length;
  }

  async write(line: Readonly<Record<string, unknown>>): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(line, jsonValue)}\n`);
    await this.#system(writeAll(this.#handle, bytes, this.#length));
    this.#length += bytes.length;
  }

  async flush(): Promise<void> {
    await this.#system(this.#handle.datasync());
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #system<T>(call: Promise<T>): Promise<T> {
    return call.catch((cause: Error) => {
      throw new FileError(this.#path, `cannot be written: ${cause.message}`, { cause });
    });
  }
}
