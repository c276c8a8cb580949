// What checks arguments without loading tensors, for code that runs where there are none: decoders, transforms, their threads.
export { checkBoolean, checkFunction, checkInteger, checkNumber, checkSeed, checkString } from "./check-argument.ts";
export { showValue } from "./show-value.ts";
export { refuseUnknownOptions } from "./unknown-options.ts";
