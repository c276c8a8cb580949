import { TapegradError } from "@tapegrad/tensor";
import { mayStartWorkers, nodeBuiltin } from "@tapegrad/tensor/internal";
import type { LoadedPicture, PictureRequest } from "../pictures/load-picture.ts";
import { type Job, type JobResult, restoreError, type WorkerSetup } from "./prefetch-messages.ts";

type NodeThreads = typeof import("node:worker_threads");
type Worker = InstanceType<NodeThreads["Worker"]>;

/** A thread that should have loaded pictures ended before it did; the message says why. */
export class WorkerError extends TapegradError {
  override get name(): string {
    return "WorkerError";
  }
}

/** Whether threads can be had. Where not, pictures are loaded on the calling thread. */
export function hasThreads(): boolean {
  return nodeThreads() !== null;
}

/** `node:worker_threads` where there is one and it may be used, else null. */
function nodeThreads(): NodeThreads | null {
  const threads = nodeBuiltin?.<typeof import("node:worker_threads")>("node:worker_threads") ?? null;
  return threads !== null && mayStartWorkers() ? threads : null;
}

/** One thread for every core but the caller's, one at least, four at most. */
export function defaultWorkers(): number {
  return Math.max(1, Math.min(4, process.getBuiltinModule("node:os").availableParallelism() - 1));
}

/**
 * Threads that read, decode and transform pictures.
 *
 * They start with the first request and keep the program alive only while they owe an answer. They end with the program, with
 * `close`, or soon after nobody can ask any more, when the collector has taken the pool. A thread never holds more than
 * `MAX_JOBS` requests; further ones wait here. A thread that dies fails the requests it had, and is replaced when the next one
 * comes.
 */
export class PrefetchPool {
  readonly #threads: Threads;

  constructor(workers: number, setup: WorkerSetup) {
    this.#threads = new Threads(workers, setup);
    lostPools.register(this, this.#threads);
  }

  /**
   * The pictures in the order asked.
   *
   * @throws FormatError, or what else befell the first picture that failed.
   * @throws WorkerError if the thread died.
   */
  load(requests: readonly PictureRequest[]): Promise<readonly LoadedPicture[]> {
    return this.#threads.load(requests);
  }

  /** Ends the threads; requests that are under way fail. */
  close(): Promise<void> {
    return this.#threads.close();
  }
}

/** Running threads are never garbage, nor is what hears their messages: therefore not the pool itself. */
const lostPools = new FinalizationRegistry<Threads>((threads) => threads.retire());

class Threads {
  readonly #count: number;
  readonly #setup: WorkerSetup;
  readonly #threads: Thread[] = [];
  readonly #waiting: PendingJob[] = [];
  #nextId = 0;
  #retired = false;

  constructor(workers: number, setup: WorkerSetup) {
    this.#count = workers;
    this.#setup = setup;
  }

  load(requests: readonly PictureRequest[]): Promise<readonly LoadedPicture[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId++, requests, resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    const ended = this.#threads.splice(0);
    const closed = new WorkerError("PrefetchPool: closed before the pictures were loaded");
    for (const job of this.#waiting.splice(0)) job.reject(closed);
    for (const { jobs } of ended) for (const job of jobs.values()) job.reject(closed);
    await Promise.all(ended.map(({ worker }) => worker.terminate()));
  }

  /** Ends each thread once it has answered what it was asked. */
  retire(): void {
    this.#retired = true;
    for (const { worker, jobs } of this.#threads) if (jobs.size === 0) void worker.terminate();
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      let thread: Thread;
      try {
        thread = this.#freestThread();
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const error = new WorkerError(`PrefetchPool: a thread that loads pictures could not be started (${reason})`, {
          cause,
        });
        for (const job of this.#waiting.splice(0)) job.reject(error);
        return;
      }
      if (thread.jobs.size >= MAX_JOBS) return;
      const job = this.#waiting.shift()!;
      if (thread.jobs.size === 0) thread.worker.ref();
      thread.jobs.set(job.id, job);
      thread.worker.postMessage({ id: job.id, requests: job.requests } satisfies Job);
    }
  }

  #freestThread(): Thread {
    const idle = this.#threads.find(({ jobs }) => jobs.size === 0);
    if (idle !== undefined) return idle;
    if (this.#threads.length < this.#count) this.#threads.push(this.#start());
    return this.#threads.reduce((best, thread) => (thread.jobs.size < best.jobs.size ? thread : best));
  }

  #start(): Thread {
    const thread: Thread = { worker: startWorker(this.#setup), jobs: new Map() };
    const { worker, jobs } = thread;
    worker.unref();
    worker.on("message", ({ id, pictures, error }: JobResult) => {
      const job = jobs.get(id);
      jobs.delete(id);
      if (jobs.size === 0) worker.unref();
      if (pictures !== undefined) job?.resolve(pictures);
      else job?.reject(restoreError(error!));
      this.#dispatch();
      if (this.#retired) this.retire();
    });
    worker.on("error", (error) => this.#bury(thread, `${error.name}: ${error.message}`, error));
    worker.on("exit", (code) => this.#bury(thread, `exit code ${code}`));
    return thread;
  }

  #bury(thread: Thread, reason: string, cause?: Error): void {
    const at = this.#threads.indexOf(thread);
    if (at < 0) return;
    this.#threads.splice(at, 1);
    const error = new WorkerError(`PrefetchPool: a thread that loads pictures died (${reason})`, { cause });
    for (const job of thread.jobs.values()) job.reject(error);
    this.#dispatch();
  }
}

/** Requests that a thread may have at once: enough that it never waits for the caller. */
const MAX_JOBS = 4;

interface PendingJob extends Job {
  readonly resolve: (pictures: readonly LoadedPicture[]) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, PendingJob>;
}

/** Starts `prefetch-worker`, beside this file, whether both are compiled or TypeScript. */
function startWorker(setup: WorkerSetup): Worker {
  const threads = nodeThreads();
  if (threads === null) throw new WorkerError("PrefetchPool: this environment has no worker threads");
  const options = { workerData: setup, execArgv: [] };
  // Not written as `new URL("…", import.meta.url)`: bundlers for browsers would look for the file.
  const own = import.meta.url;
  const compiled = own.endsWith(".js");
  const program = new URL(`./prefetch-worker.${compiled ? "js" : "ts"}`, own);
  if (compiled) return new threads.Worker(program, options);
  if ((process.features as { readonly typescript?: unknown }).typescript) return new threads.Worker(program, options);
  return new threads.Worker(runWithTsx(program), { ...options, eval: true });
}

/**
 * A script that runs a TypeScript program through tsx. Runners that compile sources, vitest among them, do so for their own threads
 * only; newer versions of Node need no help.
 */
function runWithTsx(program: URL): string {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("tsx/package.json");
  // `require.resolve` would answer with the CommonJS twin, which cannot load modules in a thread.
  const { exports } = require(manifest) as { exports: { "./esm/api": { import: { default: string } } } };
  const tsx = new URL(exports["./esm/api"].import.default, pathToFileURL(manifest));
  return `import(${JSON.stringify(tsx)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(program)}); });`;
}
