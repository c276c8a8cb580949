// What ops are written with, beside their checks (checks/index.ts) and other ops (ops/basic.ts), as one list: all of it is loaded by
// every network. Reshaping, which runs no kernel, takes what it needs one by one, and loads a quarter less.
export * from "./errors.ts";
export * from "./launch.ts";
export * from "./op.ts";
export * from "./tensor/shape.ts";
export * from "./tensor/tensor.ts";
