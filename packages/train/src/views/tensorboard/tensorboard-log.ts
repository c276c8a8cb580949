import type { Layer } from "@tapegrad/nn";
import { FileError } from "@tapegrad/tensor";
import { checkBoolean, integerFrom, nodeBuiltin, readOptions } from "@tapegrad/tensor/internal";
import type { Callback } from "../../callbacks/callback.ts";
import type { EpochReport, StartReport, StepReport, TrainResult } from "../../loop/reports.ts";
import { epochValues } from "../epoch-values.ts";
import { checkPath, GrowingFile, reasonOf } from "../growing-file.ts";
import { picturePng } from "../picture-png.ts";
import { inspect } from "../report/inspect.ts";
import { StepReader, type StepRow } from "../step-reader.ts";
import { eventRecord, type EventValue, versionRecord } from "./event.ts";
import { histogramOf } from "./histogram.ts";

/** Options of `TensorBoardLog`. */
export interface TensorBoardLogOptions {
  /** Whether histograms of weights and gradients are written after each epoch. @default true */
  readonly histograms?: boolean;
  /** How many of the pictures with the largest losses are written at the end; 0: none. @default 8 */
  readonly images?: number;
  /** Among how many examples of the validation those are looked for. @default 2000 */
  readonly examples?: number;
}

const secondsPerWrite = 1;
/** A larger picture is made smaller. */
const mostPixels = 256;

/**
 * Writes an event file for TensorBoard into a folder, which is made if there is none: `tensorboard --logdir FOLDER` shows scalars
 * (`train/loss`, `train/lr`, `train/grad_norm`, `validation/loss`, `validation/METRIC`), histograms (`weights/NAME`, `gradients/NAME`) and
 * images (`worst/RANK`).
 */
export class TensorBoardLog implements Callback {
  readonly #folder: string;
  readonly #options: Required<TensorBoardLogOptions>;
  readonly #reader = new StepReader(secondsPerWrite);
  #start: StartReport | null = null;
  #startedAt = 0;
  #file: GrowingFile | null = null;
  #lastStep = 0;

  /** @throws ValueError of a path or options of the wrong kind. */
  constructor(folder: string, options: TensorBoardLogOptions = {}) {
    checkPath("TensorBoardLog", folder);
    this.#folder = folder;
    this.#options = readOptions<TensorBoardLogOptions>("TensorBoardLog", options, {
      histograms: [true, checkBoolean],
      images: [8, integerFrom(0)],
      examples: [2000, integerFrom(1)],
    });
  }

  /** @throws FileError if the file cannot be written. */
  async onStart(report: StartReport): Promise<void> {
    this.#start = report;
    this.#lastStep = 0;
    this.#reader.start();
    this.#startedAt = Date.now() / 1000;
    this.#file = await newFile(this.#folder, this.#startedAt);
  }

  async onStep(report: StepReport): Promise<void> {
    await this.#writeSteps(await this.#reader.add(report));
  }

  async onEpoch(report: EpochReport): Promise<void> {
    await this.#writeSteps(await this.#reader.rest());
    const values: EventValue[] = [...epochValues(report)].map(([name, scalar]) => ({ tag: epochTag(name), scalar }));
    if (this.#options.histograms) values.push(...(await histograms(this.#start!.model)));
    await this.#write(report.step, this.#reader.seconds, values);
  }

  async onEnd(result: TrainResult | null): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    try {
      await this.#writeSteps(await this.#reader.rest());
      if (result !== null) await this.#write(this.#lastStep, this.#reader.seconds, await this.#worstPictures());
    } finally {
      this.#file = null;
      await file.close();
    }
  }

  async #writeSteps(rows: readonly StepRow[]): Promise<void> {
    for (const { step, loss, lr, gradNorm, seconds } of rows) {
      const rates = lr.map((scalar, i) => ({ tag: lr.length === 1 ? "train/lr" : `train/lr/${i + 1}`, scalar }));
      const norm = gradNorm === null ? [] : [{ tag: "train/grad_norm", scalar: gradNorm }];
      await this.#write(step, seconds, [{ tag: "train/loss", scalar: loss }, ...rates, ...norm]);
    }
  }

  async #worstPictures(): Promise<EventValue[]> {
    const { model, validation } = this.#start!;
    const { images, examples } = this.#options;
    if (images === 0 || validation === null) return [];
    const most = { mostExamples: examples, mostPictures: images, mostCompared: 0 };
    const { worst } = await inspect(model, validation, most);
    return worst.map(({ values, shape }, i) => {
      const { png, width, height } = picturePng(values, shape, mostPixels);
      return { tag: `worst/${i + 1}`, image: { png, width, height, channels: shape[0]! } };
    });
  }

  /** Writes values, which were seen so many seconds after training began. */
  async #write(step: number, seconds: number, values: readonly EventValue[]): Promise<void> {
    if (values.length === 0) return;
    const file = this.#file!;
    if (file.isEmpty) await file.write(versionRecord(this.#startedAt));
    this.#lastStep = step;
    await file.write(eventRecord({ wallTime: this.#startedAt + seconds, step, values }));
  }
}

/** `validation loss` is the loss of validation, and `loss` that of the epoch in training; others are metrics. */
function epochTag(name: string): string {
  return name === "loss" ? "train/epoch_loss" : `validation/${name.replace(/^validation /, "")}`;
}

async function histograms(model: Layer): Promise<EventValue[]> {
  const values: EventValue[] = [];
  for (const [name, parameter] of model.namedParameters()) {
    const weights = histogramOf(await parameter.data());
    const gradients = parameter.grad === null ? null : histogramOf(await parameter.grad.data());
    if (weights !== null) values.push({ tag: `weights/${name}`, histogram: weights });
    if (gradients !== null) values.push({ tag: `gradients/${name}`, histogram: gradients });
  }
  return values;
}

/** A new file, whose name says when and where it was begun: TensorBoard finds it by `tfevents`. */
async function newFile(folder: string, startedAt: number): Promise<GrowingFile> {
  const { mkdir } = nodeBuiltin!<typeof import("node:fs/promises")>("node:fs/promises");
  const { join } = nodeBuiltin!<typeof import("node:path")>("node:path");
  const { hostname } = nodeBuiltin!<typeof import("node:os")>("node:os");
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new FileError(folder, reasonOf(cause), { cause });
  });
  const unique = `${hostname()}.${process.pid}.${crypto.randomUUID().slice(0, 8)}`;
  return GrowingFile.open(join(folder, `events.out.tfevents.${Math.floor(startedAt)}.${unique}`), "refuse");
}
