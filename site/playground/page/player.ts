import type { DeviceReport } from "@tapegrad/tensor";
import { shallowReactive } from "vue";
import type { Finding } from "../pit/finding.ts";
import type { LoadedWeights } from "../pit/load-weights.ts";
import type { Prediction } from "../pit/predict.ts";
import {
  type DeviceChoice,
  firstState,
  type MistakeName,
  type Mode,
  readQuery,
  type RunState,
  toQuery,
} from "../run-state.ts";
import type { Point, Report, Request } from "../worker/protocol.ts";
import { mistakes } from "./mistakes.ts";
import { picturesOf } from "./pictures-of.ts";

/** What goes on in the worker. */
export type Phase = "opening" | "ready" | "training" | "paused" | "working" | "failed";

/** The digits, as pictures, and what they are; null for a drawing. */
export interface ShownTray {
  readonly pictures: readonly ImageData[];
  readonly labels: readonly (number | null)[];
}

/** All that the page shows. */
export interface Playing {
  /** The run that is shown, which the address holds once it was played. */
  run: RunState;
  /** What the next training is to have. */
  settings: Pick<RunState, "seed" | "epochs">;
  phase: Phase;
  /** Which digit is looked at closely. */
  selected: number;
  /** Whether a training was asked for: from then on the address holds the run. */
  played: boolean;
  step: number;
  steps: number;
  losses: readonly Point[];
  accuracies: readonly Point[];
  /** How training ended, once it has. */
  result: { readonly seconds: number; readonly accuracy: number } | null;
  tray: ShownTray | null;
  prediction: Prediction | null;
  finding: Finding | null;
  loaded: LoadedWeights | null;
  device: DeviceReport | null;
  /** What went wrong last. */
  failure: string | null;
}

/** The page's side of a run: what is shown, and what may be asked for. */
export class Player {
  readonly playing: Playing = shallowReactive<Playing>({
    run: firstState,
    settings: firstState,
    phase: "opening",
    selected: 0,
    played: false,
    step: 0,
    steps: 0,
    losses: [],
    accuracies: [],
    result: null,
    tray: null,
    prediction: null,
    finding: null,
    loaded: null,
    device: null,
    failure: null,
  });
  #worker: Worker | null = null;

  /** Starts the worker, and plays what the address says. */
  start(): void {
    const { state, replays, problems } = readQuery(location.search);
    this.playing.run = state;
    this.playing.settings = state;
    this.#open();
    if (replays) this.#train();
    if (replays && state.mistake !== null) this.#send({ kind: "commit", mistake: state.mistake });
    if (problems.length > 0) this.playing.failure = problems.join(" ");
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  /** A new network on a device, not trained: the address holds no run any more. */
  choose(device: DeviceChoice): void {
    this.playing.played = false;
    history.replaceState(history.state, "", location.pathname + location.hash);
    this.#change({ device, mistake: null });
    this.#open();
  }

  train(): void {
    const { seed, epochs } = this.playing.settings;
    this.#change({ seed, epochs, mistake: null });
    this.#train();
  }

  pause(paused: boolean): void {
    this.playing.phase = paused ? "paused" : "training";
    this.#send({ kind: paused ? "pause" : "resume" });
  }

  /** Settings of the next training. */
  set(change: Partial<Playing["settings"]>): void {
    this.playing.settings = { ...this.playing.settings, ...change };
  }

  /** Looks at the digits in another way. */
  look(change: { readonly mode?: Mode; readonly batchSize?: number; readonly selected?: number }): void {
    const { selected = this.playing.selected, ...view } = change;
    this.playing.selected = selected;
    this.#change(view);
    this.#look();
  }

  draw(pixels: Uint8Array | null): void {
    this.#send({ kind: "draw", pixels });
    this.look({ selected: 0 });
  }

  commit(mistake: MistakeName): void {
    const { view } = mistakes[mistake];
    this.playing.phase = "working";
    this.#change({ mistake, ...view });
    this.#send({ kind: "commit", mistake });
    this.#look();
  }

  undo(): void {
    this.#change({ mistake: null });
    this.#send({ kind: "undo" });
  }

  load(file: File): void {
    if (this.playing.phase !== "ready") {
      this.playing.failure = `${file.name} was not read: the network is at work. Drop it again when that is done.`;
      return;
    }
    this.playing.phase = "working";
    this.playing.failure = null;
    this.#send({ kind: "load", file });
  }

  save(): void {
    this.#send({ kind: "save" });
  }

  #open(): void {
    this.stop();
    this.#worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Report>) => this.#take(data);
    this.#worker.onerror = (event) => this.#fail(`The worker ended: ${event.message || "out of memory, perhaps"}.`);
    const { device, seed } = this.playing.run;
    Object.assign(this.playing, { phase: "opening", failure: null, finding: null, loaded: null, result: null });
    Object.assign(this.playing, { device: null, prediction: null, step: 0, steps: 0, losses: [], accuracies: [] });
    this.#send({ kind: "open", device, seed });
    this.#look();
  }

  #train(): void {
    const { seed, epochs } = this.playing.run;
    Object.assign(this.playing, { phase: "training", played: true, step: 0, steps: 0, losses: [], accuracies: [] });
    Object.assign(this.playing, { result: null, finding: null, loaded: null, failure: null });
    this.#change({});
    this.#send({ kind: "train", seed, epochs });
  }

  #look(): void {
    const { run, selected } = this.playing;
    this.#send({ kind: "look", view: { mode: run.mode, batchSize: run.batchSize, selected } });
  }

  #send(request: Request): void {
    this.#worker?.postMessage(request);
  }

  #change(change: Partial<RunState>): void {
    this.playing.run = { ...this.playing.run, ...change };
    if (this.playing.played) history.replaceState(history.state, "", toQuery(this.playing.run) + location.hash);
  }

  #fail(message: string): void {
    this.playing.failure = message;
    this.playing.phase = "failed";
  }

  #take(report: Report): void {
    const { playing } = this;
    switch (report.kind) {
      case "opened":
        playing.device = report.device;
        if (playing.phase === "opening") playing.phase = "ready";
        break;
      case "tray":
        playing.tray = { pictures: picturesOf(report.pixels), labels: report.labels };
        break;
      case "progress":
        playing.step = report.step;
        playing.steps = report.steps;
        playing.losses = [...playing.losses, ...report.losses];
        playing.accuracies = [...playing.accuracies, ...report.accuracies];
        playing.prediction = report.prediction;
        break;
      case "trained":
        playing.result = report;
        playing.phase = playing.run.mistake === null ? "ready" : "working";
        break;
      case "predicted":
        playing.prediction = report.prediction;
        break;
      case "found":
        playing.finding = report.finding;
        playing.phase = "ready";
        break;
      case "undone":
        playing.finding = null;
        break;
      case "loaded":
        Object.assign(playing, {
          loaded: report.loaded,
          result: { seconds: 0, accuracy: report.accuracy },
          finding: null,
          phase: "ready",
        });
        break;
      case "saved":
        download(report.bytes, "lenet.safetensors");
        break;
      case "failed":
        this.#fail(`${report.name}: ${report.message}`);
        if (report.of !== "open") playing.phase = "ready";
    }
  }
}

/** Hands bytes to the visitor as a file. */
function download(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
