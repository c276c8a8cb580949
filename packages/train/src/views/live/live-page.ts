import { html, page } from "@tapegrad/inspect/internal";
import { TapegradError, ValueError } from "@tapegrad/tensor";
import {
  checkFunction,
  checkString,
  nextTask,
  nodeBuiltin,
  type OptionCheck,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import type { Callback } from "../../callbacks/callback.ts";
import type { EpochReport, StartReport, StepReport, TrainResult } from "../../loop/reports.ts";
import { chartsOf, figuresOf } from "../charts.ts";
import { History } from "../history.ts";
import { showProgress } from "../progress.ts";
import { liveScript } from "./live-script.ts";
import { LiveServer } from "./live-server.ts";

/** Options of `LivePage`. */
export interface LivePageOptions {
  /** The port to listen on; 0 takes any that is free. @default 0 */
  readonly port?: number;
  /** @default "Training" */
  readonly title?: string;
  /** What examples are called. @default "images" */
  readonly unit?: string;
  /** Is told the page's address. @default prints it */
  readonly announce?: (url: string) => void;
}

const secondsPerUpdate = 1;
/** How often requests are looked at. */
const secondsPerTurn = 0.1;

/**
 * A page in the browser that shows training while it goes on: curves, pace, progress. It is served to this machine only, as long as training
 * goes on, keeps no process alive, and is drawn in the browser. Many may look, and whoever comes later sees it all.
 *
 * It needs Node, and `echarts` to be installed.
 */
export class LivePage implements Callback {
  readonly #options: Required<LivePageOptions>;
  #server: LiveServer | null = null;
  #history: History | null = null;
  /** How training ended, once it has. */
  #end: { readonly status: string; readonly failure: string | null } | null = null;
  #lastUpdate = 0;
  #lastTurn = 0;

  /** @throws ValueError of options of the wrong kind. */
  constructor(options: LivePageOptions = {}) {
    this.#options = readOptions<LivePageOptions>("LivePage", options, {
      port: [0, checkPort],
      title: ["Training", checkString],
      unit: ["images", checkString],
      announce: [(url) => console.log(`live: ${url}`), checkFunction],
    });
  }

  /** Where the page is; null before and after training. */
  get url(): string | null {
    return this.#server?.url ?? null;
  }

  /** @throws TapegradError if the port is in use, `echarts` is not installed, or there is no Node. */
  async onStart(report: StartReport): Promise<void> {
    const { port, title, announce } = this.#options;
    const echarts = await readECharts();
    this.#history = new History(report);
    this.#lastUpdate = this.#lastTurn = 0;
    const files = {
      "/": { type: "text/html; charset=utf-8", body: livePage(title) },
      "/live.js": { type: "text/javascript; charset=utf-8", body: liveScript },
      "/echarts.js": { type: "text/javascript; charset=utf-8", body: echarts },
    };
    this.#end = null;
    this.#server = await LiveServer.open("LivePage", port, files, () => this.#state());
    announce(this.#server.url);
  }

  async onStep(report: StepReport): Promise<void> {
    const history = this.#history!;
    await history.step(report);
    const { seconds } = history;
    if (seconds - this.#lastTurn < secondsPerTurn) return;
    this.#lastTurn = seconds;
    if (seconds - this.#lastUpdate >= secondsPerUpdate) this.#update();
    // Requests are answered in a task of their own.
    await nextTask();
  }

  async onEpoch(report: EpochReport): Promise<void> {
    await this.#history!.epoch(report);
    this.#update();
    await nextTask();
  }

  async onEnd(result: TrainResult | null, error?: unknown): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#end = { status: result?.reason ?? "failed", failure: result === null ? String(error) : null };
    try {
      await this.#history?.end();
    } finally {
      await server?.close();
    }
  }

  #update(): void {
    this.#lastUpdate = this.#history!.seconds;
    this.#server!.tell();
  }

  /** All there is to see, as JSON. */
  #state(): string {
    const { unit } = this.#options;
    const history = this.#history!;
    const { start, pace, at } = history;
    const shown = at && showProgress(start, pace, at, unit);
    return JSON.stringify({
      ...(this.#end ?? { status: "running", failure: null }),
      progress: shown === null ? "" : [shown.epoch, ...shown.parts].join(" · "),
      part: start.steps === Infinity ? null : (at?.step ?? 0) / start.steps,
      figures: figuresOf(history, unit),
      charts: chartsOf(history, unit),
    });
  }
}

function livePage(title: string): string {
  return page(
    title,
    html`<header>
        <h1>${title}</h1>
        <span class="badge other" id="status">running</span><span class="muted" id="progress"></span>
      </header>
      <progress id="bar" max="1" value="0" aria-label="progress" hidden></progress>
      <pre id="failure" hidden></pre>
      <dl class="tiles" id="tiles"></dl>
      <h2>Curves</h2>
      <p class="note">Over steps of the optimizer. Validation is in eval mode.</p>
      <div class="charts" id="charts"></div>
      <noscript>This page is drawn by JavaScript.</noscript>
      <script src="/echarts.js"></script>
      <script src="/live.js"></script>`,
  );
}

/** The library that draws, as browsers run it. */
async function readECharts(): Promise<Uint8Array> {
  if (nodeBuiltin === undefined) throw new TapegradError("LivePage: a page is served by Node, which is not here");
  const { createRequire } = nodeBuiltin<typeof import("node:module")>("node:module");
  const { readFile } = nodeBuiltin<typeof import("node:fs/promises")>("node:fs/promises");
  try {
    return await readFile(createRequire(import.meta.url).resolve("echarts/dist/echarts.min.js"));
  } catch (cause) {
    throw new TapegradError("LivePage: charts need ECharts, which is not here: npm install echarts", { cause });
  }
}

const checkPort: OptionCheck = (caller, name, value) => {
  if (!(Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535))
    throw new ValueError(`${caller}: ${name} must be an integer from 0 to 65535, got ${showValue(value)}`);
};
