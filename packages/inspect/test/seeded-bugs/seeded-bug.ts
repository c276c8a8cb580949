import type { Check, Fault } from "@tapegrad/inspect";
import type { Patient } from "../patients.ts";

/** A bug that is put into a sound training, and how the diagnosis must name it. */
export interface SeededBug {
  /** What the mistake is, in a few words: the table in the docs says it. */
  readonly bug: string;
  readonly finding: Fault;
  /** The check that finds it, also alone. */
  readonly check: Check;
  /** Layers that must be named; none where the fault is in no layer. */
  readonly layers?: readonly string[];
  /** Whether it is a hint: it costs little, or may be meant. */
  readonly hint?: boolean;
  readonly make: () => Patient;
}
