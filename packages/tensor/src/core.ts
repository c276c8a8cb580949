// What ops are written with, beside other ops (ops/basic.ts), as one list: all of it is loaded by every network. What would not fit on a
// line takes its checks from checks/index.ts. Reshaping, which runs no kernel, takes what it needs one by one, and loads a quarter less.
export * from "./checks/index.ts";
export * from "./errors.ts";
export * from "./launch.ts";
export * from "./op.ts";
export * from "./tensor/shape.ts";
export * from "./tensor/tensor.ts";
