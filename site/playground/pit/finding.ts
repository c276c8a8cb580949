import type { ModeComparison } from "@tapegrad/nn";
import type { MistakeName } from "../run-state.ts";
import type { Diagnosis } from "./name-mistake.ts";
import type { Track } from "./tracks.ts";

/** What is known of a mistake that was committed. */
export interface Finding {
  readonly committed: MistakeName;
  /** What the recorder saw. */
  readonly diagnosis: Diagnosis;
  /** What the mode guard said while it happened; null if it had nothing to say. */
  readonly warning: string | null;
  /** Accuracy on unseen digits in eval mode, before and after. */
  readonly before: number;
  readonly after: number;
  /** What compareModes says of the network afterwards. */
  readonly comparison: Comparison;
  readonly tracks: readonly Track[];
}

/** What of a comparison the page shows, as plain data. */
export interface Comparison {
  readonly verdict: string;
  readonly layers: readonly ComparedLayer[];
}

export interface ComparedLayer {
  readonly name: string;
  readonly kind: string;
  /** How far the layer by itself parts the two modes. */
  readonly own: number;
  readonly explanation: string;
}

export function plainComparison({ verdict, layers }: ModeComparison): Comparison {
  const sensitive = layers.flatMap(({ name, kind, own, explanation }) =>
    own === null ? [] : [{ name, kind, own, explanation }],
  );
  return { verdict, layers: sensitive };
}
