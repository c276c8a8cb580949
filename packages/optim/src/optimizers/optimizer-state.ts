import type { Tensor } from "@tapegrad/tensor";

/** What an optimizer remembers of one parameter: tensors shaped like it, and numbers. */
export type ParamState = Record<string, Tensor | number>;

/** A saved `ParamState`; null stands for what the optimizer will use, but has not made yet. */
export type SavedParamState = Readonly<Record<string, Tensor | number | null>>;

/** A value of an option. */
export type SavedOption = number | boolean | string | null | readonly number[];

/** An optimizer's memory, as `stateDict` gives and `loadStateDict` takes it; parameters are numbered in order. */
export type OptimizerStateDict = {
  readonly state: Readonly<Record<string, SavedParamState>>;
  readonly paramGroups: readonly (Readonly<Record<string, SavedOption>> & { readonly params: readonly number[] })[];
};

/**
 * What an optimizer remembers of a parameter under a name. A `late` tensor, such as a momentum buffer, is made when an
 * option first needs it; until then it is saved as null. An `idle` tensor is not used with these options, and may be
 * there.
 */
export type StateKind = "number" | "tensor" | "late tensor" | "idle tensor";
