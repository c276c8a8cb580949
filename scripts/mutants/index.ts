import { autogradMutants } from "./autograd.ts";
import { dataMutants } from "./data.ts";
import { lawMutants } from "./laws.ts";
import type { Mutant } from "./mutant.ts";
import { nnMutants } from "./nn.ts";
import { optimMutants } from "./optim.ts";
import { tensorMutants } from "./tensor.ts";

/** All deliberate mistakes. */
export const mutants: readonly Mutant[] = [
  ...tensorMutants,
  ...autogradMutants,
  ...nnMutants,
  ...optimMutants,
  ...dataMutants,
  ...lawMutants,
];
