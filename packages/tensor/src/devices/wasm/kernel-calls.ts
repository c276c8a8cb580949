import { DeviceError } from "../../errors.ts";
import type { WasmModuleSource } from "./context.ts";
import { engine } from "./engine.ts";
import { compile, instantiate, type KernelExports, type KernelFunction } from "./instantiate.ts";
import type { ThreadPool } from "./threads.ts";
import type { WideKernels } from "./wide/wide-kernels.ts";
import { loadThreads } from "#load-threads";

/** Calls kernels' functions: on the calling thread, and on several once what that takes has loaded. */
export class KernelCalls {
  readonly #memory: WebAssembly.Memory;
  readonly #instances = new Map<WasmModuleSource, KernelExports>();
  #threads: number;
  /** Null with one thread, and until it has loaded. */
  #pool: ThreadPool | null = null;
  /** Settles when it has. */
  #loading: Promise<void> | undefined;
  /** Why it could not be loaded. */
  #refusal: string | null = null;
  #wide: WideKernels | null = null;

  constructor(memory: WebAssembly.Memory, threads: number) {
    this.#memory = memory;
    this.#threads = threads;
    this.#openPool();
  }

  /** What kernels of 256 bits do instead; null with 128. */
  get wide(): WideKernels | null {
    return this.#wide;
  }

  /** Functions of the other width are forgotten, by this thread and by others. */
  set wide(wide: WideKernels | null) {
    this.#wide = wide;
    this.#instances.clear();
    this.destroy();
    this.#openPool();
  }

  /** How many threads kernels run on, the calling one included. */
  get threads(): number {
    return this.#threads;
  }

  set threads(threads: number) {
    if (threads === this.#threads) return;
    this.destroy();
    this.#threads = threads;
    this.#openPool();
  }

  #openPool(): void {
    const threads = this.#threads;
    this.#refusal = null;
    if (threads === 1) return;
    this.#loading = loadThreads((Pool) => {
      // Another number may have been asked for meanwhile.
      if (this.#threads === threads)
        this.#pool ??= new Pool(engine, this.#memory, threads, (module) => this.#moduleOf(module));
    })?.catch((error: unknown) => {
      this.#refusal = `their code could not be loaded (${error instanceof Error ? error.message : String(error)})`;
    });
  }

  /** How many threads take part, as far as is known, and why it is fewer than `threads`: null if it is not. */
  get running(): { readonly count: number; readonly refusal: string | null } {
    if (this.#pool !== null) return { count: this.#pool.running, refusal: this.#pool.refusal };
    return { count: this.#refusal === null ? this.#threads : 1, refusal: this.#refusal };
  }

  /** Waits until each worker runs or was refused: not in Node, where a wait would not hold the process. */
  async whenStarted(): Promise<void> {
    await this.#loading;
    await this.#pool?.whenStarted();
  }

  /** A function of a family, for the calling thread. */
  functionOf(module: WasmModuleSource, name: string): KernelFunction {
    let exports = this.#instances.get(module);
    if (exports === undefined) {
      exports = instantiate(this.#moduleOf(module), this.#memory, 0);
      this.#instances.set(module, exports);
    }
    const found = exports[name];
    if (found === undefined) throw new DeviceError(`wasm: the ${module.name} kernels have no function ${name}`);
    return found;
  }

  #moduleOf(source: WasmModuleSource): WebAssembly.Module {
    return this.#wide?.moduleOf(source) ?? compile(source);
  }

  /** Covers `[0, total)` with calls of `fn(from, to, ...args)`; see `WasmContext.parallel`. */
  parallel(module: WasmModuleSource, fn: string, total: number, grain: number, args: readonly number[]): void {
    const main = this.functionOf(module, fn);
    if (this.#pool === null) main(0, total, ...args);
    else this.#pool.run(module, fn, main, total, grain, args);
  }

  /** Ends the workers. */
  destroy(): void {
    this.#pool?.destroy();
    this.#pool = null;
  }
}
