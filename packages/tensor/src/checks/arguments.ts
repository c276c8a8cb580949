// What checks arguments without loading tensors, for code that runs where there are none: decoders, transforms, their threads.
export {
  checkBoolean,
  checkFinite,
  checkFunction,
  checkInteger,
  checkNotNegative,
  checkNumber,
  checkProbability,
  checkSeed,
  checkString,
} from "./check-argument.ts";
export { integerFrom, oneOf, type OptionCheck, type OptionRules, orNull, readOptions } from "./read-options.ts";
export { showValue } from "./show-value.ts";
export { refuseUnknownOptions } from "./unknown-options.ts";
