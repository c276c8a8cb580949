import { deviceReport, ValueError } from "@tapegrad/tensor";
import { Tray } from "../pit/digits.ts";
import { Pit } from "../pit/pit.ts";
import type { View } from "../pit/predict.ts";
import { firstState } from "../run-state.ts";
import type { Point, Report, Request } from "./protocol.ts";

/** Reports come at most so often, and take at most a quarter of the time. */
const millisecondsPerReport = 80;
const timesItsCost = 3;
const stepsPerAccuracy = 10;

/** Requests that wait for their turn; the others reach a training that is under way. */
type Queued = Exclude<Request, { readonly kind: "look" | "draw" | "pause" | "resume" }>;

/** Answers the page's requests, one after the other. */
export class Session {
  readonly #send: (report: Report) => void;
  readonly #tray = new Tray();
  #pit: Pit | null = null;
  #queue: Promise<void> = Promise.resolve();
  #view: View = { mode: firstState.mode, batchSize: firstState.batchSize, selected: 0 };
  /** Whether there is something to be predicted that the page has not seen. */
  #stale = false;
  #training = false;
  #paused = false;
  /** Lets a paused training look around. */
  #wake: () => void = () => {};
  /** How many networks were asked for: a training of an older one ends. */
  #generation = 0;

  constructor(send: (report: Report) => void) {
    this.#send = send;
  }

  /** Resolves once the request is answered. Failures are reports. */
  handle(request: Request): Promise<void> {
    switch (request.kind) {
      case "pause":
      case "resume":
        this.#paused = request.kind === "pause";
        break;
      case "look":
        this.#view = request.view;
        this.#stale = true;
        break;
      case "draw":
        this.#tray.draw(request.pixels);
        this.#sendTray();
        this.#stale = true;
        break;
      default:
        this.#queueAnswer(request);
    }
    this.#wake();
    if (this.#stale && !this.#training) this.#enqueue(request.kind, () => this.#predict());
    return this.#queue;
  }

  #queueAnswer(request: Queued): void {
    if (request.kind === "open" || request.kind === "train" || request.kind === "load") {
      this.#generation++;
      this.#paused = false;
    }
    const generation = this.#generation;
    this.#enqueue(request.kind, () => this.#answer(request, generation));
  }

  #enqueue(of: Request["kind"], job: () => Promise<void>): void {
    this.#queue = this.#queue.then(job).catch((error: unknown) => {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#send({ kind: "failed", of, name, message });
    });
  }

  async #answer(request: Queued, generation: number): Promise<void> {
    if (request.kind === "open") {
      this.#pit = await Pit.open(request.device, request.seed);
      this.#send({ kind: "opened", device: deviceReport() });
      this.#sendTray();
    } else await this.#answerOn(this.#opened, request, generation);
    this.#stale = true;
    await this.#predict();
  }

  async #answerOn(pit: Pit, request: Exclude<Queued, { kind: "open" }>, generation: number): Promise<void> {
    switch (request.kind) {
      case "train":
        return this.#train(pit, request, generation);
      case "commit":
        return this.#send({ kind: "found", finding: await pit.commit(request.mistake) });
      case "undo":
        pit.undo();
        return this.#send({ kind: "undone" });
      case "load":
        return this.#send({ kind: "loaded", loaded: await pit.load(request.file), accuracy: await pit.accuracy() });
      case "save":
        return this.#send({ kind: "saved", bytes: await pit.save() });
    }
  }

  get #opened(): Pit {
    if (this.#pit === null) throw new ValueError("there is no network yet: no device could be opened");
    return this.#pit;
  }

  #sendTray(): void {
    const { pixels, labels } = this.#tray;
    this.#send({ kind: "tray", pixels: pixels.slice(), labels });
  }

  /** Predicts, unless the page has seen it all. */
  async #predict(): Promise<void> {
    if (!this.#stale || this.#pit === null) return;
    this.#stale = false;
    this.#send({ kind: "predicted", prediction: await this.#pit.predict(this.#tray, this.#view) });
  }

  async #train(
    pit: Pit,
    { seed, epochs }: { readonly seed: number; readonly epochs: number },
    generation: number,
  ): Promise<void> {
    const begin = performance.now();
    let due = begin;
    let losses: Point[] = [];
    let accuracies: Point[] = [];
    this.#training = true;
    try {
      for await (const { step, steps, loss } of pit.train(seed, epochs)) {
        if (generation !== this.#generation) return;
        losses.push({ step, value: await loss.item() });
        if (step % stepsPerAccuracy === 0 || step === steps) accuracies.push({ step, value: await pit.accuracy() });
        const start = performance.now();
        if (start >= due || step === steps) {
          this.#stale = false;
          const prediction = await pit.predict(this.#tray, this.#view);
          this.#send({ kind: "progress", step, steps, losses, accuracies, prediction });
          [losses, accuracies] = [[], []];
          due = Math.max(start + millisecondsPerReport, start + (1 + timesItsCost) * (performance.now() - start));
        }
        await this.#rest(generation);
      }
    } finally {
      this.#training = false;
    }
    this.#send({ kind: "trained", seconds: (performance.now() - begin) / 1000, accuracy: await pit.accuracy() });
  }

  /** Predicts what was asked for meanwhile, and waits as long as training is paused. */
  async #rest(generation: number): Promise<void> {
    await this.#predict();
    while (this.#paused && generation === this.#generation) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#predict();
    }
  }
}
