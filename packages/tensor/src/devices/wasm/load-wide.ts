import type { Engine } from "./engine.ts";
import type { WideKernels } from "./wide/wide-kernels.ts";

/** Calls `use` with the kernels of 256 bits: once they have loaded, as only programs that ask for them need them. */
export async function loadWide(engine: Engine, use: (kernels: WideKernels) => void): Promise<void> {
  use((await import("./wide/wide-kernels.ts")).wideKernels(engine));
}
