import type { Batch } from "@tapegrad/data";
import type { Tensor } from "@tapegrad/tensor";
import type { Network } from "../network.ts";

/** What a mistake is made with. */
export interface Bench {
  /** A trained network. */
  readonly network: Network;
  /** Batches for going on to learn from. */
  readonly batches: readonly Batch[];
  /** Unseen digits. */
  readonly digits: Tensor;
}
