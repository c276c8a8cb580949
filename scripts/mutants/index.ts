import { autogradMutants } from "./autograd.ts";
import { dataMutants } from "./data.ts";
import { formatMutants } from "./formats.ts";
import { inspectMutants } from "./inspect.ts";
import { kernelMutants } from "./kernels.ts";
import { lawMutants } from "./laws.ts";
import type { Mutant } from "./mutant.ts";
import { nnMutants } from "./nn.ts";
import { opMutants } from "./ops.ts";
import { optimMutants } from "./optim.ts";
import { recorderMutants } from "./recorder.ts";
import { testingMutants } from "./testing.ts";
import { trainMutants } from "./train.ts";

/** All deliberate mistakes. */
export const mutants: readonly Mutant[] = [
  ...opMutants,
  ...kernelMutants,
  ...autogradMutants,
  ...nnMutants,
  ...optimMutants,
  ...trainMutants,
  ...inspectMutants,
  ...recorderMutants,
  ...dataMutants,
  ...formatMutants,
  ...lawMutants,
  ...testingMutants,
];
