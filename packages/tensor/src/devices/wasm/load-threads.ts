import type { ThreadPool } from "./threads.ts";

/** Calls `use` with the class that runs kernels on several threads: once it has loaded, as only some pages need it. */
export async function loadThreads(use: (pool: typeof ThreadPool) => void): Promise<void> {
  use((await import("./threads.ts")).ThreadPool);
}
