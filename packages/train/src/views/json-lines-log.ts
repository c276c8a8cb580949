import { ValueError } from "@tapegrad/tensor";
import { checkBoolean, readOptions } from "@tapegrad/tensor/internal";
import type { Callback } from "../callbacks/callback.ts";
import type { EpochReport, StartReport, StepReport, TrainResult } from "../loop/reports.ts";
import { checkPath, GrowingFile, type ExistingFileOptions, existingFileRules } from "./growing-file.ts";
import { jsonValue } from "./json-value.ts";
import { StepReader } from "./step-reader.ts";

/** Options of `JsonLinesLog`. */
export interface JsonLinesLogOptions extends ExistingFileOptions {
  /** Whether steps are written, or only epochs. @default true */
  readonly steps?: boolean;
}

const secondsPerWrite = 1;

/**
 * Writes what happens, one JSON object a line, with `type` `"start"`, `"step"`, `"epoch"` or `"end"` and the fields of the report. Numbers
 * that JSON lacks are the texts `"NaN"`, `"Infinity"` and `"-Infinity"`. Steps are written once a second.
 */
export class JsonLinesLog implements Callback {
  readonly #path: string;
  readonly #options: Required<JsonLinesLogOptions>;
  readonly #reader = new StepReader(secondsPerWrite);
  #file: GrowingFile | null = null;

  /** @throws ValueError of a path or options of the wrong kind. */
  constructor(path: string, options: JsonLinesLogOptions = {}) {
    checkPath("JsonLinesLog", path);
    this.#path = path;
    this.#options = readOptions<JsonLinesLogOptions>("JsonLinesLog", options, {
      ...existingFileRules,
      steps: [true, checkBoolean],
    });
  }

  /** @throws FileError if the file cannot be written. */
  async onStart({ epochs, steps, stepsPerEpoch, seed }: StartReport): Promise<void> {
    this.#file = await GrowingFile.open(this.#path, this.#options.existing);
    this.#reader.start();
    await this.#write("start", [{ epochs, steps, stepsPerEpoch, seed }]);
  }

  async onStep(report: StepReport): Promise<void> {
    if (this.#options.steps) await this.#write("step", await this.#reader.add(report));
  }

  /** @throws ValueError if a metric cannot be written as JSON. */
  async onEpoch(report: EpochReport): Promise<void> {
    await this.#write("step", await this.#reader.rest());
    await this.#write("epoch", [report]);
  }

  async onEnd(result: TrainResult | null, error?: unknown): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    try {
      await this.#write("step", await this.#reader.rest());
      const { seconds } = this.#reader;
      const end = result === null ? { error: String(error) } : { reason: result.reason, steps: result.steps };
      await this.#write("end", [{ ...end, seconds }]);
    } finally {
      this.#file = null;
      await file.close();
    }
  }

  async #write(type: string, reports: readonly object[]): Promise<void> {
    await this.#file!.writeLines(reports.map((report) => this.#lineOf({ type, ...report })));
  }

  #lineOf(fields: object): string {
    try {
      return JSON.stringify(fields, jsonValue);
    } catch (cause) {
      throw new ValueError(`JsonLinesLog: a metric cannot be written as JSON: ${String(cause)}`, { cause });
    }
  }
}
