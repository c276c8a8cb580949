import type { Page } from "playwright";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread's own time. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/**
 * The longest task of a page's main thread while `fn` goes on, in milliseconds of processor time: on a machine that has other things to
 * do, a task lasts as long as it is made to wait.
 */
export async function longestTask(page: Page, fn: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel"] },
  });
  await fn();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const main = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const tasks = events.filter(
    ({ ph, pid, tid, tdur }) =>
      ph === "X" && tdur !== undefined && main.some((each) => each.pid === pid && each.tid === tid),
  );
  if (tasks.length === 0) throw new Error("longestTask: the trace has no task");
  return Math.max(...tasks.map(({ tdur }) => tdur!)) / 1000;
}
