// What checks arguments without loading tensors, for code that runs where there are none: decoders, transforms, their threads.
export * from "./check-argument.ts";
export * from "./read-options.ts";
export * from "./show-value.ts";
export * from "./unknown-options.ts";
