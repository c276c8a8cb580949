import type { Callback } from "@tapegrad/train";
import { LivePage } from "@tapegrad/train/live-page";
import { TerminalView } from "@tapegrad/train/terminal-view";

/** What shows the training of such pictures: the terminal, and a page if one is wanted. */
export function views(unit: string, live: boolean): Callback[] {
  return [new TerminalView({ unit }), ...(live ? [new LivePage({ unit })] : [])];
}
