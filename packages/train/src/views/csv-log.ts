import { ValueError } from "@tapegrad/tensor";
import { oneOf, readOptions } from "@tapegrad/tensor/internal";
import type { Callback } from "../callbacks/callback.ts";
import type { EpochReport, StepReport } from "../loop/reports.ts";
import { epochValues } from "./epoch-values.ts";
import { checkPath, GrowingFile, type ExistingFileOptions, existingFileRules } from "./growing-file.ts";
import { StepReader, type StepRow } from "./step-reader.ts";

/** Options of `CsvLog`. */
export interface CsvLogOptions extends ExistingFileOptions {
  /** What a row is. @default "epochs" */
  readonly rows?: "epochs" | "steps";
}

const secondsPerWrite = 1;

/**
 * Writes a table of epochs, or of steps, as comma-separated values with a header, as RFC 4180 has them. Numbers have all their digits;
 * others than finite ones are `NaN`, `Infinity` and `-Infinity`. Metrics that are no numbers are left out. Steps are written once a second.
 */
export class CsvLog implements Callback {
  readonly #path: string;
  readonly #options: Required<CsvLogOptions>;
  readonly #reader = new StepReader(secondsPerWrite);
  #file: GrowingFile | null = null;
  #header: string | null = null;

  /** @throws ValueError of a path or options of the wrong kind. */
  constructor(path: string, options: CsvLogOptions = {}) {
    checkPath("CsvLog", path);
    this.#path = path;
    this.#options = readOptions<CsvLogOptions>("CsvLog", options, {
      ...existingFileRules,
      rows: ["epochs", oneOf("epochs", "steps")],
    });
  }

  /** @throws FileError if the file cannot be written. */
  async onStart(): Promise<void> {
    this.#file = await GrowingFile.open(this.#path, this.#options.existing);
    this.#header = this.#file.firstLine;
    this.#reader.start();
  }

  async onStep(report: StepReport): Promise<void> {
    if (this.#options.rows === "steps") await this.#write((await this.#reader.add(report)).map(stepColumns));
  }

  /** @throws ValueError if the columns are others than those before. */
  async onEpoch(report: EpochReport): Promise<void> {
    await this.#write(this.#options.rows === "steps" ? await this.#steps() : [epochColumns(report)]);
  }

  async onEnd(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    try {
      await this.#write(await this.#steps());
    } finally {
      this.#file = null;
      await file.close();
    }
  }

  async #steps(): Promise<Columns[]> {
    return (await this.#reader.rest()).map(stepColumns);
  }

  async #write(rows: readonly Columns[]): Promise<void> {
    if (rows.length === 0) return;
    const lines: string[] = [];
    for (const columns of rows) {
      const header = columns.map(([name]) => cell(name)).join(",");
      if (this.#header === null) lines.push((this.#header = header));
      else if (this.#header !== header)
        throw new ValueError(`CsvLog: ${this.#path} has the columns ${this.#header}; these are ${header}`);
      lines.push(columns.map(([, value]) => String(value)).join(","));
    }
    await this.#file!.writeLines(lines);
  }
}

type Columns = readonly (readonly [name: string, value: number | boolean])[];

function stepColumns({ epoch, step, loss, lr, gradNorm, examples, seconds }: StepRow): Columns {
  const norm: Columns = gradNorm === null ? [] : [["gradNorm", gradNorm]];
  return [
    ["epoch", epoch],
    ["step", step],
    ["loss", loss],
    ...rates(lr),
    ...norm,
    ["examples", examples],
    ["seconds", seconds],
  ];
}

function epochColumns(report: EpochReport): Columns {
  const { epoch, step, complete, lr, seconds } = report;
  return [
    ["epoch", epoch],
    ["step", step],
    ["complete", complete],
    ...epochValues(report),
    ...rates(lr),
    ["seconds", seconds],
  ];
}

/** `lr`, or `lr 1`, `lr 2`, … for several groups. */
function rates(lr: readonly number[]): Columns {
  return lr.map((rate, i) => [lr.length === 1 ? "lr" : `lr ${i + 1}`, rate]);
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
