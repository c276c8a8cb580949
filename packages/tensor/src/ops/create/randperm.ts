import { checkElements, checkInteger } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { tensor } from "../../tensor/create.ts";
import { type RandomIntegerOptions, readIntegerOptions } from "./randint.ts";

/** The whole numbers from 0 to `count` − 1 in random order. @throws ValueError unless `count` is a non-negative integer. */
export function randperm(count: number, options: RandomIntegerOptions = {}): Tensor {
  checkInteger("randperm", "count", count, 0);
  checkElements("randperm", [count]);
  const { dtype, generator, device } = readIntegerOptions("randperm", options);
  return tensor(generator.permutation(count), { dtype, device });
}
