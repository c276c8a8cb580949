import { showCount, showDuration, showNumber } from "@tapegrad/inspect/internal";
import { ValueError } from "@tapegrad/tensor";
import { checkString, type OptionCheck, readOptions, showValue } from "@tapegrad/tensor/internal";
import { createLogUpdate } from "log-update";
import type { Callback } from "../callbacks/callback.ts";
import type { EpochReport, StartReport, StepReport, TrainResult } from "../loop/reports.ts";
import { epochValues } from "./epoch-values.ts";
import { Pace } from "./pace.ts";
import { type Place, showEpoch, showProgress } from "./progress.ts";
import { Series } from "./series.ts";
import { sparkline } from "./sparkline.ts";
import { StepReader } from "./step-reader.ts";

/** What is needed of a stream to write on; `process.stdout` and `process.stderr` are such. */
export interface TerminalStream {
  /** Writes text. */
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Whether it shows colours. @default false */
  hasColors?(): boolean;
}

/** Options of `TerminalView`. */
export interface TerminalViewOptions {
  /** Where to write. @default process.stdout */
  readonly stream?: TerminalStream;
  /** What examples are called. @default "images" */
  readonly unit?: string;
}

const secondsPerFrame = 0.1;
const secondsPerLine = 5;
/** How often losses are read. */
const secondsPerLook = 0.5;
const barWidth = 24;

/**
 * Shows training on a terminal: how far it is, the curves of loss and metrics, the pace and the time that is left. Where there is no
 * terminal, or a dumb one, it writes a line for each epoch, and one every five seconds. `NO_COLOR` switches colours off.
 *
 * Losses are read twice a second.
 */
export class TerminalView implements Callback {
  readonly #stream: TerminalStream;
  readonly #unit: string;
  readonly #block: ReturnType<typeof createLogUpdate> | null;
  readonly #reader = new StepReader(secondsPerLook);
  #start: StartReport | null = null;
  #pace: Pace | null = null;
  #loss = new Series();
  #values = new Map<string, number[]>();
  #lastLoss: number | null = null;
  #lastDrawn = 0;

  /** @throws ValueError of options of the wrong kind. */
  constructor(options: TerminalViewOptions = {}) {
    const { stream, unit } = readOptions<TerminalViewOptions>("TerminalView", options, {
      stream: [process.stdout, checkStream],
      unit: ["images", checkString],
    });
    this.#stream = stream;
    this.#unit = unit;
    // Some pseudo-terminals have no size.
    const canDraw = stream.isTTY && stream.rows !== 0 && process.env["TERM"] !== "dumb";
    this.#block = canDraw ? createLogUpdate(stream as NodeJS.WriteStream) : null;
  }

  onStart(report: StartReport): void {
    this.#start = report;
    this.#pace = new Pace(report);
    this.#reader.start();
    this.#loss = new Series();
    this.#values.clear();
    this.#lastLoss = null;
    this.#lastDrawn = 0;
  }

  async onStep(report: StepReport): Promise<void> {
    this.#pace!.step(report);
    const rows = await this.#reader.add(report);
    for (const { step, loss } of rows) this.#loss.add(step, loss);
    if (rows.length > 0) this.#lastLoss = rows.reduce((sum, { loss }) => sum + loss, 0) / rows.length;
    const since = this.#reader.seconds - this.#lastDrawn;
    if (since < (this.#block === null ? secondsPerLine : secondsPerFrame)) return;
    this.#lastDrawn = this.#reader.seconds;
    if (this.#block === null) this.#line(`  ${this.#progress(report)}${this.#lossNow()}`);
    else this.#draw(report);
  }

  async onEpoch(report: EpochReport): Promise<void> {
    for (const { step, loss } of await this.#reader.rest()) this.#loss.add(step, loss);
    this.#pace!.epoch(report);
    const values = epochValues(report);
    for (const [name, value] of values) {
      if (!this.#values.has(name)) this.#values.set(name, []);
      this.#values.get(name)!.push(value);
    }
    this.#lastLoss = report.loss;
    const shown = [...values].map(([name, value]) => `${clean(name)} ${this.#paint("bold", showNumber(value))}`);
    const note = report.complete ? "" : ", cut short";
    this.#line(
      `${showEpoch(this.#start!, report.epoch)}: ${shown.join(" · ")} (${showDuration(report.seconds)}${note})`,
    );
    if (this.#block !== null) this.#draw(report);
    this.#lastDrawn = this.#reader.seconds;
  }

  onEnd(result: TrainResult | null, error?: unknown): void {
    this.#block?.done();
    if (this.#start === null) return;
    const time = showDuration(this.#reader.seconds);
    if (result === null)
      this.#write(`${this.#paint("red", "failed")} after ${time}: ${clean(String(error).split("\n", 1)[0]!)}`);
    else
      this.#write(
        `${this.#paint("green", result.reason)}: ${showCount(result.epochs.length)} epochs, ${showCount(result.steps)} steps in ${time}`,
      );
    this.#start = null;
  }

  /** Draws what is seen while training goes on. */
  #draw(at: Place): void {
    const rows: [name: string, values: readonly number[], last: string][] = [];
    const losses = this.#loss.points.map(([, loss]) => loss);
    if (this.#lastLoss !== null) rows.push(["loss", losses, showNumber(this.#lastLoss)]);
    for (const [name, values] of this.#values)
      if (name !== "loss") rows.push([clean(name), values, showNumber(values.at(-1)!)]);
    const column = Math.max(...rows.map(([name]) => name.length));
    const width = Math.max(8, Math.min(60, (this.#stream.columns ?? 80) - column - 16));
    const curves = rows.map(([name, values, last]) => {
      const curve = sparkline(values, width);
      return `${this.#paint("dim", name.padEnd(column))}  ${this.#paint("cyan", curve)}  ${this.#paint("bold", last)}`;
    });
    this.#block!([this.#progress(at), ...curves].join("\n"));
  }

  #progress(at: Place): string {
    const { stepsPerEpoch } = this.#start!;
    const { epoch, parts } = showProgress(this.#start!, this.#pace!, at, this.#unit);
    const part = stepsPerEpoch === null ? null : at.step / stepsPerEpoch - at.epoch + 1;
    const bar = this.#block === null || part === null ? "" : ` ${this.#bar(part)}`;
    return `${epoch}${bar} ${this.#paint("dim", "·")} ${parts.join(this.#paint("dim", " · "))}`;
  }

  #bar(part: number): string {
    const full = Math.round(barWidth * Math.min(1, Math.max(0, part)));
    return this.#paint("green", "━".repeat(full)) + this.#paint("dim", "─".repeat(barWidth - full));
  }

  #lossNow(): string {
    return this.#lastLoss === null ? "" : ` · loss ${showNumber(this.#lastLoss)}`;
  }

  /** A line that stays. */
  #line(text: string): void {
    if (this.#block === null) this.#write(text);
    else this.#block.persist(text);
  }

  #write(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  #paint(style: keyof typeof styles, text: string): string {
    return this.#stream.isTTY && this.#stream.hasColors?.() ? `\u001B[${styles[style]}m${text}\u001B[0m` : text;
  }
}

const styles = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 };

/** Text without control characters, which a terminal would obey. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}

const checkStream: OptionCheck = (caller, name, value) => {
  if (typeof (Object(value) as Partial<TerminalStream>).write !== "function")
    throw new ValueError(`${caller}: ${name} must be a stream such as process.stdout, got ${showValue(value)}`);
};
