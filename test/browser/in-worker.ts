import type { Answer, Task } from "./worker.ts";

/** A Worker that does one task after the other. */
export class TaskWorker {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  /** Settles when the Worker has loaded. */
  readonly #ready: Promise<Answer>;

  constructor() {
    this.#ready = this.#next();
  }

  /** @throws Error with the Worker's message if the task failed there. */
  async run(task: Task): Promise<Answer> {
    await this.#ready;
    this.#worker.postMessage(task);
    const answer = await this.#next();
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  terminate(): void {
    this.#worker.terminate();
  }

  #next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      this.#worker.onerror = ({ message }) => reject(new Error(`the Worker failed: ${message}`));
    });
  }
}
