// What ops check their arguments with. Files that tensors themselves need are imported one by one.
export * from "./arguments.ts";
export * from "./check-device.ts";
export * from "./check-indices.ts";
export * from "./check-operands.ts";
export * from "./check-shape.ts";
export * from "./check-tensor.ts";
export * from "./is-plain-object.ts";
