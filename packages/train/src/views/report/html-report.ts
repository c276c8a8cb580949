import { writeAtomically } from "@tapegrad/formats/write-atomically";
import {
  diagnosisSection,
  type Html,
  html,
  layerCourseSection,
  modeSection,
  normSection,
  page,
  recordingSection,
  statisticsSection,
  updateSection,
} from "@tapegrad/inspect/internal";
import { ValueError } from "@tapegrad/tensor";
import { checkString, integerFrom, type OptionCheck, orNull, readOptions, showValue } from "@tapegrad/tensor/internal";
import type { Callback } from "../../callbacks/callback.ts";
import type { Inspection as RunInspection } from "../../loop/inspection.ts";
import type { EpochReport, StartReport, StepReport, TrainResult } from "../../loop/reports.ts";
import { environment } from "../environment.ts";
import { checkFolder, checkPath } from "../growing-file.ts";
import { History } from "../history.ts";
import { type ClassNames, confusionSection, pictureSection } from "./class-sections.ts";
import { curveSection, tiles } from "./curves.ts";
import { inspect, type Inspection } from "./inspect.ts";
import { type DrawChart, loadCharts } from "./load-charts.ts";

/** Options of `HtmlReport`. */
export interface HtmlReportOptions {
  /** @default "Training" */
  readonly title?: string;
  /** Names of classes, by number. @default their numbers */
  readonly classes?: readonly string[] | null;
  /** What examples are called. @default "images" */
  readonly unit?: string;
  /** Of how many examples of the validation predictions are shown; 0: of none. @default 2000 */
  readonly examples?: number;
  /** How many of the worst pictures are shown. @default 24 */
  readonly pictures?: number;
}

/**
 * Writes a report when training is over, however that came: curves, confusion matrix, the pictures with the largest losses, norms of gradients and
 * updates, statistics of batch norms, how the modes part, and where it ran. It is one HTML page that needs no network and no JavaScript.
 *
 * Predictions are those of the model as it is then, on the first examples of the validation; a callback before this one, such as
 * `BestWeights`, has given weights back already. Charts need `echarts` to be installed.
 */
export class HtmlReport implements Callback {
  readonly #path: string;
  readonly #options: Required<HtmlReportOptions>;
  #draw: DrawChart | null = null;
  #history: History | null = null;

  /** @throws ValueError of a path or options of the wrong kind. */
  constructor(path: string, options: HtmlReportOptions = {}) {
    checkPath("HtmlReport", path);
    this.#path = path;
    this.#options = readOptions<HtmlReportOptions>("HtmlReport", options, {
      title: ["Training", checkString],
      classes: [null, orNull(checkNames)],
      unit: ["images", checkString],
      examples: [2000, integerFrom(0)],
      pictures: [24, integerFrom(0)],
    });
  }

  /** @throws ValueError if `echarts` is not installed. @throws FileError if there is no such folder. */
  async onStart(report: StartReport): Promise<void> {
    await checkFolder(this.#path);
    this.#draw = await loadCharts("HtmlReport");
    this.#history = new History(report);
  }

  async onStep(report: StepReport): Promise<void> {
    await this.#history!.step(report);
  }

  async onEpoch(report: EpochReport): Promise<void> {
    await this.#history!.epoch(report);
  }

  /** @throws FileError if the file cannot be written. */
  async onEnd(result: TrainResult | null, error?: unknown): Promise<void> {
    const history = this.#history;
    if (history === null) return;
    this.#history = null;
    await history.end();
    const text = page(this.#options.title, await this.#sections(history, result, error));
    await writeAtomically(this.#path, (sink) => sink.write(new TextEncoder().encode(text)));
  }

  async #sections(history: History, result: TrainResult | null, error: unknown): Promise<readonly (Html | null)[]> {
    const { title, classes, unit, examples, pictures } = this.#options;
    const { model, validation, inspection } = history.start;
    const { diagnosis } = inspection;
    // What failed may have left the model with NaN.
    const look = result !== null && validation !== null && examples > 0;
    let found: Inspection | null = null;
    let reason: string | null = null;
    try {
      const most = { mostExamples: examples, mostPictures: pictures, mostCompared: 64 };
      if (look) found = await inspect(model, validation, most);
    } catch (cause) {
      // The report must not be lost by it.
      reason = String(cause);
    }
    return [
      heading(title, history, result, error),
      tiles(history, unit),
      diagnosis && diagnosisSection(diagnosis),
      curveSection(history, unit, this.#draw!),
      reason === null ? null : html`<p class="note">Predictions could not be looked at: ${reason}</p>`,
      found?.confusion ? confusionSection(found.confusion, classes) : null,
      found !== null && found.worst.length > 0 ? pictureSection(found.worst, classes) : null,
      found?.comparison ? modeSection(found.comparison) : null,
      await statisticsSection(model, found?.comparison ?? null),
      ...(await inspectionSections(inspection)),
      history.lastNorms && normSection(history.lastNorms),
      environmentSection(history),
    ];
  }
}

/** What the recorder and the watch of layers found. */
async function inspectionSections({ recorder, layers }: RunInspection): Promise<readonly (Html | null)[]> {
  await recorder?.ready();
  const watched = await layers?.history();
  return [
    recorder && recordingSection(recorder.recording()),
    watched === undefined ? null : layerCourseSection(watched),
    watched === undefined ? null : updateSection(watched),
  ];
}

function heading(title: string, { startedAt }: History, result: TrainResult | null, error: unknown): Html {
  const kind = result === null ? "failed" : result.reason === "finished" || result.reason === "stopped" ? "" : "other";
  const when = `${startedAt.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return html`<header>
      <h1>${title}</h1>
      <span class="badge ${kind}">${result?.reason ?? "failed"}</span><span class="muted">${when}</span>
    </header>
    ${result === null ? html`<pre>${failure}</pre>` : null}`;
}

function environmentSection({ start }: History): Html {
  const rows = [...environment(), ["seed", start.seed === null ? "none given" : String(start.seed)] as const];
  const lines = rows.map(
    ([name, value]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${value}</td>
      </tr>`,
  );
  return html`<section>
    <h2>Environment</h2>
    <div class="scroll">
      <table class="environment">
        <tbody>
          ${lines}
        </tbody>
      </table>
    </div>
  </section>`;
}

const checkNames: OptionCheck = (caller, name, value): asserts value is ClassNames => {
  if (!(Array.isArray(value) && value.every((each) => typeof each === "string")))
    throw new ValueError(`${caller}: ${name} must be an array of strings, got ${showValue(value)}`);
};
