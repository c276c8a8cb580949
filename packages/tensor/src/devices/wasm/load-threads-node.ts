import { ThreadPool } from "./threads.ts";

/** As in load-threads.ts, but at once: programs that never await use several threads too, and nothing has to be fetched. */
export function loadThreads(use: (pool: typeof ThreadPool) => void): Promise<void> | undefined {
  use(ThreadPool);
  return undefined;
}
