import { SingleBar } from "cli-progress";

/** Shows how a run gets on: a bar on a terminal, else a line now and then. */
export class Progress {
  readonly #epochs: number;
  readonly #stepsPerEpoch: number;
  readonly #batchSize: number;
  readonly #bar: SingleBar | null;
  /** Steps and seconds of training so far; evaluation does not count. */
  #steps = 0;
  #seconds = 0;
  #epochStart = 0;
  #lastLine = 0;

  constructor(epochs: number, stepsPerEpoch: number, batchSize: number) {
    this.#epochs = epochs;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#batchSize = batchSize;
    const format = "epoch {epoch} [{bar}] {value}/{total} · loss {loss} · {rate} images/s · {left} left";
    this.#bar = process.stdout.isTTY
      ? new SingleBar({ format, barsize: 24, hideCursor: true, gracefulExit: false, stream: process.stdout })
      : null;
  }

  get msPerStep(): number {
    return this.#steps === 0 ? 0 : (1000 * this.#seconds) / this.#steps;
  }

  startEpoch(epoch: number): void {
    this.#epochStart = performance.now() / 1000;
    this.#lastLine = this.#epochStart;
    this.#bar?.start(this.#stepsPerEpoch, 0, { epoch: `${epoch}/${this.#epochs}`, loss: "–", rate: "–", left: "–" });
  }

  /** `steps` steps of this epoch are done, with this mean loss. */
  update(steps: number, loss: number): void {
    const now = performance.now() / 1000;
    const seconds = this.#seconds + now - this.#epochStart;
    const done = this.#steps + steps;
    const rate = ((done * this.#batchSize) / seconds).toFixed(0);
    const left = `${Math.ceil(((this.#epochs * this.#stepsPerEpoch - done) * seconds) / done)} s`;
    if (this.#bar !== null) this.#bar.update(steps, { loss: loss.toFixed(3), rate, left });
    else if (now - this.#lastLine > 5) {
      this.#lastLine = now;
      console.log(`  step ${steps}/${this.#stepsPerEpoch} · loss ${loss.toFixed(3)} · ${rate} images/s · ${left} left`);
    }
  }

  /** Ends the epoch after so many steps; returns the seconds that they took. */
  endEpoch(steps: number): number {
    this.#bar?.stop();
    const seconds = performance.now() / 1000 - this.#epochStart;
    this.#steps += steps;
    this.#seconds += seconds;
    return seconds;
  }
}
