import type { Engine } from "./engine.ts";
import { type WideKernels, wideKernels } from "./wide/wide-kernels.ts";

/** As in load-wide.ts, but at once: a device may be opened without `await`, and nothing has to be fetched. */
export function loadWide(engine: Engine, use: (kernels: WideKernels) => void): Promise<void> | undefined {
  use(wideKernels(engine));
  return undefined;
}
