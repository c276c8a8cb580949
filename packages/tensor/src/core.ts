// What ops are written with, beside their checks (checks/index.ts) and other ops (ops/basic.ts). Every op loads all of it.
export * from "./errors.ts";
export * from "./launch.ts";
export * from "./op.ts";
export * from "./tensor/shape.ts";
export * from "./tensor/tensor.ts";
