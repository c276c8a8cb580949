/** A tensor that came out of a case. */
export interface Values {
  readonly shape: readonly number[];
  readonly kind: "float" | "int" | "bool";
  readonly data: ArrayLike<number>;
}

/** What one side made of a case: everything up to the stage at which it failed, if it did. */
export interface Answer {
  /** Where it failed; null if it did not. */
  stage: Stage | null;
  error?: string;
  /** Whether the error is one that is thrown on purpose. */
  typed?: boolean;
  outputs?: Values[];
  gradients?: Values[];
  second?: Values[];
  /** Parameters and buffers of a layer afterwards. */
  state?: Values[];
}

export type Stage = "forward" | "gradients" | "second";

/** The parts of an answer that hold values. */
export const parts = ["outputs", "state", "gradients", "second"] as const;
