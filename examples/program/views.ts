import { join } from "node:path";
import type { Callback } from "@tapegrad/train";
import { HtmlReport } from "@tapegrad/train/html-report";
import { LivePage } from "@tapegrad/train/live-page";
import { TerminalView } from "@tapegrad/train/terminal-view";

/** What is shown of a training on pictures. */
export interface Shown {
  readonly title: string;
  /** What the pictures are called, and their classes. */
  readonly unit: string;
  readonly classes: readonly string[] | null;
  /** Whether a page shows training while it goes on. */
  readonly live: boolean;
  /** The folder that keeps the run, and so its report. */
  readonly run: string | null;
}

/** The terminal, a page if one is wanted, and a report if the run is kept. */
export function views({ title, unit, classes, live, run }: Shown): Callback[] {
  return [
    new TerminalView({ unit }),
    ...(live ? [new LivePage({ title, unit })] : []),
    ...(run === null ? [] : [new HtmlReport(join(run, "report.html"), { title, unit, classes })]),
  ];
}
